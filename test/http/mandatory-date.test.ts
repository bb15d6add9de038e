import { embedded } from '../support/backends.ts'
import { arrive, codeAt, keyOn, signIn, typeCode } from '../support/login.ts'
import { MFA, policyOf, SFA } from '../support/policy.ts'
import { startProvider, type TestProvider, testClock } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const DATE = Date.parse('2025-04-29T00:00:00+02:00')
const HOUR = 3_600_000

describe('MFA is mandatory from an instant on, and the switch is the clock', () => {
  const clock = testClock()
  let provider: TestProvider
  let portal: Awaited<ReturnType<typeof relyingParty>>
  beforeAll(async () => {
    clock.advance(DATE - 24 * HOUR - Date.now())
    provider = await startProvider({
      ...(await embedded.open()),
      clock,
      policy: policyOf({ prompt: DATE - 48 * HOUR, require: DATE }),
    })
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())
  const setTo = (ms: number) => clock.advance(ms - clock.now())

  test('the day before, set-up is offered and may be skipped', async () => {
    setTo(DATE - 24 * HOUR)
    const { person, request } = await arrive(portal)
    await signIn(person, await provider.addAccount())
    expect(person.text()).toContain('Überspringen')
    expect(person.text()).toContain('Diese Seite nicht mehr anzeigen.')
    await person.submit('/skip')
    const tokens = await portal.finish(person.answer, request)
    expect(tokens.claims()).toMatchObject({ acr: SFA, amr: ['pwd'] })
  })

  test('skipping once offers it again at the next login; „nicht mehr anzeigen“ is kept', async () => {
    setTo(DATE - 24 * HOUR)
    const who = await provider.addAccount()
    for (const [forGood, offeredNext] of [
      ['', true],
      ['on', false],
    ] as const) {
      const { person } = await arrive(portal)
      await signIn(person, who)
      await person.submit('/skip', { forGood })
      const next = await arrive(portal)
      await signIn(next.person, who)
      expect(next.person.url.includes('/interaction/')).toBe(offeredNext)
    }
  })

  test('a factor set up before the date is asked for at once, and counts after it', async () => {
    setTo(DATE - 24 * HOUR)
    const who = await provider.addAccount()
    const { person, request } = await arrive(portal)
    await signIn(person, who)
    await typeCode(person, codeAt(keyOn(person), clock.now()))
    await person.submit('/continue')
    expect((await portal.finish(person.answer, request)).claims()).toMatchObject({ acr: MFA })
    const again = await arrive(portal)
    await signIn(again.person, who)
    expect(again.person.text()).toContain('Code eingeben')
  })

  test('from the instant on nothing can be skipped, and a forged skip is refused', async () => {
    setTo(DATE - 1000)
    const who = await provider.addAccount()
    const { person } = await arrive(portal)
    await signIn(person, who)
    const forged = person.form('/skip', { forGood: 'on' })
    setTo(DATE)
    for (const forGood of ['', 'on']) {
      forged.body.set('forGood', forGood)
      const origin = new URL(person.url).origin
      const response = await person.send(forged.target, {
        method: 'POST',
        body: forged.body,
        headers: { origin },
      })
      expect(response.status).toBe(403)
    }
    await person.open(person.url)
    expect(person.text()).toContain('Zweiten Faktor einrichten')
    expect(person.text()).not.toContain('Überspringen')
    expect(person.text()).not.toContain('nicht mehr anzeigen')
  })

  test('what was dismissed for good before is not read once set-up is required', async () => {
    setTo(DATE - 24 * HOUR)
    const who = await provider.addAccount()
    const before = await arrive(portal)
    await signIn(before.person, who)
    await before.person.submit('/skip', { forGood: 'on' })
    setTo(DATE)
    const after = await arrive(portal)
    await signIn(after.person, who)
    expect(after.person.text()).toContain('Zweiten Faktor einrichten')
  })

  test('a session and a refresh token from before the date do not get around it', async () => {
    setTo(DATE - 1 * HOUR)
    const { person, request } = await arrive(portal)
    await signIn(person, await provider.addAccount())
    await person.submit('/skip')
    const tokens = await portal.finish(person.answer, request)
    setTo(DATE)
    await expect(portal.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' })
    const silent = await portal.start({ prompt: 'none' })
    await person.open(silent.url)
    expect(person.answer.searchParams.get('error')).toBe('login_required')
    const again = await portal.start()
    await person.open(again.url)
    expect(person.text()).toMatch(/Anmelden|Zweiten Faktor einrichten/)
    expect(person.url).toContain('/interaction/')
  })
})
