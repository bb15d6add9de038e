import { BINDING } from '../../src/domain/binding.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { type EntryWorld, entryWorld } from '../support/entry-world.ts'
import { arrive, codeAt, enter, keyOn, type Portal, typeCode } from '../support/login.ts'
import { type Mailbox, openMailbox } from '../support/mailbox.ts'
import { codeFor, typeMailed, wrongFor } from '../support/mailed.ts'
import { Person } from '../support/person.ts'
import { policyOf } from '../support/policy.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const SENSITIVE = 'sensitive'
const DAY = 24 * 3600 * 1000

describe('The first factor of an account that has an address', () => {
  let mailbox: Mailbox
  let provider: TestProvider
  let portal: Portal
  beforeAll(async () => {
    mailbox = await openMailbox()
    const policy = policyOf({})
    const [, mfa] = policy.levels
    if (!mfa) throw new Error('no level')
    provider = await startProvider({
      ...(await postgresAndRedis.open()),
      mail: { from: 'konto@jobcenter.example', smtpUrl: mailbox.url },
      policy: {
        ...policy,
        levels: [{ acr: SENSITIVE, requirement: { ...mfa.requirement, settled: true } }, ...policy.levels],
        binding: { ...BINDING, groups: { desk: 'desk_or_bundid', free: 'open' } },
      },
    })
    portal = await relyingParty(provider.issuer)
  })
  afterAll(async () => {
    await provider?.close()
    await mailbox?.close()
  })

  const owner = (name: string, more = {}) =>
    provider.addAccount({ username: name, email: `${name}@mail.example`, emailVerified: true, ...more })
  const credentialsOf = async (id: string): Promise<string[]> =>
    (await provider.app.stores.credentials.ofAccount(id)).map(({ factor }) => factor)

  /** Sets TOTP up; the passkey, which is offered first, is passed over. */
  async function setUp(person: Awaited<ReturnType<typeof arrive>>['person']): Promise<string> {
    if (person.html.includes('data-passkey="create"')) await person.submit('/skip')
    const key = keyOn(person)
    await typeCode(person, codeAt(key, provider.clock.now()))
    await person.submit('/continue')
    return key
  }

  test('is set up after a code that only the owner’s mailbox has, and then counts like any other', async () => {
    const who = await owner('max')
    const { person, request } = await arrive(portal)
    await enter(person, who)
    expect(person.text()).toContain('Bitte bestätigen Sie, dass Sie es sind')
    expect(person.text()).toContain('m•••@mail.example')
    expect(mailbox.mails).toEqual([])
    await person.submit('/send')
    const code = await codeFor(mailbox, 'max@mail.example')
    await typeMailed(person, wrongFor(code))
    expect(person.status).toBe(422)
    expect(person.text()).toContain('Der Code ist falsch.')
    await typeMailed(person, code)
    await setUp(person)
    const tokens = await portal.finish(person.answer, request)
    expect(tokens.claims()?.acr).toBe('https://refeds.org/profile/mfa')
    const mails = await mailbox.of('max@mail.example', 3)
    expect(mails.map(({ subject }) => subject)).toContain('Neu in Ihrem Konto: Code aus einer App (TOTP)')
  })

  test('is not to be had with the password alone: no page, no answer and no address gets past the code', async () => {
    const who = await owner('stolen')
    const { person } = await arrive(portal)
    await enter(person, who)
    const { target, body } = person.form('/send')
    for (const [action, fields] of [
      ['answer', { factor: 'totp', purpose: 'enrol', code: '123456' }],
      ['answer', { factor: 'webauthn', purpose: 'enrol', credential: '{}' }],
      ['choose', { factor: 'totp' }],
      ['begin', { factor: 'webauthn' }],
      ['skip', { factor: 'totp' }],
    ] as const) {
      const form = new URLSearchParams({ ...Object.fromEntries(body), ...fields })
      const to = new URL(target.href.replace(/send$/, action))
      const { status } = await person.send(to, { method: 'POST', body: form, headers: { origin: to.origin } })
      expect([action, [303, 403].includes(status)]).toEqual([action, true])
    }
    expect((await person.send(target.href.replace(/send$/, 'file?factor=totp'))).status).toBe(403)
    const again = await portal.start({ prompt: 'none' })
    await person.open(again.url)
    expect(person.answer.searchParams.get('error')).toMatch(/required/)
    expect(await credentialsOf(who.id)).toEqual(['password'])
  })

  test('a code is void after five tries, in another browser, and once it was used', async () => {
    const who = await owner('tries')
    const [one, two] = [(await arrive(portal)).person, (await arrive(portal)).person]
    for (const person of [one, two]) {
      await enter(person, who)
    }
    await one.submit('/send')
    const code = await codeFor(mailbox, 'tries@mail.example')
    await two.submit('/send')
    const second = await codeFor(mailbox, 'tries@mail.example', 2)
    await typeMailed(two, code)
    expect(two.text()).toContain('Der Code ist falsch.')
    for (let n = 0; n < 4; n++) await typeMailed(two, wrongFor(second))
    await typeMailed(two, second)
    expect(two.status).toBe(422)
    expect(two.text()).toContain('Dieser Code gilt nicht mehr.')

    const { target, body } = one.form('/code', { code })
    const init = { method: 'POST', body, headers: { origin: target.origin } }
    const parallel = await Promise.all(Array.from({ length: 6 }, () => one.send(target, init)))
    expect(parallel.every(({ status }) => [303, 422].includes(status))).toBe(true)
    const audited = await provider.app.stores.credentials.ofAccount(who.id)
    expect(audited.map(({ factor }) => factor)).toEqual(['password'])
    await one.open(one.url)
    expect(one.text()).toContain('Passkey einrichten')
  })

  test('the desk is named where policy leaves it to the desk', async () => {
    const who = await owner('officer', { group: 'desk' })
    const { person } = await arrive(portal)
    await enter(person, who)
    expect(person.text()).toContain('Gehen Sie mit Ihrem Ausweis zu Hansering 5.')
    expect(() => person.form('/send')).toThrow()
  })

  test.each([
    ['policy leaves it open', { group: 'free' }],
    ['no address is confirmed', { emailVerified: false }],
  ])('is set up at once where %s', async (_, more) => {
    const who = await owner(`open${Object.keys(more)[0]}`, more)
    const { person } = await arrive(portal)
    await enter(person, who)
    expect(person.text()).toContain('Passkey einrichten')
  })

  test('does not open a sensitive level for three days, and the person is told from when on it does', async () => {
    const who = await owner('sensitive')
    const { person } = await arrive(portal)
    await enter(person, who)
    await person.submit('/send')
    await typeMailed(person, await codeFor(mailbox, 'sensitive@mail.example'))
    const key = await setUp(person)
    await arrive(portal, { acr_values: SENSITIVE }, person)
    expect(person.status).toBe(403)
    expect(person.text()).toMatch(/Ihr Schutz ist noch zu neu für diesen Dienst\..*Er gilt hier ab \d/)

    provider.clock.advance(3 * DAY)
    const { request } = await arrive(portal, { acr_values: SENSITIVE }, person)
    await enter(person, who)
    await typeCode(person, codeAt(key, provider.clock.now()))
    const tokens = await portal.finish(person.answer, request)
    expect(tokens.claims()?.acr).toBe(SENSITIVE)
  })
})

describe('As long as a second factor is only offered', () => {
  let world: EntryWorld
  beforeAll(async () => {
    world = await entryWorld({ policy: policyOf({ prompt: 0 }) })
  })
  afterAll(() => world?.close())

  test('the code can be passed over, and no mail is sent for it', async () => {
    const who = await world.owner('spaeter')
    const { person, request } = await arrive(world.portal)
    await enter(person, who)
    expect(person.text()).toContain('Bitte bestätigen Sie, dass Sie es sind')
    await person.submit('/skip')
    expect((await world.portal.finish(person.answer, request)).claims()?.amr).toEqual(['pwd'])
    expect(await world.audited(who.id)).not.toContain('code.mailed')
  })

  test('the password alone does not turn the code to another mailbox', async () => {
    const who = await world.owner('umgeleitet')
    const person = await new Person().open(`${world.provider.issuer}/account`)
    await enter(person, who)
    await person.submit('/skip')
    await person.open(`${world.provider.issuer}/account/email`)
    await person.submit('/email', { email: 'dieb@mail.example' })
    expect(person.status).toBe(422)
    expect(person.text()).toContain('Richten Sie zuerst einen zweiten Schutz ein.')
    expect(await world.audited(who.id)).not.toContain('code.mailed')
  })
})
