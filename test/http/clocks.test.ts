import { postgresAndRedis } from '../support/backends.ts'
import { arrive, codeAt, enrolTotp, signIn, typeCode } from '../support/login.ts'
import type { Person } from '../support/person.ts'
import { standingClock, startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const HOUR = 3_600_000
const letIn = (person: Person): boolean => person.answer.searchParams.has('code')

describe.each([
  ['an hour ahead', HOUR],
  ['an hour behind', -HOUR],
  ['a day ahead', 24 * HOUR],
])('One of two instances whose clock is %s', (_, offset) => {
  let right: TestProvider
  let wrong: TestProvider
  beforeAll(async () => {
    const backend = await postgresAndRedis.open()
    right = await startProvider({ ...backend, clock: standingClock() })
    wrong = await startProvider({ ...backend, clock: standingClock() })
    wrong.clock.advance(offset)
  })
  afterAll(async () => {
    await right?.close()
    await wrong?.close()
  })

  test('takes no code that is not due by its own clock, and none twice whatever the clocks say', async () => {
    const [here, there] = [await relyingParty(right.issuer), await relyingParty(wrong.issuer)]
    const who = await right.addAccount()
    const { key, person: browser } = await enrolTotp(right, here, who)
    const attempt = async (portal: typeof here, code: string) => {
      const { person } = await arrive(portal)
      await signIn(person, who)
      await typeCode(person, code)
      return letIn(person)
    }
    const now = right.clock.now()
    expect(await attempt(there, codeAt(key, now + 30_000))).toBe(false)
    expect(await attempt(here, codeAt(key, now + 30_000))).toBe(true)
    const theirs = codeAt(key, wrong.clock.now() + 30_000)
    // Steps only go forward: an instance that is behind is refused, one that is ahead is taken at its word once.
    expect(await attempt(there, theirs)).toBe(offset > 0)
    expect(await attempt(there, theirs)).toBe(false)
    expect(await attempt(here, codeAt(key, now + 30_000))).toBe(false)

    // Nobody is signed out at the instance whose clock is right.
    const again = await here.start()
    await browser.open(again.url)
    expect(letIn(browser)).toBe(true)
  })
})
