import { type EntryWorld, entryWorld } from '../support/entry-world.ts'
import { arrive, codeAt, enter, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { policyOf } from '../support/policy.ts'

const SENSITIVE = 'sensitive'
const POSTS = ['reset', 'register', 'send', 'code', 'account', 'leave']

describe('Around the first sign-in', () => {
  let world: EntryWorld
  beforeAll(async () => {
    const policy = policyOf({})
    const [, mfa] = policy.levels
    if (!mfa) throw new Error('no level')
    const sensitive = { acr: SENSITIVE, requirement: { ...mfa.requirement, settled: true } } as const
    world = await entryWorld({ policy: { ...policy, levels: [sensitive, ...policy.levels] } })
  })
  afterAll(() => world?.close())

  test.each(POSTS)(
    'a POST to %s from another site, without our token or with another’s, does nothing',
    async (path) => {
      const { person } = await arrive(world.portal)
      const stranger = (await arrive(world.portal)).person
      const to = new URL(`${new URL(person.url).pathname}/${path}`, person.url)
      const { body } = person.form('/answer')
      const { body: foreign } = stranger.form('/answer')
      const fields = { identifier: 'max', email: 'a@mail.example', code: '12345678' }
      const send = (form: URLSearchParams, headers: Record<string, string>) => {
        for (const [name, value] of Object.entries(fields)) form.set(name, value)
        return person.send(to, { method: 'POST', body: form, headers })
      }
      const own = { origin: to.origin, 'sec-fetch-site': 'same-origin' }
      const cases = [
        send(new URLSearchParams(), own),
        send(new URLSearchParams(foreign), own),
        send(new URLSearchParams(body), { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }),
      ]
      for (const { status } of await Promise.all(cases)) expect(status).toBe(403)
      const elsewhere = await new Person().send(to, { method: 'POST', body, headers: own })
      expect(elsewhere.status).toBe(400)
      expect(world.mailbox.mails.filter(({ subject = '' }) => subject.startsWith('Code '))).toEqual([])
    },
  )

  test('a recovery code gets its owner in, and opens nothing sensitive: the app is asked for', async () => {
    const { provider, portal } = world
    const { who, key } = await world.ownerWithApp('papier')
    const factor = 'recovery-codes'
    provider.clock.advance(4 * 24 * 3600 * 1000)
    const { person } = await arrive(portal)
    await enter(person, who)
    provider.clock.advance(30_000)
    await typeCode(person, codeAt(key, provider.clock.now()))
    await person.open(`${provider.issuer}/account`)
    await person.submit('/account/add', { factor })
    const [, code = ''] = /\b([A-Z2-9]{4}-[A-Z2-9]{4})\b/.exec(person.text()) ?? []
    await person.submit('/answer', { kept: 'on' })
    expect(await world.factorsOf(who.id)).toContain(factor)

    const { person: later, request } = await arrive(portal)
    await enter(later, who)
    await later.submit('/answer', { factor, code })
    expect((await portal.finish(later.answer, request)).claims()?.acr).toBe('https://refeds.org/profile/mfa')

    const again = await arrive(portal, { acr_values: SENSITIVE }, later)
    expect(later.text()).toContain('Code eingeben')
    provider.clock.advance(30_000)
    await typeCode(later, codeAt(key, provider.clock.now()))
    expect((await portal.finish(later.answer, again.request)).claims()?.acr).toBe(SENSITIVE)
  })
})
