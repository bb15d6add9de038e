import { compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose'
import { postgresAndRedis } from '../support/backends.ts'
import { startBalanced } from '../support/balanced.ts'
import { arrive, enter, type Portal } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { policyOf } from '../support/policy.ts'
import { standingClock } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('Signing keys, on two instances that take turns,', () => {
  const clock = standingClock()
  let service: Awaited<ReturnType<typeof startBalanced>>
  let portal: Portal
  let who: { username: string; password: string }

  beforeAll(async () => {
    const policy = policyOf({ require: clock.now() + 1_000 * DAY })
    service = await startBalanced({ ...(await postgresAndRedis.open()), policy, clock })
    portal = await relyingParty(service.issuer)
    who = await service.instances[0].addAccount()
  })
  afterAll(() => service?.close())

  const login = async (): Promise<string> => {
    const { person, request } = await arrive(portal, {}, new Person())
    await enter(person, who)
    return (await portal.finish(person.answer, request)).id_token ?? ''
  }
  const published = async () => (await fetch(`${service.issuer}/jwks`)).json()

  /** Relying parties that read the key set once a day, each at another hour, and never in between. */
  const readers = [0, 6, 12, 18].map((hour) => ({ hour, day: 0, keys: createLocalJWKSet({ keys: [] }) }))
  const verify = async (token: string) => {
    for (const reader of readers) {
      const day = Math.floor((clock.now() + reader.hour * HOUR) / DAY)
      if (day > reader.day) Object.assign(reader, { day, keys: createLocalJWKSet(await published()) })
      await compactVerify(token, reader.keys)
    }
    return decodeProtectedHeader(token).kid
  }
  /** Each instance looks once a minute; here one of them a step later than the other. */
  let looks = 0
  const pass = async (ms: number) => {
    clock.advance(ms)
    await service.instances[looks++ % 2]?.app.turnKeys()
  }

  test('change by themselves, and no token fails at an application that reads them once a day', async () => {
    const used = new Set<string | undefined>()
    for (let hours = 0; hours < 91 * 24; hours += 6) {
      const near = hours > 89 * 24 - 12
      await pass(6 * HOUR)
      if (near || hours % (10 * 24) === 0)
        for (const token of [await login(), await login()]) used.add(await verify(token))
    }
    expect(used.size).toBe(2)
  })

  test('may change in the middle of logins, and every token has its key', async () => {
    const seen = new Map<string, object>()
    const note = async () => {
      for (const key of (await published()).keys) seen.set(key.kid, key)
    }
    await note()
    const logins = Promise.all(Array.from({ length: 12 }, login))
    for (let n = 0; n < 8; n++) {
      await Promise.all([pass(23 * DAY), service.instances[looks % 2]?.app.turnKeys()])
      await note()
    }
    const keys = createLocalJWKSet({ keys: [...seen.values()] as { kty: string }[] })
    for (const token of await logins) await compactVerify(token, keys)
  })

  test('that have signed are shown until the last session has ended, then they are gone', async () => {
    const token = await login()
    const { kid } = decodeProtectedHeader(token)
    const shown = async () => (await published()).keys.some((key: { kid: string }) => key.kid === kid)
    await pass(90 * DAY)
    await pass(DAY)
    await pass(DAY)
    expect(decodeProtectedHeader(await login()).kid).not.toBe(kid)
    await pass(13 * HOUR)
    await pass(HOUR)
    await pass(0)
    expect(await shown()).toBe(false)
  })

  test('of before still prove who wants to sign out', async () => {
    const { person, request } = await arrive(portal)
    await enter(person, who)
    const { id_token: hint = '' } = await portal.finish(person.answer, request)
    await pass(89 * DAY + HOUR)
    await pass(0)
    await pass(DAY)
    await pass(0)
    expect(decodeProtectedHeader(await login()).kid).not.toBe(decodeProtectedHeader(hint).kid)
    const { status, headers } = await new Person().send(portal.logoutUrl(hint))
    expect([status, headers.get('location')]).toEqual([303, expect.stringMatching(/^http:\/\/localhost:9\//)])
  })
})
