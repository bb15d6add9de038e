import { type EntryWorld, entryWorld } from '../support/entry-world.ts'
import { arrive } from '../support/login.ts'
import { codeFor, typeMailed } from '../support/mailed.ts'

const LIMITS = { guesses: 3000, codes: 400, registrations: 200, requests: 1e6 }
const HERE = [{ name: 'Job Point', networks: ['127.0.0.0/8', '::1'], limits: LIMITS }]
const PEOPLE = 40

describe('Forty people behind one address', () => {
  let world: EntryWorld | undefined
  afterEach(() => world?.close())

  /** So many begin to register, each with an address of their own. */
  async function ask(from: EntryWorld, count: number) {
    const people = await inTurns(
      Array.from({ length: count }, (_, n) => `p${n}`),
      async (name) => {
        const { person } = await arrive(from.portal)
        await person.open(`${person.url}/register`)
        await person.submit('/register', { email: `${name}@mail.example` })
        return { person, name }
      },
    )
    return { people, sent: people.filter(({ person }) => person.status === 200) }
  }

  test('are all sent their code at a registered site, and the last of them make an account and set a second factor up', async () => {
    world = await entryWorld({ sites: HERE })
    const { sent } = await ask(world, PEOPLE)
    expect(sent).toHaveLength(PEOPLE)
    const here = world
    const last = sent.slice(-8)
    await inTurns(last, async ({ person, name }) => {
      await typeMailed(person, await codeFor(here.mailbox, `${name}@mail.example`))
      await person.submit('/account', { username: name, password: 'drei neue Wolken über Halle' })
      await here.setUp(person)
    })
    for (const { name } of last) {
      const account = await world.provider.app.stores.accounts.byLogin(name)
      expect(await world.factorsOf(String(account?.id))).toContain('totp')
    }
  })

  test('elsewhere are held after twenty mails, and told how long to wait', async () => {
    world = await entryWorld()
    const { people, sent } = await ask(world, PEOPLE)
    expect(sent).toHaveLength(20)
    const held = people.filter(({ person }) => person.status === 429)
    expect(held).toHaveLength(20)
    expect(held[0]?.person.text()).toMatch(/Bitte warten Sie \d+ Minuten\./)
  })
})

/** As many at once as a slow machine bears. */
async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let at = 0; at < all.length; at += 5)
    done.push(...(await Promise.all(all.slice(at, at + 5).map(work))))
  return done
}
