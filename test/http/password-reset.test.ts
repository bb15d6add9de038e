import { type EntryWorld, entryWorld } from '../support/entry-world.ts'
import { arrive, codeAt, enter, signIn, typeCode } from '../support/login.ts'
import { codeFor, typeMailed, wrongFor } from '../support/mailed.ts'

const NEW = 'drei neue Wolken über Halle'

describe('A forgotten password', () => {
  let world: EntryWorld
  beforeAll(async () => {
    world = await entryWorld()
  })
  afterAll(() => world?.close())

  const codeNow = (key: string): string => {
    world.provider.clock.advance(30_000)
    return codeAt(key, world.provider.clock.now())
  }

  test('is chosen anew with a mailed code and the app, and every other session and token ends', async () => {
    const { provider, portal, mailbox } = world
    const { who, key, person: elsewhere, request } = await world.ownerWithApp('max')
    const tokens = await portal.finish(elsewhere.answer, request)
    const at = await world.confirmed('max', 3)
    expect(at.person.text()).toContain('Code eingeben')
    await typeCode(at.person, codeNow(key))
    expect(at.person.text()).toContain('Neues Passwort wählen')
    await at.person.submit('/answer', { password: 'Passwort1' })
    expect(at.person.text()).toContain('Dieses Passwort nehmen viele Menschen.')
    await at.person.submit('/answer', { password: NEW })
    expect(at.person.text()).toContain('Auf allen anderen Geräten sind Sie abgemeldet.')
    await at.person.submit('/continue')
    expect((await portal.finish(at.person.answer, at.request)).claims()?.amr).toEqual(
      expect.arrayContaining(['pwd', 'otp', 'mfa']),
    )

    await expect(portal.refresh(String(tokens.refresh_token))).rejects.toThrow()
    const silent = await portal.start({ prompt: 'none' })
    await elsewhere.open(silent.url)
    expect(elsewhere.answer.searchParams.get('error')).toBe('login_required')
    const old = await arrive(portal)
    await enter(old.person, who)
    expect(old.person.status).toBe(422)
    const mails = await mailbox.of('max@mail.example', 5)
    expect(mails.map(({ subject }) => subject)).toContain('Geändert in Ihrem Konto: Passwort')
    expect(await world.audited(who.id)).toEqual(
      expect.arrayContaining(['code.mailed', 'code.redeemed', 'factor.replaced']),
    )
    expect(provider.logs.some((line) => JSON.stringify(line).includes(NEW))).toBe(false)
  })

  test('the mailbox alone gets nobody past the second factor', async () => {
    const { who } = await world.ownerWithApp('mailbox')
    const { person } = await world.confirmed('mailbox', 3)
    const { target, body } = person.form('/answer')
    const steal = new URLSearchParams({
      ...Object.fromEntries(body),
      factor: 'password',
      purpose: 'enrol',
      password: NEW,
    })
    const stolen = await person.send(target, {
      method: 'POST',
      body: steal,
      headers: { origin: target.origin },
    })
    expect(stolen.status).toBe(303)
    await person.open(person.url)
    expect(person.text()).toContain('Code eingeben')
    for (const fields of [{ factor: 'totp', purpose: 'enrol', code: '123456' }, { code: '000000' }]) {
      const form = new URLSearchParams({ ...Object.fromEntries(body), ...fields })
      const { status } = await person.send(target, {
        method: 'POST',
        body: form,
        headers: { origin: target.origin },
      })
      expect([303, 422]).toContain(status)
    }
    const old = await arrive(world.portal)
    await signIn(old.person, who)
    expect(old.person.text()).toContain('Code eingeben')
  })

  test('where there is no second factor yet the code leads to a new password, and straight on to set one up', async () => {
    const who = await world.owner('erika')
    const { person, request } = await world.confirmed('erika', 1)
    await person.submit('/answer', { password: NEW })
    await person.submit('/continue')
    await world.setUp(person)
    expect((await world.portal.finish(person.answer, request)).claims()?.sub).toBe(who.id)
    expect(await world.factorsOf(who.id)).toEqual(expect.arrayContaining(['password', 'totp']))
  })

  test('known and unknown, locked and unconfirmed get the same answers, and no mail where there is nobody to tell', async () => {
    await world.owner('known')
    await world.owner('unconfirmed', { emailVerified: false })
    const locked = await world.owner('locked')
    await world.provider.app.stores.accounts.setLocked(locked.id, true, world.provider.clock.now(), {
      event: 'account.locked',
    })
    const seen = []
    for (const name of [
      'known',
      'nobody',
      'unconfirmed',
      'locked',
      'known@mail.example',
      'nobody@mail.example',
    ]) {
      const { person } = await world.forgetful(name)
      const first = { status: person.status, text: person.text() }
      await typeMailed(person, '1234 5678')
      const wrong = { status: person.status, text: person.text() }
      for (let n = 0; n < 5; n++) await typeMailed(person, '1234 5678')
      seen.push({ first, wrong, last: { status: person.status, text: person.text() } })
    }
    for (const one of seen) expect(one).toEqual(seen[0])
    expect(seen[0]?.first.text).toContain('Wenn es ein Konto gibt, haben wir eine E-Mail geschickt.')
    expect(seen[0]?.last.text).toContain('Dieser Code gilt nicht mehr.')
    await world.mailbox.of('known@mail.example', 2)
    const to = world.mailbox.mails.flatMap((mail) => (mail.to ?? []).map(({ address }) => address))
    expect(to.filter((address) => /nobody|unconfirmed|locked/.test(String(address)))).toEqual([])
  })

  test('a code works once, in the browser that asked for it, and of a hundred parallel uses one counts', async () => {
    const who = await world.owner('once')
    const one = await world.forgetful('once')
    const code = await codeFor(world.mailbox, 'once@mail.example')
    const other = await world.forgetful('once')
    await typeMailed(other.person, code)
    expect(other.person.status).toBe(422)
    const { target, body } = one.person.form('/code', { code })
    const init = { method: 'POST', body, headers: { origin: target.origin } }
    await Promise.all(Array.from({ length: 20 }, () => one.person.send(target, init)))
    const redeemed = (await world.audited(who.id)).filter((event) => event === 'code.redeemed')
    expect(redeemed).toHaveLength(1)
    await typeMailed(one.person, code).catch(() => {})
    expect((await world.audited(who.id)).filter((event) => event === 'code.redeemed')).toHaveLength(1)
    await typeMailed(other.person, wrongFor(code))
    expect(other.person.status).toBe(422)
  })

  test('a sixth mail within an hour is not sent, and the page says how long to wait', async () => {
    await world.owner('often')
    const { person } = await world.forgetful('often')
    for (let n = 0; n < 4; n++) await person.submit('/send')
    expect(person.status).toBe(200)
    await person.submit('/send')
    expect(person.status).toBe(429)
    expect(person.text()).toMatch(/Bitte warten Sie \d+ Minuten\./)
    expect(Number(person.headers.get('retry-after'))).toBeGreaterThan(60)
  })

  test('a reset leaves what is sensitive closed: the password is marked as won back', async () => {
    const who = await world.owner('mark')
    const { person } = await world.confirmed('mark', 1)
    await person.submit('/answer', { password: NEW })
    const [password] = await world.provider.app.stores.credentials.ofAccount(who.id)
    expect(password).toMatchObject({ factor: 'password', ground: 'recovery' })
  })
})
