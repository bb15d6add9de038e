import { randomUUID } from 'node:crypto'
import { CHEAP, createPopulation, type Population } from './driver/population.ts'
import { createPortal, type Portal } from './driver/portal.ts'
import { createWire } from './driver/wire.ts'
import { bundidLogin } from './journeys/bundid.ts'
import { guesses } from './journeys/guess.ts'
import { documents, introspection, type Journey, login, refresh, userinfo } from './journeys/login.ts'
import { passkeyLogin, setUpPasskey, setUpTotp } from './journeys/set-up.ts'
import type { Load } from './measure/cell.ts'
import { seedBare, startBare, startHash, startKoa, startPforte, startUnhashed } from './systems/index.ts'
import type { System } from './systems/process.ts'
import type { World } from './world.ts'

/** One journey at one system, as it is to be measured. */
export interface Cell {
  system: string
  journey: string
  at: System
  portal: Portal
  /** Signs in whoever the journey needs, and returns it: tokens do not live as long as a run. */
  begin(): Promise<Journey>
  most?: number
}

export interface Plan {
  cells: Cell[]
  systems: Record<string, System>
  close(): void
}

/** People at once; with more than there are cores nothing waits for the driver. */
export const PEOPLE = 8

/** Starts everything that is measured, and readies who measures it. */
export async function plan(world: World, accounts: number): Promise<Plan> {
  const people = await createPopulation(world, 'person')
  const hurried = await createPopulation(world, 'hurried', { costs: CHEAP })
  const newcomers = await createPopulation(world, 'newcomer', { totp: false })
  const [guessed, locked] = [
    await createPopulation(world, 'guessed'),
    await createPopulation(world, 'locked'),
  ]
  for (const population of [people, hurried, newcomers, guessed, locked]) await population.seed(0, accounts)
  await world.pool.query("UPDATE accounts SET locked_at = now() WHERE username LIKE 'locked-%'")
  await seedBare(world, [
    { name: 'person', cheap: false, count: accounts },
    { name: 'hurried', cheap: true, count: accounts },
  ])
  await world.pool.query('VACUUM ANALYZE')

  const systems: Record<string, System> = {
    pforte: await startPforte(world, 1),
    'pforte ×2': await startPforte(world, 2),
    unhashed: await startUnhashed(world),
    'bare, memory': await startBare(world, false),
    'bare, Redis': await startBare(world, true),
    koa: await startKoa(world),
    argon2id: await startHash(world),
  }
  const cells: Cell[] = []
  const wires: { close(): void }[] = []
  const portalAt = (name: string): { at: System; portal: Portal } => {
    const at = systems[name]
    if (!at) throw new Error(`no system ${name}`)
    const wire = createWire(at.ports)
    wires.push(wire)
    return { at, portal: createPortal(at.issuer, wire) }
  }
  const add = async (
    system: string,
    journeys: Record<string, (portal: Portal) => Journey | Promise<Journey>>,
    bounds: Pick<Load, 'most'> = {},
  ): Promise<void> => {
    for (const [journey, make] of Object.entries(journeys)) {
      const { at, portal } = portalAt(system)
      cells.push({ system, journey, at, portal, begin: async () => make(portal), ...bounds })
    }
  }
  const everywhere = (who: Population) => ({
    login: (portal: Portal) => login(portal, who),
    refresh: (portal: Portal) => refresh(portal, who, PEOPLE),
    'client credentials': (portal: Portal) => async () => void (await portal.clientCredentials()),
    userinfo: (portal: Portal) => userinfo(portal, who),
    introspection,
    'discovery and JWKS': documents,
  })
  await add('pforte', everywhere(people))
  await add('pforte', {
    'passkey login': (portal) => passkeyLogin(portal, newcomers, PEOPLE),
    'BundID login': (portal) => bundidLogin(portal, newcomers, world.config.federation, PEOPLE),
  })
  await add('pforte', {
    'guesses, known': (portal) => guesses(portal, () => guessed.take().username),
    'guesses, unknown': (portal) => guesses(portal, () => `nobody-${randomUUID().slice(0, 4)}`),
    'guesses, locked': (portal) => guesses(portal, () => locked.take().username),
  })
  const once = { most: 60 }
  await add('pforte', { 'TOTP set-up': (portal) => setUpTotp(portal, newcomers) }, once)
  await add('pforte', { 'passkey set-up': (portal) => setUpPasskey(portal, newcomers) }, once)
  await add('pforte ×2', {
    login: (portal) => login(portal, people),
    'client credentials': (portal) => async () => void (await portal.clientCredentials()),
  })
  await add('unhashed', { login: (portal) => login(portal, hurried) })
  for (const name of ['bare, memory', 'bare, Redis']) {
    await add(name, everywhere(people))
    await add(name, { 'login without hash': (portal) => login(portal, hurried) })
  }
  await add('koa', { request: (portal) => () => portal.document('/') })
  await add('argon2id', { hash: (portal) => () => portal.document('/') })
  return {
    cells,
    systems,
    close() {
      for (const wire of wires) wire.close()
    },
  }
}
