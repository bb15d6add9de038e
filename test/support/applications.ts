import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import * as oidc from 'openid-client'
import type { ClientSettings } from '../../src/settings/types.ts'
import { codeAt, keyOn, signIn, typeCode } from './login.ts'
import { Person } from './person.ts'
import { CLIENT, type TestProvider } from './provider.ts'

const { secret: _, ...withoutSecret } = { ...CLIENT, authMethod: 'none' as const }

export const KIOSK: ClientSettings = {
  ...withoutSecret,
  clientId: 'kiosk',
  name: 'Terminal im Jobcenter',
  profile: 'device',
  grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  redirectUris: [],
}

/** Somebody else's: people are asked for consent. */
export const THIRD_PARTY: ClientSettings = {
  ...CLIENT,
  clientId: 'verein',
  name: 'Beratung Saale e. V.',
  firstParty: false,
  purpose: { de: 'damit wir Sie beraten können.', en: 'so that we can advise you.' },
}

/** A key pair of an application: the private key as openid-client takes it, the public one as its file names it. */
export async function keyPair(kid: string, alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
  return { key: privateKey, kid, jwk }
}

export type KeyPair = Awaited<ReturnType<typeof keyPair>>

/** openid-client, configured as an application of these settings would be. */
export async function configured(issuer: string, client: ClientSettings, keys?: KeyPair) {
  const auth = {
    client_secret_basic: () => oidc.ClientSecretBasic(client.secret),
    client_secret_post: () => oidc.ClientSecretPost(client.secret),
    private_key_jwt: () => oidc.PrivateKeyJwt({ key: keyOf(keys), kid: keys?.kid ?? '' }),
    tls_client_auth: () => oidc.TlsClientAuth(),
    self_signed_tls_client_auth: () => oidc.TlsClientAuth(),
    none: () => oidc.None(),
  }[client.authMethod]()
  const metadata = { id_token_signed_response_alg: client.idTokenAlg }
  const options = { execute: [oidc.allowInsecureRequests] }
  return oidc.discovery(new URL(issuer), client.clientId, metadata, auth, options)
}

function keyOf(keys: KeyPair | undefined) {
  if (!keys) throw new Error('this application needs keys')
  return keys.key
}

/** A server of an application, at an address of its own. */
export interface Listener {
  origin: string
  host: string
  /** What was asked for so far: path and body. */
  requests: { path: string; body: string }[]
  /** How many of those that hang have been given up by whoever asked. */
  abandoned(): number
  close(): Promise<void>
}

/** Answers every request as `answer` says: a status and a body, or undefined to hang. */
export async function listener(
  answer: (count: number, request: IncomingMessage) => { status: number; body?: unknown } | undefined,
): Promise<Listener> {
  const requests: Listener['requests'] = []
  let abandoned = 0
  const server: Server = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    requests.push({ path: req.url ?? '', body })
    const given = answer(requests.length, req)
    if (!given) return void res.once('close', () => abandoned++)
    res.writeHead(given.status, { 'content-type': 'application/json' }).end(JSON.stringify(given.body ?? {}))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin: `http://${host}`,
    host,
    requests,
    abandoned: () => abandoned,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** Waits until a condition holds; the test's own time limit is the only one. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((turn) => setTimeout(turn, 5))
}

/** Somebody without a second factor yet goes all the way, from an authorization request to the application's answer. */
export async function passThrough(
  provider: TestProvider,
  url: string,
  person = new Person(),
  about: Parameters<TestProvider['addAccount']>[0] = {},
) {
  const who = await provider.addAccount(about)
  await person.open(url)
  await signIn(person, who)
  const key = keyOn(person)
  await typeCode(person, codeAt(key, provider.clock.now()))
  await person.submit('/continue')
  return { person, who: { ...who, key } }
}

/** An authorization request with PKCE, and what its answer is checked with. */
export async function authorization(client: ClientSettings, parameters: Record<string, string> = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  return {
    verifier,
    parameters: {
      redirect_uri: client.redirectUris[0] ?? '',
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...parameters,
    },
  }
}
