import { codeAt, enter, keyOn, signIn, typeCode } from './login.ts'
import { Person } from './person.ts'
import type { TestProvider } from './provider.ts'

/** A person who has set TOTP up and is at the pages of their account. */
export async function atAccount(provider: TestProvider, over: { email?: string; locale?: string } = {}) {
  const who = await provider.addAccount(over)
  const person = await new Person().open(`${provider.issuer}/account`)
  await signIn(person, who)
  const key = keyOn(person)
  await typeCode(person, codeAt(key, provider.clock.now()))
  await person.submit('/continue')
  return { who, person, key }
}

/** Signs in with password and the code of the app, wherever that leads. */
export async function signInWithCode(
  provider: TestProvider,
  person: Person,
  who: { username: string; password: string },
  key: string,
): Promise<Person> {
  await enter(person, who)
  provider.clock.advance(60_000)
  return typeCode(person, codeAt(key, provider.clock.now()))
}

/** Addresses of the page's links that end like this. */
export const links = (page: Person, end: string): string[] =>
  [...page.html.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href).filter((href) => href.endsWith(end))
