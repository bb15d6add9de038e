import * as oidc from 'openid-client'
import { configured, KIOSK, passThrough } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { codeAt, signIn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { MFA } from '../support/policy.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
describe('A device without a browser', () => {
  let provider: TestProvider
  beforeAll(async () => {
    provider = await startProvider({
      ...(await postgres.open()),
      clients: [CLIENT, KIOSK],
      trustedProxies: ['127.0.0.1'],
    })
  })
  afterAll(() => provider?.close())

  const started = async () => {
    const config = await configured(provider.issuer, KIOSK)
    const device = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' })
    const poll = () => oidc.genericGrantRequest(config, GRANT, { device_code: device.device_code })
    return { config, device, poll }
  }
  const atCode = async (person = new Person()) => person.open(`${provider.issuer}/device`)
  const enter = (person: Person, user_code: string) => person.submit('/device', { user_code })

  test('is signed in by a person who types its code, sees who asks, and proves both factors', async () => {
    const { device, poll } = await started()
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    const person = await enter(await atCode(), device.user_code.toLowerCase().replace('-', ' '))
    expect(person.text()).toContain('Terminal im Jobcenter')
    expect(person.text()).toContain(device.user_code)
    expect(person.text()).toContain('127.0.0.1')
    await person.submit('/device', { confirm: 'yes' })
    const who = await provider.addAccount()
    await signIn(person, who)
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    const key = /<code[^>]*class="[^"]*key[^"]*"[^>]*>([\s\S]*?)<\/code>/.exec(person.html)?.[1] ?? ''
    await typeCode(person, codeAt(key.replace(/<[^>]+>|\s/g, ''), provider.clock.now()))
    await person.submit('/continue')
    expect(person.text()).toContain('Ihr Gerät ist angemeldet')
    const tokens = await poll()
    expect(tokens.claims()).toMatchObject({ sub: who.id, acr: MFA })
    await expect(poll()).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  test('is not signed in by an open session alone: the person proves both factors anew', async () => {
    const portal = await relyingParty(provider.issuer)
    const { person, who } = await passThrough(provider, (await portal.start()).url)
    const { device, poll } = await started()
    await enter(await atCode(person), device.user_code)
    await person.submit('/device', { confirm: 'yes' })
    expect(person.text()).toContain('Passwort')
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    await signIn(person, who)
    provider.clock.advance(30_000)
    await typeCode(person, codeAt(who.key, provider.clock.now()))
    expect((await poll()).claims()?.sub).toBe(who.id)
  })

  test('carries no code in a link, whatever the link says', async () => {
    const { device } = await started()
    expect(device).not.toHaveProperty('verification_uri_complete')
    for (const at of [device.verification_uri, `${provider.issuer}/DEVICE/`]) {
      const person = await new Person().open(`${at}?user_code=${device.user_code}`)
      expect(person.text()).toContain('Gerät anmelden')
      expect(person.html).not.toContain(device.user_code)
      expect(person.html).not.toMatch(/<script(?![^>]*\bsrc=)/)
    }
  })

  test('somewhere else is said so, and cancelling is what stands first', async () => {
    const body = new URLSearchParams({ client_id: 'kiosk', scope: 'openid' })
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    const answer = await fetch(`${provider.issuer}/device/authorize`, { method: 'POST', headers, body })
    const { user_code } = (await answer.json()) as { user_code: string }
    const person = await enter(await atCode(), user_code)
    expect(person.text()).toContain('203.0.113.7')
    expect(person.text()).toContain('Vorsicht')
    expect(person.html).toMatch(/kern-btn--primary[^>]*name="abort"/)
  })

  test('is told when the person says no', async () => {
    const { device, poll } = await started()
    const person = await enter(await atCode(), device.user_code)
    await person.submit('/device', { abort: 'yes' })
    expect(person.text()).toContain('abgebrochen')
    await expect(poll()).rejects.toMatchObject({ error: 'access_denied' })
  })

  test('a wrong code, none, and a used one are told apart from nothing', async () => {
    const { device } = await started()
    for (const code of ['BBBB-BBBB', '', '<script>']) {
      const person = await enter(await atCode(), code)
      expect([code, person.status]).toEqual([code, 422])
      expect(person.text()).toContain('Diesen Code gibt es nicht')
      expect(person.html).not.toContain('<script>')
    }
    const first = await enter(await atCode(), device.user_code)
    await first.submit('/device', { confirm: 'yes' })
    const second = await enter(await atCode(), device.user_code)
    expect(second.status).toBe(422)
  })

  test('a forged confirmation is refused', async () => {
    const { device, poll } = await started()
    const person = await atCode()
    const { target } = person.form('/device')
    const body = new URLSearchParams({ user_code: device.user_code, confirm: 'yes', xsrf: 'made up' })
    const forged = await person.send(target, { method: 'POST', body })
    expect(forged.status).toBeGreaterThanOrEqual(400)
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
  })

  test('an application of another kind gets no device code', async () => {
    const config = await configured(provider.issuer, CLIENT)
    await expect(oidc.initiateDeviceAuthorization(config, { scope: 'openid' })).rejects.toMatchObject({
      error: 'invalid_request',
    })
  })

  test('codes are not to be guessed', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.99' }
    const person = await atCode()
    const { target, body } = person.form('/device', { user_code: 'BBBB-BBBB' })
    const statuses: number[] = []
    for (let i = 0; i < 22; i++) {
      // The library's router takes both for the same address.
      const at = i % 2 === 0 ? target : `${provider.issuer}/DEVICE/`
      statuses.push((await person.send(at, { method: 'POST', body, headers })).status)
    }
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(422))
    expect(statuses.slice(20)).toEqual([429, 429])
  })
})
