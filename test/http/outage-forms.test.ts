import { atAccount } from '../support/account-person.ts'
import { type Faulty, startFaulty } from '../support/faulty.ts'
import { arrive, codeAt, keyOn, signIn, typeCode } from '../support/login.ts'
import { type Mailbox, openMailbox } from '../support/mailbox.ts'
import { codeFor, typeMailed } from '../support/mailed.ts'
import type { Person } from '../support/person.ts'

const PASSWORD = 'drei neue Wolken über Halle'

/** What stands in a field of the page that people see; undefined where there is none. */
function shown({ html }: Person, name: string): string | undefined {
  const field = new RegExp(`<input class="[^>]*\\bname="${name}"[^>]*>`).exec(html)?.[0]
  const value = field && /\bvalue="([^"]*)"/.exec(field)?.[1]
  return value
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}

const autocomplete = ({ html }: Person, name: string): string | undefined =>
  new RegExp(`\\bname="${name}"[^>]*autocomplete="([^"]+)"`).exec(html)?.[1]

describe('Whoever sends a form while PostgreSQL and Redis are gone', () => {
  let mailbox: Mailbox
  let world: Faulty
  beforeAll(async () => {
    mailbox = await openMailbox()
    world = await startFaulty({
      mail: { from: 'konto@jobcenter.example', smtpUrl: mailbox.url },
      registration: { group: 'citizens' },
    })
  })
  afterAll(async () => {
    await world?.close()
    await mailbox?.close()
  })
  afterEach(() => repaired())

  const gone = (): void => {
    world.database.cut()
    world.redis.cut()
  }
  const repaired = async (): Promise<void> => {
    world.database.restore()
    world.redis.restore()
    await world.readyIs(true)
  }
  /** Sends it into the outage; the page then holds none of the secrets, and the stores are there again. */
  async function lost(
    person: Person,
    action: string,
    kept: Record<string, string>,
    secret: Record<string, string>,
  ) {
    gone()
    await person.submit(action, { ...kept, ...secret })
    expect(person.status).toBe(503)
    expect(person.headers.get('cache-control')).toBe('no-store')
    expect(person.headers.get('retry-after')).toMatch(/^\d+$/)
    for (const [name, value] of Object.entries(kept))
      expect([name, shown(person, name)]).toEqual([name, value])
    for (const [name, value] of Object.entries(secret)) {
      expect([name, shown(person, name)]).toEqual([name, ''])
      expect(person.html).not.toContain(value)
    }
    const asked = Object.keys(secret).length > 0
    expect(person.text().includes('Passwörter und Codes merken wir uns hier nicht.')).toBe(asked)
    await repaired()
  }
  const secondFactor = async (person: Person): Promise<void> => {
    await person.submit('/skip')
    await typeCode(person, codeAt(keyOn(person), world.provider.clock.now()))
    await person.submit('/continue')
  }

  test('at the login types the password again and nothing else, and the login goes on', async () => {
    const who = await world.provider.addAccount()
    const { person, request } = await arrive(world.portal)
    await lost(person, '/answer', { identifier: who.username }, { password: who.password })
    expect(autocomplete(person, 'identifier')).toBe('username')
    expect(autocomplete(person, 'password')).toBe('current-password')

    await person.submit('/answer', { identifier: shown(person, 'identifier') ?? '', password: who.password })
    await secondFactor(person)
    expect((await world.portal.finish(person.answer, request)).claims()?.sub).toBe(who.id)
  })

  test('may have typed markup, which stays text', async () => {
    const { person } = await arrive(world.portal)
    const identifier = '"><script>alert(1)</script>&max'
    await lost(person, '/answer', { identifier }, { password: PASSWORD })
    expect(person.html).not.toContain('<script>alert')
  })

  test('at the set-up of an app sends the next code from there, and the app is set up once', async () => {
    const who = await world.provider.addAccount()
    const { person, request } = await arrive(world.portal)
    await signIn(person, who)
    const key = keyOn(person)
    const code = () => codeAt(key, world.provider.clock.now())
    await lost(person, '/answer', {}, { code: code() })
    expect(person.text()).toContain('6-stelliger Code')

    await typeCode(person, code())
    await person.submit('/continue')
    expect((await world.portal.finish(person.answer, request)).claims()?.sub).toBe(who.id)
    const held = await world.provider.app.stores.credentials.ofAccount(who.id)
    expect(held.map(({ factor }) => factor).sort()).toEqual(['password', 'totp'])
  })

  test('makes an account with what was typed in each step', async () => {
    const { person, request } = await arrive(world.portal)
    const email = 'neu@mail.example'
    await person.open(`${person.url}/register`)
    await lost(person, '/register', { email }, {})
    await person.submit('/register', { email })

    const code = await codeFor(mailbox, email)
    await lost(person, '/code', {}, { code })
    await typeMailed(person, code)

    const typed = { username: 'neu', customerNumber: '123A01913' }
    await lost(person, '/account', typed, { password: PASSWORD })
    expect(autocomplete(person, 'password')).toBe('new-password')
    await person.submit('/account', { ...typed, password: PASSWORD })
    await secondFactor(person)
    const { sub } = (await world.portal.finish(person.answer, request)).claims() ?? {}
    const account = await world.provider.app.stores.accounts.byLogin('neu')
    expect(account).toMatchObject({ id: sub, username: 'neu', email, claimedNumber: '123A01913' })
  })

  test('changes an address at the pages of the account', async () => {
    const { person } = await atAccount(world.provider)
    await person.open('/account/email')
    await lost(person, '/email', { email: 'anders@mail.example' }, {})
    await person.submit('/account/email', { email: 'anders@mail.example' })
    expect([person.status, new URL(person.url).pathname]).toEqual([200, '/account/email/code'])
  })

  test('with a form that cannot be sent again without what it lacks gets the way back to its page', async () => {
    const { person } = await arrive(world.portal)
    const { pathname } = new URL(person.url)
    gone()
    const passkey = { identifier: 'maximiliane', credential: '{"id":"abcdefgh"}', authenticationError: '' }
    await person.submit('/answer', passkey)
    expect([person.status, person.text()]).toEqual([503, expect.stringContaining('Zurück zur Seite davor')])
    expect(person.html).toContain(`href="${pathname}"`)
    expect(person.html).not.toContain('<form')
    for (const typed of ['maximiliane', 'abcdefgh']) expect(person.html).not.toContain(typed)
  })

  test.each([
    ['from another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, true],
    ['without the token of the form', {}, false],
  ])('%s is shown nothing of it', async (_, headers, token) => {
    const who = await atAccount(world.provider)
    await who.person.open('/account/email')
    const { person: login } = await arrive(world.portal)
    gone()
    for (const [person, action, name] of [
      [who.person, '/email', 'email'],
      [login, '/answer', 'identifier'],
    ] as const) {
      const { target, body } = person.form(action, { [name]: 'evil@mail.example' })
      if (!token) body.set('_csrf', 'A'.repeat(86))
      const sent = { method: 'POST', body, headers: { origin: target.origin, ...headers } }
      const answer = await person.send(target, sent)
      const html = await answer.text()
      expect([403, 503]).toContain(answer.status)
      expect(html).not.toContain('evil@mail.example')
      expect(html).not.toContain('<form')
    }
  })
})
