import { generateSync } from 'otplib'
import { Person } from './person.ts'
import type { TestProvider } from './provider.ts'
import type { relyingParty, Started } from './relying-party.ts'

export type Portal = Awaited<ReturnType<typeof relyingParty>>
type Named = { username: string; password: string }

/** The code an app shows for this key at this moment (milliseconds). */
export const codeAt = (secret: string, ms: number): string =>
  generateSync({ secret, epoch: Math.floor(ms / 1000) })

/** The key as the set-up page shows it. */
export function keyOn(page: Person): string {
  const key = /<code[^>]*class="[^"]*key[^"]*"[^>]*>([\s\S]*?)<\/code>/.exec(page.html)?.[1]
  if (!key) throw new Error(`no key on ${page.url}: ${page.text()}`)
  return key.replace(/<[^>]+>|\s/g, '')
}

/** Name and password, and nothing more. */
export const enter = (page: Person, { username, password }: Named): Promise<Person> =>
  page.submit('/answer', { identifier: username, password })

/** Name and password; a passkey, which is offered first, is passed over. */
export async function signIn(page: Person, who: Named): Promise<Person> {
  await enter(page, who)
  return page.html.includes('data-passkey="create"') ? page.submit('/skip') : page
}

export const typeCode = (page: Person, code: string): Promise<Person> => page.submit('/answer', { code })

/** A person at the login of the portal. */
export async function arrive(portal: Portal, parameters: Record<string, string> = {}, person = new Person()) {
  const request = await portal.start(parameters)
  await person.open(request.url)
  return { person, request }
}

/** From nothing to a second factor and back at the portal; returns the key of the app. */
export async function enrolTotp(provider: TestProvider, portal: Portal, who: Named, person = new Person()) {
  const { request } = await arrive(portal, {}, person)
  await signIn(person, who)
  const key = keyOn(person)
  await typeCode(person, codeAt(key, provider.clock.now()))
  await person.submit('/continue')
  return { person, request, key }
}

/** A complete login with password and code, in a browser of its own unless one is given. */
export async function logIn(
  provider: TestProvider,
  portal: Portal,
  who: Named & { key: string },
  parameters: Record<string, string> = {},
  given = new Person(),
): Promise<{ person: Person; request: Started; tokens: Awaited<ReturnType<Portal['finish']>> }> {
  const { person, request } = await arrive(portal, parameters, given)
  await signIn(person, who)
  provider.clock.advance(30_000) // the next code: the last one may have been used
  await typeCode(person, codeAt(who.key, provider.clock.now()))
  return { person, request, tokens: await portal.finish(person.answer, request) }
}
