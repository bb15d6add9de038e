import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createPopulation, type Population } from './driver/population.ts'
import { createPortal } from './driver/portal.ts'
import { createWire } from './driver/wire.ts'
import { type Journey, login } from './journeys/login.ts'
import { median, type Reading, read } from './measure/cell.ts'
import { startPforte } from './systems/index.ts'
import { type System, startNode } from './systems/process.ts'
import { openWorld, type World } from './world.ts'

/** `npm run bench:scale -- 1000 100000 1000000`: the same login with so many accounts, and then with live sessions. */
const given = process.argv.slice(2).map(Number)
const STEPS = given.length > 0 ? given : [1_000, 100_000, 1_000_000]
const SESSIONS = 500_000
/** Sessions made at once. */
const BATCH = 1_000
const ROUNDS = 5
/** Logins until the program runs as fast as it will. */
const WARM_UP = 500
const LOAD = { people: 4, least: 2_000, operations: 60 }

const world = await openWorld()
try {
  await startTimes()
  const people = await createPopulation(world, 'person')
  const pforte = await startPforte(world, 1)
  const signIn = login(createPortal(pforte.issuer, createWire(pforte.ports)), people)
  let stored = 0
  let warm = false
  let first: number | undefined
  for (const accounts of STEPS) {
    const speed = await grow(people, stored, accounts)
    stored = accounts
    if (!warm) await read(signIn, pforte, world.servers, { ...LOAD, operations: WARM_UP })
    warm = true
    first = await measure(`${accounts} accounts`, signIn, pforte, first)
    const { rows } = await world.pool.query<{ bytes: string }>(
      `SELECT sum(pg_total_relation_size(name)) AS bytes
       FROM (SELECT unnest(ARRAY['accounts', 'login_names', 'credentials'])::regclass AS name
             UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = 'audit'::regclass) AS tables`,
    )
    console.log(
      `  ${speed.toFixed(0)} accounts by second were imported; ${(Number(rows[0]?.bytes) / accounts).toFixed(0)} bytes by account`,
    )
  }
  const { bytes, keys } = await fillSessions(world, signIn)
  console.log(
    `${SESSIONS} sessions: ${bytes.toFixed(0)} bytes and ${keys.toFixed(1)} keys of Redis by session`,
  )
  await measure(`${SESSIONS} sessions`, signIn, pforte, first)
  await world.close()
} catch (error) {
  process.exitCode = 1
  await world.close(error)
}

/** Milliseconds and megabytes of a start, on the embedded database and as in production. */
async function startTimes(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-bench-embedded-'))
  const { DATABASE_URL: _, REDIS_URL: __, ...embedded } = world.env
  const log = join(folder, 'log')
  for (const [name, env] of [
    ['embedded, first start', { ...embedded, PFORTE_DATA: folder }],
    ['embedded', { ...embedded, PFORTE_DATA: folder }],
    ['PostgreSQL and Redis, first start', world.env],
    ['PostgreSQL and Redis', world.env],
  ] as const) {
    const system = await startNode(['src/main.ts'], env, { log })
    console.log(`${name}: ready after ${system.ready.toFixed(0)} ms, ${system.idle.toFixed(0)} MB`)
    await system.stop()
  }
  rmSync(folder, { recursive: true, force: true })
}

/** Seeds the rest; accounts by second. */
async function grow(people: Population, from: number, to: number): Promise<number> {
  const began = performance.now()
  await people.seed(from, to - from)
  const speed = (to - from) / ((performance.now() - began) / 1000)
  await world.pool.query('VACUUM ANALYZE')
  return speed
}

/** Prints what a login costs, and its ratio to the first; returns that. */
async function measure(
  name: string,
  signIn: Journey,
  at: System,
  first: number | undefined,
): Promise<number> {
  const readings: Reading[] = []
  for (let round = 0; round <= ROUNDS; round++) readings.push(await read(signIn, at, world.servers, LOAD))
  const { cpu, server, postgres, redis } = median(readings.slice(1))
  const ratio = cpu / (first ?? cpu)
  const parts = [server, postgres, redis].map((part) => part.toFixed(2)).join(' + ')
  console.log(`${name}: ${cpu.toFixed(2)} ms of CPU by login (${parts}), ${ratio.toFixed(2)} of the first`)
  return first ?? cpu
}

/**
 * As many sessions as if so many people were signed in: what one login leaves in Redis and PostgreSQL, many times under
 * other names. Made by hand, since logins would take hours.
 */
async function fillSessions({ env, pool }: World, signIn: Journey): Promise<{ bytes: number; keys: number }> {
  const redis = new Redis(env.REDIS_URL ?? '')
  const before = new Set(await redis.keys('*'))
  await signIn()
  const left = (await redis.keys('*')).filter((key) => !before.has(key))
  const values = await Promise.all(left.map((key) => redis.get(key)))
  const used = async () => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
  const [start, had] = [await used(), await redis.dbsize()]
  for (let done = 0; done < SESSIONS; done += BATCH) {
    const pipeline = redis.pipeline()
    for (let n = 0; n < BATCH; n++)
      for (const value of values)
        pipeline.set(`pforte:${randomBytes(32).toString('base64url')}`, value ?? '', 'EX', 3_600)
    await pipeline.exec()
    await pool.query(
      `INSERT INTO sessions (uid, account_id, browser, system, created_at, last_seen_at, expires_at)
       SELECT uid, (SELECT id FROM accounts LIMIT 1), 'Firefox', 'Linux', now(), now(), now() + interval '12 hours'
       FROM unnest($1::text[]) AS uid`,
      [Array.from({ length: BATCH }, () => randomUUID())],
    )
  }
  await pool.query('VACUUM ANALYZE sessions')
  const [bytes, keys] = [((await used()) - start) / SESSIONS, ((await redis.dbsize()) - had) / SESSIONS]
  redis.disconnect()
  return { bytes, keys }
}
