import { Authenticator } from './authenticator.ts'
import { arrive, codeAt, keyOn, type Portal, signIn, typeCode } from './login.ts'
import { Person } from './person.ts'

/** Makes a passkey on the page that asks for one, or uses it there, as the browser and its authenticator would. */
export function usePasskey(person: Person, authenticator: Authenticator): Promise<Person> {
  const options = /data-options="([^"]*)"/.exec(person.html)?.[1]
  if (!options) throw new Error(`no passkey is asked for on ${person.url}: ${person.text()}`)
  const data = { options: JSON.parse(options.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) }
  const page = { as: 'page', view: 'factors/webauthn', data } as const
  const isNew = person.html.includes('data-passkey="create"')
  const { credential } = isNew ? authenticator.create(page) : authenticator.get(page)
  const name = isNew ? { name: 'Handy' } : {}
  return person.submit('/answer', { credential: credential ?? '', ...name, authenticationError: '' })
}

/** Waits until the next code of the app is another one, without waiting: codes of the next step are accepted too. */
const NEXT = 30_000

/**
 * All that somebody does in a day: login with set-up, tokens, refresh, step-up with a new passkey, logout, login with
 * password and code. Throws where anything goes otherwise than it should.
 */
export async function wholeJourney(
  portal: Portal,
  issuer: string,
  who: { username: string; password: string },
) {
  const { person, request } = await arrive(portal)
  await signIn(person, who)
  const key = keyOn(person)
  const enrolledAt = Date.now()
  await typeCode(person, codeAt(key, enrolledAt))
  await person.submit('/continue')
  const first = await portal.finish(person.answer, request)
  const renewed = await portal.refresh(first.refresh_token ?? '')

  const higher = await portal.start({ acr_values: 'phr' })
  await person.open(higher.url)
  await usePasskey(person, new Authenticator({ origin: issuer }))
  await person.submit('/continue')
  const second = await portal.finish(person.answer, higher)
  const subject = second.claims()?.sub ?? ''
  if (second.claims()?.acr !== 'phr') throw new Error(`stepped up to ${second.claims()?.acr}`)
  await portal.userinfo(second.access_token, subject)

  await person.open(portal.logoutUrl(second.id_token ?? ''))
  await person.submit('/logout/confirm', { logout: 'yes' })
  const dead = await portal.refresh(renewed.refresh_token ?? '').then(
    () => false,
    () => true,
  )
  if (!dead) throw new Error('a refresh token outlived its session')

  const again = await arrive(portal, {}, new Person())
  await signIn(again.person, who)
  if (again.person.html.includes('data-passkey="get"')) {
    await again.person.open(`${again.person.url.replace(/\/[a-z]*$/, '')}/other`)
    await again.person.submit('/choose', { factor: 'totp' })
  }
  await typeCode(again.person, codeAt(key, enrolledAt + NEXT))
  return portal.finish(again.person.answer, again.request)
}
