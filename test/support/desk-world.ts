import { BINDING } from '../../src/domain/binding.ts'
import { Authenticator } from './authenticator.ts'
import { entryWorld } from './entry-world.ts'
import { arrive, enter } from './login.ts'
import { Person } from './person.ts'
import { policyOf } from './policy.ts'
import type { Options } from './provider.ts'

/** Addresses of two sites. */
export const HERE = '198.51.100.7'
export const ELSEWHERE = '203.0.113.7'

const LIMITS = { guesses: 3000, codes: 400, registrations: 200, requests: 1e6 }
export const SITE = { name: 'Job Point', networks: ['198.51.100.0/24'], limits: LIMITS }
const SITES = [SITE, { name: 'Nord', networks: ['203.0.113.0/24'], limits: LIMITS }]

export const DESK: NonNullable<Options['desk']> = {
  group: 'staff',
  groups: ['citizens'],
  sites: ['Job Point', 'Nord'],
  siteNetworkOnly: false,
  minutes: 30,
  letterDays: 10,
  codesPerHour: 100,
  searchesPerHour: 500,
  idle: 600,
  absolute: 14_400,
}

/** What comes before a first factor is left to the desk, but for its officers. */
export const deskPolicy = () => ({
  ...policyOf({}),
  binding: { ...BINDING, firstFactor: 'desk_or_bundid', groups: { staff: 'open' } } as const,
})

/** A provider with a service desk at two sites. */
export async function deskWorld(options: Partial<Options> = {}) {
  const world = await entryWorld({
    policy: deskPolicy(),
    desk: DESK,
    sites: SITES,
    trustedProxies: ['127.0.0.1', '::1', '::ffff:127.0.0.1'],
    ...options,
  })
  const { provider, pool, portal } = world
  let people = 0
  let phones = 0

  return {
    ...world,
    citizen: (more = {}) => world.owner(`p${++people}`, more),
    /** The address of a phone with data of its own. */
    away: (): string => `192.0.2.${++phones}`,
    /** At the point where something must vouch for a first factor; with a factor, where that is asked for. */
    async vouching(who: { username: string; password: string }, from?: string) {
      const at = await arrive(portal, {}, new Person({ address: from ?? this.away() }))
      await enter(at.person, who)
      return at
    },
    /** Somebody who has set up an app, with the help of this officer. */
    async withApp(officer: Person) {
      const who = await this.citizen()
      const { person } = await this.vouching(who)
      await typeAccess(person, await this.codeFor(officer, who.username))
      return { who, key: await world.setUp(person) }
    },
    /** Somebody of this group at the desk, with a passkey. */
    async officer(name: string, { address = HERE, group = 'staff' } = {}) {
      const who = await provider.addAccount({ username: name, group, emailVerified: false })
      const person = await new Person(address ? { address } : {}).open(`${provider.issuer}/desk`)
      await enter(person, who)
      if (group === 'staff') await makePasskey(person, provider.issuer)
      return { who, person }
    },
    /** An account opened at the desk; where it is. */
    async atCase(officer: Person, who: string): Promise<string> {
      await officer.open(`${provider.issuer}/desk`)
      await officer.submit('/find', { who })
      return officer.url
    },
    /** Fills in the form of a code. */
    async asks(officer: Person, who: string, purpose: string, more: Record<string, string> = {}) {
      const url = await this.atCase(officer, who)
      await officer.open(`${url}/code/${purpose}`)
      return officer.submit(`/code/${purpose}`, { document: 'passport', checked: 'on', ...more })
    },
    /** A code for this account. */
    async codeFor(officer: Person, who: string, purpose = 'first_factor', more: Record<string, string> = {}) {
      return codeOn(await this.asks(officer, who, purpose, more))
    },
    /** Events of an account with their reasons. */
    async reasons(accountId: string, event: string): Promise<string[]> {
      const { rows } = await pool.query(
        "SELECT data ->> 'reason' AS reason FROM audit WHERE account_id = $1 AND event = $2 ORDER BY id",
        [accountId, event],
      )
      return rows.map(({ reason }) => reason)
    },
  }
}

export type DeskWorld = Awaited<ReturnType<typeof deskWorld>>

/** Sets up a passkey on the page that is open. */
export async function makePasskey(person: Person, origin: string): Promise<void> {
  const [, written = ''] = /data-options="([^"]*)"/.exec(person.html) ?? []
  const options = JSON.parse(
    written
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&'),
  )
  const shown = { as: 'page', view: 'factors/webauthn/enrol', data: { options } } as const
  await person.submit('/answer', { ...new Authenticator({ origin }).create(shown), name: 'PK-Dienst' })
  await person.submit('/continue')
}

/** The code on the sheet that is open. */
export function codeOn(person: Person): string {
  const [, code] = /class="paper__code"[^>]*>([A-Z2-9-]{9})</.exec(person.html) ?? []
  if (!code) throw new Error(`no code on ${person.url}: ${person.text()}`)
  return code
}

/** Types a code of the desk on the page that offers that. */
export async function typeAccess(person: Person, code: string, more: Record<string, string> = {}) {
  await person.open(`${person.url.replace(/\/access$/, '')}/access`)
  return person.submit('/access', { code, ...more })
}
