import * as oidc from 'openid-client'
import { configured, keyPair, listener } from './applications.ts'
import { postgres } from './backends.ts'
import { CLIENT, startProvider } from './provider.ts'

/**
 * A provider in a process of its own, as in production: the check of addresses hangs on the runtime, which is another
 * one inside Jest. Prints what became of two applications at private addresses, of which the operator named one.
 */
const keys = await keyPair('k1')
const answer = () => ({ status: 200, body: { keys: [keys.jwk] } })
const [named, unnamed] = [await listener(answer), await listener(answer)]
const { secret: _, ...service } = {
  ...CLIENT,
  profile: 'service' as const,
  authMethod: 'private_key_jwt' as const,
  grantTypes: ['client_credentials'],
  redirectUris: [],
}
const clients = [
  { ...service, clientId: 'named', keys: { jwksUri: `${named.origin}/jwks` } },
  { ...service, clientId: 'unnamed', keys: { jwksUri: `${unnamed.origin}/jwks` } },
]
const provider = await startProvider({ ...(await postgres.open()), clients, privateHosts: [named.host] })
const worked: boolean[] = []
for (const client of clients) {
  const config = await configured(provider.issuer, client, keys)
  worked.push(
    await oidc.clientCredentialsGrant(config).then(
      () => true,
      () => false,
    ),
  )
}
console.log(JSON.stringify({ worked, fetched: [named, unnamed].map(({ requests }) => requests.length) }))
await Promise.all([provider.close(), named.close(), unnamed.close()])
