import { atAccount, links } from '../support/account-person.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { codeAt, enter, keyOn, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'

describe('Several authenticator apps', () => {
  let provider: TestProvider
  beforeAll(async () => {
    provider = await startProvider({ ...(await postgresAndRedis.open()), totpMost: 3 })
  })
  afterAll(() => provider?.close())

  const labels = async (id: string) =>
    (await provider.app.stores.credentials.ofAccount(id))
      .filter((c) => c.factor === 'totp')
      .map((c) => c.label)
  /** One more, from the page of the account and back. */
  async function add(person: Person) {
    await person.submit('/account/add', { factor: 'totp' })
    const key = keyOn(person)
    await typeCode(person, codeAt(key, provider.clock.now()))
    await person.submit('/continue')
    return key
  }
  const signsIn = async (who: { username: string; password: string }, key: string) => {
    const person = await new Person().open(`${provider.issuer}/account`)
    await enter(person, who)
    provider.clock.advance(60_000)
    await typeCode(person, codeAt(key, provider.clock.now()))
    return person.url === `${provider.issuer}/account`
  }

  test('are set up beside each other up to the limit, and each signs in', async () => {
    const { who, person, key } = await atAccount(provider)
    const second = await add(person)
    await add(person)
    expect(await labels(who.id)).toEqual(['TOTP', 'TOTP 2', 'TOTP 3'])
    expect(person.text()).toContain('Code aus einer App (TOTP) (3 von 3)')
    expect(person.html).not.toContain('value="totp"')
    expect([await signsIn(who, key), await signsIn(who, second)]).toEqual([true, true])
  })

  test('have names of their own, and go one by one: the last one stays', async () => {
    const { who, person, key } = await atAccount(provider)
    const phone = await add(person)
    await person.open(links(person, '/rename')[1] ?? '')
    for (const [name, complaint] of [
      ['ab', 'Der Name muss 3 bis 30 Zeichen lang sein.'],
      ['Handy <1>', 'ein Zeichen, das nicht erlaubt ist'],
      ['TOTP', 'Sie haben schon eine App mit diesem Namen.'],
    ] as const) {
      await person.submit('/rename', { name })
      expect([name, person.status, person.text().includes(complaint)]).toEqual([name, 422, true])
    }
    await person.submit('/rename', { name: 'Neues Handy' })
    expect(await labels(who.id)).toEqual(['TOTP', 'Neues Handy'])
    await person.open(links(person, '/remove')[0] ?? '')
    await person.submit('/remove')
    expect(await labels(who.id)).toEqual(['Neues Handy'])
    expect([await signsIn(who, key), await signsIn(who, phone)]).toEqual([false, true])
    await person.open(links(person, '/remove')[0] ?? '')
    await person.submit('/remove')
    expect(person.text()).toContain('Richten Sie zuerst einen anderen Weg ein.')
  })

  test('set up at the same moment in several browsers never exceed the limit, and no name stands twice', async () => {
    const { who, key } = await atAccount(provider)
    const browsers: Person[] = []
    for (let n = 0; n < 4; n++) {
      const person = await new Person().open(`${provider.issuer}/account`)
      await enter(person, who)
      provider.clock.advance(60_000)
      await typeCode(person, codeAt(key, provider.clock.now()))
      await person.submit('/account/add', { factor: 'totp' })
      browsers.push(person)
    }
    await Promise.all(browsers.map((person) => typeCode(person, codeAt(keyOn(person), provider.clock.now()))))
    const stored = await labels(who.id)
    expect(stored.length).toBeLessThanOrEqual(3)
    expect(new Set(stored).size).toBe(stored.length)
    expect(browsers.filter((person) => person.text().includes('Erfolg'))).toHaveLength(stored.length - 1)
  })
})
