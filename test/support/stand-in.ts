import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createStandIn } from '../../demo/bundid/app.ts'
import type { Quirks } from '../../demo/bundid/saml/response.ts'
import type { Federation } from '../../src/settings/types.ts'
import { keys, us } from './bundid.ts'

export interface TestStandIn {
  origin: string
  /** What a provider of this issuer is configured with. */
  federation(issuer: string): Federation
  misbehave(quirks: Quirks): void
  close(): Promise<unknown>
}

/** The stand-in on a site of its own: browsers take 127.0.0.1 and localhost for two. */
export async function startStandIn(binding: 'post' | 'redirect' = 'post'): Promise<TestStandIn> {
  const server = createServer((req, res) => standIn.handler(req, res))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let consumer = ''
  const standIn = createStandIn({
    origin,
    signing: keys.identityProvider,
    services: () => [
      {
        entityId: us.entityId,
        consumer,
        signing: keys.signing.certificate,
        encryption: keys.encryption.certificate,
      },
    ],
    now: Date.now,
  })
  return {
    origin,
    federation(issuer) {
      consumer = `${issuer}/saml/bundid/acs`
      return {
        newcomers: 'newcomers',
        us: { ...us, consumer, binding, attributes: ['given_name', 'family_name', 'birthdate'] },
        them: {
          entityId: `${origin}/idp`,
          sso: {
            post: `${origin}/idp/profile/SAML2/POST/SSO`,
            redirect: `${origin}/idp/profile/SAML2/Redirect/SSO`,
          },
          certificates: [keys.identityProvider.certificate],
        },
      }
    },
    misbehave: standIn.misbehave,
    close: () => {
      server.closeAllConnections()
      return new Promise((closed) => server.close(closed))
    },
  }
}
