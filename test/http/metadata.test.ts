import { readdirSync, readFileSync } from 'node:fs'
import { postgres } from '../support/backends.ts'
import { them, us } from '../support/bundid.ts'
import { CLIENT, type Options, startProvider, type TestProvider } from '../support/provider.ts'

/** Which test tries what is announced; a new name in the document fails here until a test tries it. */
const TRIED: Record<string, Record<string, [file: string, test: string]>> = {
  response_types_supported: { code: ['oidc-core', 'a code works once'] },
  response_modes_supported: {
    query: ['oidc-core', 'a code works once'],
    fragment: ['authorization-requests', 'in the fragment'],
    form_post: ['authorization-requests', 'by a form on a page of ours'],
    jwt: ['authorization-requests', 'by a signed answer'],
    'query.jwt': ['authorization-requests', 'by a signed answer'],
    'fragment.jwt': ['authorization-requests', 'in the fragment'],
    'form_post.jwt': ['authorization-requests', 'by a form on a page of ours'],
  },
  grant_types_supported: {
    authorization_code: ['oidc-core', 'a code works once'],
    refresh_token: ['oidc-core', 'refresh tokens rotate'],
    client_credentials: ['client-authentication', '%s works'],
    'urn:ietf:params:oauth:grant-type:device_code': ['device-flow', 'is signed in by a person'],
    'urn:ietf:params:oauth:grant-type:token-exchange': ['token-exchange', 'gives an API a token'],
  },
  token_endpoint_auth_methods_supported: {
    client_secret_basic: ['client-authentication', '%s works'],
    client_secret_post: ['client-authentication', '%s works'],
    private_key_jwt: ['client-authentication', '%s works'],
    tls_client_auth: ['certificates', 'are known by the name in it'],
    self_signed_tls_client_auth: ['certificates', 'are known by the certificate itself'],
    none: ['device-flow', 'is signed in by a person'],
  },
  subject_types_supported: {
    public: ['oidc-core', 'a code works once'],
    pairwise: ['apis', 'pairwise: two hosts'],
  },
  claim_types_supported: { normal: ['consent', "a third party's page"] },
  authorization_details_types_supported: { antrag: ['authorization-details', 'is asked of people'] },
  code_challenge_methods_supported: { S256: ['oidc-core', 'a code works once'] },
}

/** Flags and addresses, each with the test that relies on it. */
const RELIED_ON: Record<string, [file: string, test: string]> = {
  authorization_endpoint: ['oidc-core', 'a code works once'],
  token_endpoint: ['oidc-core', 'a code works once'],
  userinfo_endpoint: ['oidc-core', 'a code works once'],
  jwks_uri: ['oidc-core', 'publishes public keys'],
  introspection_endpoint: ['apis', 'introspection answers'],
  revocation_endpoint: ['oidc-core', 'introspection and revocation'],
  end_session_endpoint: ['logout', 'tells an application'],
  pushed_authorization_request_endpoint: ['authorization-requests', 'works, once'],
  device_authorization_endpoint: ['device-flow', 'is signed in by a person'],
  registration_endpoint: ['client-registration', 'sign people in'],
  mtls_endpoint_aliases: ['certificates', 'find the addresses'],
  tls_client_certificate_bound_access_tokens: ['certificates', 'tokens are bound to it'],
  backchannel_logout_supported: ['logout', 'tells an application'],
  backchannel_logout_session_supported: ['logout', 'tells an application'],
  claims_parameter_supported: ['consent', 'what was agreed to is remembered'],
  request_parameter_supported: ['authorization-requests', 'works'],
  authorization_response_iss_parameter_supported: ['authorization-requests', 'in the fragment'],
  request_uri_parameter_supported: ['authorization-requests', 'a request_uri elsewhere'],
}

/** Lists of algorithms and names that other tests hold. */
const LISTS: Record<string, string[]> = {
  id_token_signing_alg_values_supported: ['ES256', 'RS256'],
  authorization_signing_alg_values_supported: ['ES256', 'RS256'],
  introspection_signing_alg_values_supported: ['ES256', 'RS256'],
  token_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA', 'Ed25519'],
  request_object_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA', 'Ed25519'],
  dpop_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA', 'Ed25519'],
  scopes_supported: ['openid', 'offline_access', 'profile', 'email', 'kundennummer', 'groups', 'identity'],
}

/** What is off until it is configured. */
const EVERYTHING: Partial<Options> = {
  bundid: (issuer) => ({ us: { ...us, consumer: `${issuer}/saml/bundid/acs` }, them }),
  mtls: { headers: { certificate: 'x-c', verified: 'x-v' }, origin: 'https://mtls.pforte.example' },
  clientRegistration: { profiles: ['web'], scope: ['openid'] },
  details: { antrag: { resource: 'https://api.example/', actions: { lesen: { de: 'Lesen', en: 'Read' } } } },
}

describe('The metadata document', () => {
  let provider: TestProvider
  let document: Record<string, unknown>
  const FILES = new Map(
    readdirSync('test/http').map((name) => [
      name.replace('.test.ts', ''),
      readFileSync(`test/http/${name}`, 'utf8'),
    ]),
  )
  beforeAll(async () => {
    provider = await startProvider({ ...(await postgres.open()), clients: [CLIENT], ...EVERYTHING })
    document = (await (
      await fetch(`${provider.issuer}/.well-known/openid-configuration`)
    ).json()) as typeof document
  })
  afterAll(() => provider?.close())

  const isThere = ([file, test]: [string, string]): boolean =>
    FILES.get(file)?.replaceAll("\\'", "'").includes(test) ?? false

  test('announces no key that is not tried', () => {
    const known = [
      'issuer',
      'acr_values_supported',
      'claims_supported',
      ...Object.keys({ ...TRIED, ...RELIED_ON, ...LISTS }),
    ]
    expect(Object.keys(document).sort()).toEqual(known.sort())
  })

  test('announces no value that is not tried by a test', () => {
    for (const [key, values] of Object.entries(TRIED)) {
      expect([key, [...(document[key] as string[])].sort()]).toEqual([key, Object.keys(values).sort()])
      for (const [value, where] of Object.entries(values))
        expect([key, value, isThere(where)]).toEqual([key, value, true])
    }
    for (const [key, where] of Object.entries(RELIED_ON)) expect([key, isThere(where)]).toEqual([key, true])
    expect(document).toMatchObject(LISTS)
    expect(document.request_uri_parameter_supported).toBe(false)
  })

  test('announces nothing that is not configured', async () => {
    const bare = await startProvider({ ...(await postgres.open()), clients: [CLIENT] })
    try {
      const found = (await (await fetch(`${bare.issuer}/.well-known/openid-configuration`)).json()) as object
      const missing = Object.keys(document).filter((key) => !(key in found))
      expect(missing.sort()).toEqual([
        'authorization_details_types_supported',
        'mtls_endpoint_aliases',
        'registration_endpoint',
        'tls_client_certificate_bound_access_tokens',
      ])
      expect(JSON.stringify(found)).not.toMatch(/tls_client_auth|verified_claims|identity/)
    } finally {
      await bare.close()
    }
  })

  test('names addresses under the issuer, all of which answer', async () => {
    const addresses = Object.entries(document).filter(([key]) => /_(endpoint|uri)$/.test(key))
    expect(addresses.length).toBeGreaterThanOrEqual(9)
    for (const [key, address] of addresses) {
      expect(String(address)).toMatch(new RegExp(`^${provider.issuer}/`))
      const method = /token|introspect|revoke|par|device|register/.test(
        String(address).slice(provider.issuer.length),
      )
        ? 'POST'
        : 'GET'
      const { status } = await fetch(String(address), { method, redirect: 'manual' })
      expect([key, status < 500 && status !== 404 && status !== 405]).toEqual([key, true])
    }
  })
})
