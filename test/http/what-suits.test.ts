import { postgresAndRedis } from '../support/backends.ts'
import type { Portal } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

describe('The page on which people choose what to set up', () => {
  let provider: TestProvider
  let portal: Portal
  beforeAll(async () => {
    provider = await startProvider(await postgresAndRedis.open())
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  async function choosing(query = '') {
    const { username, password } = await provider.addAccount()
    const person = await new Person().open((await portal.start()).url)
    await person.submit('/answer', { identifier: username, password })
    return person.open(`${person.url}/other${query}`)
  }
  const ways = (person: Person) =>
    [...person.html.matchAll(/name="factor" value="([^"]+)"/g)].map(([, factor]) => factor)

  test('asks three questions and lists for each way what it needs, at set-up and each time', async () => {
    const person = await choosing()
    expect(ways(person)).toEqual(['webauthn', 'totp'])
    expect(person.html.match(/<fieldset/g)).toHaveLength(3)
    for (const text of [
      'die richtige Uhrzeit auf dem Handy',
      'YubiKey oder REINER SCT',
      'Zum Anmelden brauchen Sie jedes Mal',
    ])
      expect(person.text()).toContain(text)
    expect(person.text()).not.toContain('Passt am besten.')
  })

  test('ranks by the answers; without scripts the passkey stays, with the reason, and cannot be chosen', async () => {
    const scripts = await choosing('?script=here&phone=yes&card=no&shared=no')
    expect(scripts.text()).toContain('Passt am besten. Sie haben ein eigenes Gerät.')
    expect(scripts.html).toMatch(/id="phone-yes"[^>]* checked/)
    const without = await choosing('?script=&phone=yes&card=no&shared=yes')
    expect(ways(without)).toEqual(['totp'])
    expect(without.text()).toContain('In diesem Browser ist JavaScript ausgeschaltet.')
    await without.submit('/choose')
    expect(without.html).toContain('id="key"')
  })

  test('takes nothing else from the address', async () => {
    const person = await choosing('?script=%3Cb%3E&phone=perhaps&card[]=yes')
    expect(person.status).toBe(200)
    expect(person.html).not.toContain('<b>')
  })

  test('there are instructions to print for each way, for everybody and without any secret', async () => {
    for (const factor of ['webauthn', 'totp']) {
      const person = await new Person().open(`${provider.issuer}/help/${factor}`)
      expect([factor, person.status]).toEqual([factor, 200])
      expect(person.text()).toContain('Schreiben Sie Ihr Passwort nicht auf diesen Zettel.')
    }
    const none = await new Person().open(`${provider.issuer}/help/password`)
    expect(none.status).toBe(404)
  })
})
