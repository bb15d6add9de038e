import { loadSettings } from '../../src/settings/load.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { startBalanced } from '../support/balanced.ts'
import { testConfig } from '../support/config.ts'
import { arrive, codeAt, enter, keyOn, type Portal, signIn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { MFA, SFA } from '../support/policy.ts'
import { standingClock } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const GROUPS = ['citizens', 'employers', 'institutions']
const PASSWORD = 'correct horse battery'

/** One person of each group, in a browser of their own, with what the portal has of them. */
interface Somebody {
  username: string
  password: string
  person: Person
  refresh: string
  key?: string
}

describe('The roll-out of spring 2025, as the shipped policy describes it, on two instances that take turns', () => {
  const clock = standingClock()
  let service: Awaited<ReturnType<typeof startBalanced>>
  let portal: Portal
  const before: Somebody[] = []
  let joined = 0
  const careful: Somebody[] = []
  const setTo = (instant: string) => clock.advance(Date.parse(instant) - clock.now())

  beforeAll(async () => {
    setTo('2025-02-14T12:00:00+01:00')
    const { policy } = loadSettings(testConfig().env).live
    service = await startBalanced({ ...(await postgresAndRedis.open()), policy, clock })
    portal = await relyingParty(service.issuer)
  })
  afterAll(() => service?.close())

  const join = (group: string) => service.instances[0].addAccount({ group, username: `${group}-${++joined}` })
  const text = (person: Person) => person.text()

  test('in February a password is enough, and nothing is said', async () => {
    for (const group of GROUPS) {
      const who = await join(group)
      const { person, request } = await arrive(portal)
      expect(text(person)).not.toContain('zweiten Schutz')
      await enter(person, who)
      const tokens = await portal.finish(person.answer, request)
      expect(tokens.claims()).toMatchObject({ acr: SFA, amr: ['pwd'] })
      before.push({ ...who, person, refresh: tokens.refresh_token ?? '' })
    }
  })

  test('in March pages announce the date, and a password is still enough', async () => {
    setTo('2025-03-01T00:00:00+01:00')
    const { person, request } = await arrive(portal)
    expect(text(person)).toMatch(/Ab .*29\. ?(April|04\.) ?2025.* zweiten Schutz/)
    await enter(person, await join('citizens'))
    expect((await portal.finish(person.answer, request)).claims()).toMatchObject({ acr: SFA })
  })

  test('in April set-up is offered: whoever likes does it, and whoever does not skips it', async () => {
    setTo('2025-04-15T12:00:00+02:00')
    for (const group of GROUPS) {
      const who = await join(group)
      const { person, request } = await arrive(portal)
      await signIn(person, who)
      const key = keyOn(person)
      await typeCode(person, codeAt(key, clock.now()))
      await person.submit('/continue')
      const tokens = await portal.finish(person.answer, request)
      expect(tokens.claims()).toMatchObject({ acr: MFA })
      careful.push({ ...who, person, key, refresh: tokens.refresh_token ?? '' })
    }
    const { person, request } = await arrive(portal)
    await signIn(person, await join('citizens'))
    await person.submit('/skip')
    expect((await portal.finish(person.answer, request)).claims()).toMatchObject({ acr: SFA })
  })

  test('in the last second of 28 April, in Berlin, set-up may still be skipped, on both instances', async () => {
    for (let n = 0; n < 4; n++) {
      setTo('2025-04-28T23:59:59+02:00')
      const { person, request } = await arrive(portal)
      await signIn(person, await join('citizens'))
      await person.submit('/skip')
      expect((await portal.finish(person.answer, request)).claims()).toMatchObject({ acr: SFA })
    }
    // Sessions and refresh tokens of this last evening, which are to get around nothing.
    setTo('2025-04-28T23:50:00+02:00')
    for (const one of before) {
      one.person = new Person()
      const { request } = await arrive(portal, {}, one.person)
      await signIn(one.person, one)
      await one.person.submit('/skip')
      one.refresh = (await portal.finish(one.person.answer, request)).refresh_token ?? ''
      one.refresh = (await portal.refresh(one.refresh)).refresh_token ?? ''
    }
    for (const one of careful) {
      one.person = new Person()
      const { request } = await arrive(portal, {}, one.person)
      await enter(one.person, one)
      await typeCode(one.person, codeAt(one.key ?? '', clock.now()))
      one.refresh = (await portal.finish(one.person.answer, request)).refresh_token ?? ''
    }
  })

  describe('from midnight on', () => {
    beforeAll(() => setTo('2025-04-28T22:00:00Z'))

    test('every group has to set a second factor up, and nothing can be skipped', async () => {
      for (const group of GROUPS) {
        for (let n = 0; n < 2; n++) {
          const who = await service.instances[1].addAccount({ group, username: `${group}-late-${n}` })
          const { person, request } = await arrive(portal)
          await signIn(person, who)
          expect(text(person)).not.toContain('Überspringen')
          await typeCode(person, codeAt(keyOn(person), clock.now()))
          await person.submit('/continue')
          expect((await portal.finish(person.answer, request)).claims()).toMatchObject({ acr: MFA })
        }
      }
    })

    test('a session from before does not get around it, asked silently or not', async () => {
      for (const { person, username } of before) {
        for (let n = 0; n < 2; n++) {
          await arrive(portal, { prompt: 'none' }, person)
          expect([username, person.answer.searchParams.get('error')]).toEqual([username, 'login_required'])
          await arrive(portal, {}, person)
          expect(person.url).toContain('/interaction/')
          expect(text(person)).not.toContain('Überspringen')
        }
      }
    })

    test('a refresh token from before does not get around it, on either instance', async () => {
      for (const { refresh } of before)
        for (let n = 0; n < 2; n++)
          await expect(portal.refresh(refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
    })

    test('whoever was careful notices nothing: session and refresh token go on', async () => {
      for (const { person, refresh } of careful) {
        const { request } = await arrive(portal, { prompt: 'none' }, person)
        expect((await portal.finish(person.answer, request)).claims()).toMatchObject({ acr: MFA })
        expect((await portal.refresh(refresh)).claims()).toMatchObject({ acr: MFA })
      }
    })

    test('each page that was shown or not shown has left its reason in the log, and nothing personal', () => {
      const logs = service.instances.flatMap((instance) => instance.logs)
      const prompts = logs.flatMap((line) =>
        line.msg === 'prompt' ? [line.prompt as Record<string, unknown>] : [],
      )
      const seen = (more: object) =>
        prompts.some((prompt) => Object.entries(more).every(([k, v]) => prompt[k] === v))
      expect(seen({ shown: false, reason: 'nothing_offered', stage: 'before' })).toBe(true)
      expect(seen({ shown: false, reason: 'nothing_offered', stage: 'announce' })).toBe(true)
      expect(seen({ shown: true, reason: 'offered', stage: 'prompt' })).toBe(true)
      expect(seen({ shown: false, reason: 'skipped', stage: 'prompt' })).toBe(true)
      expect(seen({ shown: false, reason: 'satisfied', stage: 'prompt' })).toBe(true)
      expect(seen({ shown: true, reason: 'required', stage: 'require' })).toBe(true)
      const written = JSON.stringify(logs)
      for (const { username } of [...before, ...careful]) expect(written).not.toContain(username)
      expect(written).not.toContain(PASSWORD)
    })
  })
})
