import { Authenticator } from './authenticator.ts'
import type { Killable } from './killable.ts'
import { arrive, codeAt, enter, keyOn, type Portal, typeCode } from './login.ts'
import type { Person } from './person.ts'
import type { Started } from './relying-party.ts'
import { usePasskey } from './whole-journey.ts'

const CODE_MS = 30_000
/** What a proxy says for an instance that died. */
const NO_ANSWER = 502
/** More pages than any login has, begun twice. */
const PAGES = 16

type Who = Awaited<ReturnType<Killable['person']>>

export const letIn = (person: Person): boolean => person.answer.searchParams.has('code')

/** A person at the login of an application, with what they hold. */
export async function loginOf(portal: Portal, issuer: string, who: Who, parameters?: Record<string, string>) {
  const { person, request } = await arrive(portal, parameters)
  const passkey = new Authenticator({ origin: issuer })
  let key = who.secret
  let used = Date.now() - 2 * CODE_MS
  const asks = (mark: string): boolean => person.html.includes(mark)

  const at = {
    person,
    request,
    /** What leads on from the page that is open: name and password, the next code, the passkey, agreement. */
    async answer(): Promise<Person> {
      if (person.status === NO_ANSWER) return person.again()
      if (asks('name="identifier"')) return enter(person, who)
      if (asks('data-passkey=')) return usePasskey(person, passkey)
      if (asks('name="purpose" value="enrol"')) {
        key = keyOn(person)
        used = Date.now() - CODE_MS
      }
      if (asks('name="code"')) {
        used += CODE_MS
        return typeCode(person, codeAt(key, used))
      }
      for (const way of ['/continue', '/agree']) if (asks(`${way}"`)) return person.submit(way)
      throw new Error(`nothing leads on from ${person.url} (${person.status}): ${person.text()}`)
    },
    /** Does it, and once more where no answer came. */
    async reach(work: () => Promise<Person>): Promise<void> {
      await work()
      for (let n = 0; n < PAGES && person.status === NO_ANSWER; n++) await person.again()
    },
    /** Answers until this is on the page. */
    async until(mark: string): Promise<void> {
      for (let n = 0; n < PAGES && !asks(mark); n++) await at.answer()
      if (!asks(mark)) throw new Error(`no ${mark} on ${person.url}`)
    },
    /** To the end at the application; where the page says so, from its beginning there, but not more than once. */
    async finish() {
      let begun: Started = request
      for (let n = 0; n < PAGES && !letIn(person); n++) {
        if (person.status !== 410) await at.answer()
        else if (begun !== request) throw new Error(`begun anew in vain: ${person.text()}`)
        else {
          begun = await portal.start(parameters)
          await person.open(begun.url)
        }
      }
      return portal.finish(person.answer, begun)
    },
  }
  return at
}
