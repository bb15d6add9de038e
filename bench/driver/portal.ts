import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { Person } from '../../test/support/person.ts'
import type { Wire } from './wire.ts'

export const PORTAL = {
  id: 'portal',
  secret: 'bench-portal-secret-bench-portal-secret',
  redirect: 'http://localhost:9/callback',
}
export const SERVICE = { id: 'service', secret: 'bench-service-secret-bench-service-secret' }

export interface Tokens {
  access_token: string
  id_token: string
  refresh_token: string
}

/** What an application does, at Pforte and at the yardsticks alike; each answer is checked. */
export interface Portal {
  issuer: string
  wire: Wire
  /** Somebody opens the sign-in page; `address`: where they are, as a proxy reports it. */
  arrive(address?: string): Promise<Person>
  /** They are back: code, tokens with ID token. */
  redeem(person: Person): Promise<Tokens>
  refresh(token: string): Promise<Tokens>
  clientCredentials(): Promise<string>
  introspect(token: string, by?: { id: string; secret: string }): Promise<void>
  userinfo(token: string, subject: string): Promise<void>
  document(path: string): Promise<void>
}

const VERIFIER = randomUUID() + randomUUID()
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

export function createPortal(issuer: string, wire: Wire): Portal {
  const call = async (path: string, init: RequestInit): Promise<Record<string, unknown>> => {
    const response = await wire.fetch(issuer + path, init)
    const body = await response.text()
    assert.equal(response.status, 200, `${path}: ${response.status} ${body}`)
    return JSON.parse(body)
  }
  const post = (path: string, by: { id: string; secret: string }, fields: Record<string, string>) =>
    call(path, { method: 'POST', headers: basic(by), body: new URLSearchParams(fields) })
  const tokens = async (fields: Record<string, string>): Promise<Tokens> => {
    const given = await post('/token', PORTAL, fields)
    for (const name of ['access_token', 'id_token', 'refresh_token'])
      assert.equal(typeof given[name], 'string', `no ${name}`)
    return given as unknown as Tokens
  }
  return {
    issuer,
    wire,
    async arrive(address) {
      const query = new URLSearchParams({
        client_id: PORTAL.id,
        redirect_uri: PORTAL.redirect,
        response_type: 'code',
        scope: 'openid profile offline_access',
        code_challenge: CHALLENGE,
        code_challenge_method: 'S256',
        state: randomUUID(),
        nonce: randomUUID(),
      })
      const person = await new Person({ send: wire.fetch, ...(address ? { address } : {}) }).open(
        `${issuer}/authorize?${query}`,
      )
      assert.equal(person.status, 200, person.text())
      return person
    },
    redeem(person) {
      const code = person.answer.searchParams.get('code')
      assert.ok(code, `no code, but ${person.url} (${person.status}): ${person.text()}`)
      const redirect_uri = PORTAL.redirect
      return tokens({ grant_type: 'authorization_code', code, redirect_uri, code_verifier: VERIFIER })
    },
    refresh: (token) => tokens({ grant_type: 'refresh_token', refresh_token: token }),
    async clientCredentials() {
      const { access_token: token } = await post('/token', SERVICE, { grant_type: 'client_credentials' })
      assert.equal(typeof token, 'string')
      return String(token)
    },
    async introspect(token, by = SERVICE) {
      assert.equal((await post('/introspect', by, { token })).active, true)
    },
    async userinfo(token, subject) {
      const claims = await call('/userinfo', { headers: { authorization: `Bearer ${token}` } })
      assert.equal(claims.sub, subject)
      assert.ok(claims.given_name, 'userinfo without a name')
    },
    async document(path) {
      assert.ok(Object.keys(await call(path, {})).length > 0)
    },
  }
}

const basic = ({ id, secret }: { id: string; secret: string }) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

/** The claims of an ID token. Signatures are the business of other tests. */
export const claimsIn = (idToken: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString())
