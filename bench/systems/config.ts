import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type KeyPair, makeKeyPair } from '../../demo/bundid/certificate.ts'
import { identityProviderMetadata } from '../../demo/bundid/saml/metadata.ts'
import { PORTAL, SERVICE } from '../driver/portal.ts'

/** BundID, as the driver plays it. */
export interface Federation {
  entityId: string
  us: string
  identityProvider: KeyPair
  encryption: KeyPair
}

export interface Config {
  env: Record<string, string>
  keyRing: { id: string; key: Uint8Array }[]
  metricsToken: string
  federation: Federation
}

const IDP = 'https://bundid.example/idp'

/** A configuration as an operator would write it, in this folder. */
export function writeConfig(folder: string, issuer: string): Config {
  mkdirSync(join(folder, 'clients'), { recursive: true })
  cpSync('config/policy.yaml', join(folder, 'policy.yaml'))
  const us = 'https://login.jobcenter.example'
  writeFileSync(join(folder, 'pforte.yaml'), pforteYaml(us))
  writeFileSync(join(folder, 'clients', `${PORTAL.id}.yaml`), PORTAL_YAML)
  writeFileSync(join(folder, 'clients', `${SERVICE.id}.yaml`), SERVICE_YAML)

  const identityProvider = makeKeyPair('identity provider')
  const [signing, encryption] = [makeKeyPair('signing'), makeKeyPair('encryption')]
  const sso = { post: `${IDP}/post`, redirect: `${IDP}/redirect` }
  const pem = ({ key, certificate }: KeyPair): string => key + certificate
  const key = randomBytes(32)
  const metricsToken = randomBytes(32).toString('hex')
  const env = {
    PFORTE_CONFIG: folder,
    PFORTE_ISSUER: issuer,
    PFORTE_DATA: join(folder, 'data'),
    PFORTE_KEY_RING: `k1:${key.toString('base64')}`,
    PFORTE_METRICS_TOKEN: metricsToken,
    PORTAL_SECRET: PORTAL.secret,
    SERVICE_SECRET: SERVICE.secret,
    BUNDID_METADATA: identityProviderMetadata(IDP, sso, [identityProvider.certificate]),
    BUNDID_SIGNING_KEY: pem(signing),
    BUNDID_ENCRYPTION_KEY: pem(encryption),
  }
  return {
    env,
    metricsToken,
    keyRing: [{ id: 'k1', key }],
    federation: { entityId: IDP, us, identityProvider, encryption },
  }
}

/** Everything comes from one address, which plays the addresses of thousands: it is counted, and never too much. */
const pforteYaml = (entityId: string): string => `operator:
  name: Jobcenter Musterstadt
  zone: Europe/Berlin
  languages: [de, en]
request_limits: {address: 1000000, application: 10000000}
identity_providers:
  bundid:
    metadata: env:BUNDID_METADATA
    entity_id: ${entityId}
    signing_key: env:BUNDID_SIGNING_KEY
    encryption_keys: [env:BUNDID_ENCRYPTION_KEY]
    display_name: Jobcenter Musterstadt
    online_service_id: BMI-A0000
`

const PORTAL_YAML = `client_id: ${PORTAL.id}
name: Online-Portal
redirect_uris: [${PORTAL.redirect}]
client_secret: env:PORTAL_SECRET
scope: [openid, offline_access, profile]
breadcrumb: [Startseite]
`

const SERVICE_YAML = `client_id: ${SERVICE.id}
name: Nachtlauf
profile: service
token_endpoint_auth_method: client_secret_basic
client_secret: env:SERVICE_SECRET
`
