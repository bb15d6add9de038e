import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { plannable } from '../../src/composition.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { openStores } from '../../src/store/index.ts'
import { environmentOf } from '../support/admin.ts'
import { type Backend, postgres } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { arrive, codeAt, enter } from '../support/login.ts'
import { KINDS, type Member, PASSWORD, populate } from '../support/population.ts'
import { pforte } from '../support/process.ts'
import { startProvider, testClock } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'
import { obliging, travel } from '../support/travel.ts'

const DATE = '2025-04-29T00:00:00+02:00'
const AT = Date.parse(DATE)
const POLICY = `levels:
  - {acr: phr, distinct_kinds: 2, phishing_resistant: true}
  - {acr: mfa, distinct_kinds: 2}
  - {acr: sfa}
rules:
  - {name: everybody, demand: {acr: mfa}, stages: {require: ${DATE}}}
  - {name: partners, for: {groups: [partners]}, demand: {acr: phr, factors: [webauthn]}, stages: {require: ${DATE}}}
first_factor: {groups: {institutions: desk_or_bundid}}
`
const CLIENT = `client_id: portal
name: Portal
redirect_uris: [http://localhost:9/callback]
token_endpoint_auth_method: none
`

/** A digest of everything that stands in the database. */
async function digest(pool: Pool): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace`,
  )
  const found: Record<string, string> = {}
  for (const { name } of rows) {
    const sql = `SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS d FROM "${name}" t`
    found[name] = (await pool.query<{ d: string }>(sql)).rows[0]?.d ?? ''
  }
  return found
}

describe('pforte policy simulate', () => {
  const { env, write, folder } = testConfig()
  let backend: Backend
  let opened: Awaited<ReturnType<typeof openStores>>
  let members: Member[]
  let secret: string
  let settings: ReturnType<typeof loadSettings>
  beforeAll(async () => {
    write('policy.yaml', POLICY)
    write('clients/portal.yaml', CLIENT)
    backend = await postgres.open()
    Object.assign(env, environmentOf(backend))
    settings = loadSettings(env)
    opened = await openStores({ ...settings, onError: () => {} })
    ;({ members, secret } = await populate(opened.stores, AT - 86_400_000))
  }, 120_000)
  afterAll(() => opened?.close())

  const csv = join(folder, 'not-ready.csv')
  const simulate = (...args: string[]) => pforte(['policy', 'simulate', '--at', DATE, ...args], env)

  test('counts a thousand accounts exactly, by group and trouble, and writes nothing', async () => {
    const before = await digest(opened.pool)
    const { code, stdout } = await simulate('--csv', csv)
    expect(stdout).toBe(`Logins at 29 Apr 2025, 00:00 (Europe/Berlin):
citizens: 802 accounts
         490  satisfied
         250  can enrol during login
          20  locked
          42  would be stuck
          27    no usable credential can begin a login
          15    the strongest credential is suspended
employers: 130 accounts
          60  satisfied
          40  can enrol during login
           0  locked
          30  would be stuck
          30    no usable credential can begin a login
institutions: 10 accounts
           0  satisfied
           0  can enrol during login
           0  locked
          10  would be stuck
          10    they must prove who they are at the desk before
partners: 58 accounts
          30  satisfied
          20  can enrol during login
           0  locked
           8  would be stuck
           8    no factor that could still be set up leads there
90 of 1,000 accounts would be stuck.
`)
    expect(code).toBe(2)
    expect(await digest(opened.pool)).toEqual(before)
    expect(Object.keys(before)).toEqual(expect.arrayContaining(['accounts', 'credentials', 'audit']))
  })

  test('names in its file each account that is not ready, and why', () => {
    const lines = readFileSync(csv, 'utf8').trim().split('\r\n')
    const expected = members
      .filter(({ kind }) => kind.ending !== 'satisfied')
      .map(({ id, kind: { group, ending, why = '' } }) =>
        [id, group, ending, why, ending === 'locked' ? '' : 'portal'].join(','),
      )
    expect(lines[0]).toBe('account,group,ending,reason,client')
    expect(lines.slice(1).sort()).toEqual(expected.sort())
  })

  test('exits 2 above the threshold alone', async () => {
    expect((await simulate('--threshold', '8.9')).code).toBe(2)
    expect((await simulate('--threshold', '9', '--client', 'portal')).code).toBe(0)
    expect(await simulate('--threshold', 'many')).toMatchObject({ code: 64 })
    expect(await simulate('--client', 'gone')).toMatchObject({ code: 64 })
    expect(await simulate('--csv', join(folder, 'no', 'folder.csv'))).toMatchObject({ code: 73 })
  })

  test('before the date nobody but those who cannot begin a login at all is stuck', async () => {
    const { stdout } = await pforte(['policy', 'simulate', '--at', '2025-04-28T23:59:59+02:00'], env)
    expect(stdout).toContain('57 of 1,000 accounts would be stuck.')
    expect(stdout).not.toContain('suspended')
  })

  test('is right for one account of each kind that signs in through the provider', async () => {
    const clock = testClock()
    clock.advance(AT - clock.now())
    const { policy, clients } = settings.live
    const options = { ...backend, policy, clients: [...clients.values()], clock, keyRing: settings.keyRing }
    const provider = await startProvider(options)
    const portal = await relyingParty(provider.issuer, [...clients.values()][0])
    try {
      const withoutKeys = KINDS.filter(({ holds }) => !holds.some((h) => h === 'passkey'))
      for (const kind of withoutKeys) {
        const who = members.find((member) => member.kind === kind)
        if (!who) throw new Error('nobody of this kind')
        const { person } = await arrive(portal)
        await enter(person, { username: who.username, password: PASSWORD })
        if (person.text().includes('Code eingeben'))
          await person.submit('/answer', { code: codeAt(secret, clock.now()) })
        const seen = { kind: kind.name, status: person.status, ...sight(person.url, person.html) }
        expect(seen).toEqual({
          kind: kind.name,
          status: expect.any(Number),
          ...SIGHTS[kind.why ?? kind.ending],
        })
      }
    } finally {
      await provider.close()
    }
  }, 120_000)

  test('is right for every one of the thousand who then signs in', async () => {
    const factors = new Map(plannable(settings).map((factor) => [factor.id, obliging(factor)]))
    const { stores } = opened
    const { policy } = settings.live
    const deps = {
      stores,
      factors,
      policy: () => policy,
      clients: () => [],
      now: () => AT,
      newcomers: () => undefined,
      mails: false,
      registration: () => undefined,
      sessionIdle: 1800,
      sessionAbsolute: 43_200,
    }
    const wrong: string[] = []
    for (const [i, { username, kind }] of members.entries()) {
      const ended = await travel(deps, { clientId: 'portal' }, username, `198.51.100.${i % 250}`)
      const foretold = kind.locked ? 'account_locked' : (kind.why ?? kind.ending)
      if (ended !== foretold) wrong.push(`${kind.name}: ${ended}, not ${foretold}`)
    }
    expect(wrong).toEqual([])
  }, 600_000)
})

/** What a person sees in the end: whether they are back at the portal, or are to set something up. */
const sight = (url: string, html: string) => ({
  back: new URL(url).searchParams.has('code'),
  setUp: html.includes('data-passkey="create"') || html.includes('id="key"'),
  again: html.includes('name="identifier"'),
})
const NEITHER = { back: false, setUp: false, again: false }
const SIGHTS: Record<string, ReturnType<typeof sight>> = {
  satisfied: { ...NEITHER, back: true },
  enrols: { ...NEITHER, setUp: true },
  locked: NEITHER,
  strongest_is_suspended: NEITHER,
  no_factor_reaches_it: NEITHER,
  desk_first: NEITHER,
  cannot_begin: { ...NEITHER, again: true },
}
