import assert from 'node:assert/strict'
import type { Person } from '../../test/support/person.ts'
import { PASSWORD, type Population, type Who } from '../driver/population.ts'
import { claimsIn, type Portal, type Tokens } from '../driver/portal.ts'

/** What one operation is made of; a login's is a whole journey from the application's link to userinfo. */
export type Journey = () => Promise<void>

/** Name and password, and nothing more. */
export async function enter(person: Person, { username }: Who): Promise<void> {
  await person.submit('/answer', { identifier: username, password: PASSWORD })
  assert.equal(person.status, 200, `${username}: ${person.text()}`)
}

/** Back at the application, which takes its tokens and asks who it is. */
export async function arrived(portal: Portal, person: Person): Promise<Tokens> {
  const tokens = await portal.redeem(person)
  const { sub } = claimsIn(tokens.id_token)
  assert.equal(typeof sub, 'string')
  await portal.userinfo(tokens.access_token, String(sub))
  return tokens
}

/** By password and code. */
export async function signIn(portal: Portal, who: Who): Promise<Tokens> {
  const person = await portal.arrive()
  await enter(person, who)
  await person.submit('/answer', { code: who.code() })
  return arrived(portal, person)
}

export const login =
  (portal: Portal, people: Population): Journey =>
  async () =>
    void (await signIn(portal, people.take()))

/** Each of `many` chains of refresh tokens is used by one at a time, as applications do. */
export async function refresh(portal: Portal, people: Population, many: number): Promise<Journey> {
  const chains: string[] = []
  for (let n = 0; n < many; n++) chains.push((await signIn(portal, people.take())).refresh_token)
  return async () => {
    const token = chains.pop()
    if (token === undefined) throw new Error('more people at once than chains')
    chains.push((await portal.refresh(token)).refresh_token)
  }
}

export async function userinfo(portal: Portal, people: Population): Promise<Journey> {
  const { access_token, id_token } = await signIn(portal, people.take())
  const { sub } = claimsIn(id_token)
  return () => portal.userinfo(access_token, String(sub))
}

export async function introspection(portal: Portal): Promise<Journey> {
  const token = await portal.clientCredentials()
  return () => portal.introspect(token)
}

/** Both documents that applications fetch. */
export const documents =
  (portal: Portal): Journey =>
  async () => {
    await portal.document('/.well-known/openid-configuration')
    await portal.document('/jwks')
  }
