import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { accountIn, launch } from '../support/demo.ts'
import { codeAt, keyOn, signIn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { freePort } from '../support/servers.ts'

describe('the demonstration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-demo-'))
  const data = join(folder, 'data')
  const running: ReturnType<typeof launch>[] = []
  let env: Record<string, string>
  const begin = () => {
    const demo = launch(env)
    running.push(demo)
    return demo
  }
  beforeAll(async () => {
    const [port, portalPort, bundidPort] = [await freePort(), await freePort(), await freePort()]
    env = {
      PORT: String(port),
      PORTAL_PORT: String(portalPort),
      BUNDID_PORT: String(bundidPort),
      PFORTE_DATA: data,
    }
  })
  /** A test that failed leaves nothing behind that the next would run into. */
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGKILL')
      await ended
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Signs in at the portal with password and code; `at` is the time on the phone. */
  async function logIn(who: { username: string; password: string; key?: string | undefined }, at: number) {
    const person = await new Person().open(`http://localhost:${env.PORTAL_PORT}/profil`)
    await signIn(person, who)
    await typeCode(person, codeAt(who.key ?? keyOn(person), at))
    return person
  }

  test('starts, says what is where, lets both accounts in, stops at SIGTERM, and knows them after a restart', async () => {
    const first = begin()
    const said = await first.notice
    expect(said).toContain(`Pforte is ready: http://localhost:${env.PORT}\n`)
    expect(said).toContain(`http://localhost:${env.PORTAL_PORT}`)
    expect(said).toContain(`Service desk:    http://localhost:${env.PORT}/desk`)
    expect(accountIn(said, 'berta').password).toMatch(/^[a-z2-9-]{19}$/)
    const erika = accountIn(said, 'erika')
    expect(erika.uri).toBe(
      `otpauth://totp/Jobcenter%20Musterstadt:erika?secret=${erika.key}&issuer=Jobcenter%20Musterstadt`,
    )
    expect((await logIn(erika, Date.now())).text()).toContain('Erika Mustermann')

    const max = accountIn(said, 'max')
    expect(max.key).toBeUndefined()
    const person = await logIn(max, Date.now())
    await person.submit('/continue')
    expect(person.url).toBe(`http://localhost:${env.PORTAL_PORT}/profil`)
    expect(person.text()).toContain('Kundennummer 123A01913')

    first.child.kill('SIGTERM')
    expect(await first.ended).toEqual({ code: 0, errors: '' })

    const second = begin()
    const again = await second.notice
    expect(accountIn(again, 'erika')).toEqual(erika)
    expect(accountIn(again, 'max')).toEqual(max)
    // The last code is spent; the next one is taken, too.
    expect((await logIn(erika, Date.now() + 30_000)).text()).toContain('Erika Mustermann')
    const back = await new Person().open(`http://localhost:${env.PORTAL_PORT}/profil`)
    expect((await signIn(back, max)).text()).toContain('Code eingeben')
    expect(() => keyOn(back)).toThrow('no key')
    second.child.kill('SIGINT')
    expect(await second.ended).toEqual({ code: 0, errors: '' })
  })

  test('keeps passwords and keys readable by their owner alone', async () => {
    const demo = begin()
    await demo.notice
    for (const name of ['accounts.json', 'portal-secret', 'key-ring'])
      expect(statSync(join(data, name)).mode & 0o777).toBe(0o600)
    demo.child.kill('SIGTERM')
    await demo.ended
  })

  test('shows the mails it is sent, as text', async () => {
    const demo = begin()
    const [, page = '', port = ''] = /Mail catcher: +(\S+) .* port (\d+)/.exec(await demo.notice) ?? []
    const transport = createTransport({ host: '127.0.0.1', port: Number(port) })
    await transport.sendMail({
      from: 'Pforte <pforte@jobcenter.example>',
      to: 'max@example.org',
      subject: 'Ihr Konto: <b>neuer</b> Passkey',
      text: 'Grüße vom Jobcenter',
    })
    const { html } = await new Person().open(page)
    expect(html).toContain('Ihr Konto: &lt;b&gt;neuer&lt;/b&gt; Passkey')
    expect(html).toContain('Grüße vom Jobcenter')
    expect(html).toContain('&lt;max@example.org&gt;')
    demo.child.kill('SIGTERM')
    expect((await demo.ended).code).toBe(0)
  })

  test('a second one in the same folder, or on the same port, says why it cannot start', async () => {
    const demo = begin()
    await demo.notice
    expect(await launch({ ...env, PORT: String(await freePort()) }).ended).toEqual({
      code: 1,
      errors: expect.stringMatching(
        /^\S+db is in use by process \d+\. Stop that process, or set PFORTE_DATA .*\n$/,
      ),
    })
    const other = { ...env, PFORTE_DATA: join(folder, 'other') }
    const others = { PORTAL_PORT: String(await freePort()), BUNDID_PORT: String(await freePort()) }
    expect(await launch(other).ended).toEqual({
      code: 1,
      errors: `Port ${env.PORTAL_PORT} is in use. Set PORTAL_PORT to another one.\n`,
    })
    expect(await launch({ ...other, ...others }).ended).toEqual({
      code: 1,
      errors: `Port ${env.PORT} is in use. Set PORT to another one.\n`,
    })
    demo.child.kill('SIGTERM')
    await demo.ended
  })

  test('a folder that cannot be written and a broken configuration are said in plain sentences', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const { errors } = await launch({ ...env, PFORTE_DATA: join(file, 'data') }).ended
    expect(errors).toMatch(
      /^\S+ cannot be kept \(ENOTDIR\)\. Set PFORTE_DATA to a folder you may write to\.\n$/,
    )

    const broken = await launch({ ...env, PFORTE_CONFIG: join(folder, 'nowhere') }).ended
    expect(broken.code).toBe(78)
    expect(broken.errors).toMatch(/^Pforte cannot start: \d+/)
    expect(await launch({ ...env, PORT: 'achtzig' }).ended).toEqual({
      code: 1,
      errors: 'PORT: "achtzig" is not a port. Use a whole number from 1 to 65535.\n',
    })
  })

  test('without the file of the passwords it makes no new ones that would not work', async () => {
    rmSync(join(data, 'accounts.json'))
    const { code, errors } = await launch(env).ended
    expect(code).toBe(1)
    expect(errors).toBe(`accounts.json with the passwords is gone. Delete ${data} to begin anew.\n`)
  })
})
