import { randomBytes, randomUUID } from 'node:crypto'
import type { App } from '../src/app.ts'
import { createBundid } from '../src/factors/bundid/index.ts'
import type { Federation, Settings } from '../src/settings/types.ts'
import { createStandIn, type StandIn } from './bundid/app.ts'
import { type KeyPair, makeKeyPair } from './bundid/certificate.ts'
import { loginOf, MEANS, type PersonId } from './bundid/persons.ts'
import type { Service } from './bundid/saml/request.ts'
import { loginResponse } from './bundid/saml/response.ts'
import { kept } from './kept.ts'
import { Trouble } from './trouble.ts'

/** The BundID stand-in, and what the provider is told of it. */
export interface DemoBundid extends StandIn {
  /** For the provider's environment. */
  env: Record<string, string>
  /** From then on requests of this service are answered. */
  register(us: Federation['us']): void
  /** Connects an account with a person, as they would have done themselves. */
  link(app: App, accountId: string, person: PersonId, settings: Settings): Promise<void>
}

/** Keys are made at the first start and kept in the data folder. */
export function demoBundid(origin: string, folder: string): DemoBundid {
  const keys = keysIn(folder)
  const services: Service[] = []
  const standIn = createStandIn({
    origin,
    signing: keys.identityProvider,
    services: () => services,
    now: Date.now,
  })
  const pem = ({ key, certificate }: KeyPair): string => key + certificate
  return {
    ...standIn,
    env: {
      BUNDID_METADATA: standIn.metadata,
      BUNDID_SIGNING_KEY: pem(keys.signing),
      BUNDID_ENCRYPTION_KEY: pem(keys.encryption),
    },
    register: (us) => void services.push(serviceOf(us)),
    async link({ stores }, accountId, person, { identityProviders: { bundid } }) {
      const [eid] = MEANS
      if (!bundid) return
      const factor = createBundid({
        id: 'bundid',
        ...bundid,
        once: async () => true,
        now: Date.now,
        random: randomBytes,
      })
      const { show, remember } = await factor.beginVerification([])
      const sent = show.as === 'post' ? show.fields : {}
      const [, requestId = ''] =
        / ID="([^"]+)"/.exec(Buffer.from(sent.SAMLRequest ?? '', 'base64').toString()) ?? []
      const service = serviceOf(bundid.us)
      const sender = { entityId: bundid.them.entityId, signing: keys.identityProvider, now: Date.now }
      const xml = loginResponse(sender, { ...service, requestId }, loginOf(person, eid, service))
      const answer = { ...sent, SAMLResponse: Buffer.from(xml).toString('base64') }
      const verdict = await factor.finishEnrolment(remember, answer)
      if (!verdict.ok) throw new Error(`linking failed: ${verdict.hint?.cause ?? verdict.reason}`)
      const credentialId = randomUUID()
      const event = { event: 'factor.enrolled', factor: 'bundid', credentialId, accountId } as const
      const { maxPerAccount } = factor
      // From the second start on a duplicate, which changes nothing.
      await stores.credentials.enrol(credentialId, accountId, 'bundid', verdict.value, maxPerAccount, event)
    },
  }
}

const serviceOf = ({ entityId, consumer, signing, encryption }: Federation['us']): Service => ({
  entityId,
  consumer,
  signing: signing.certificate,
  encryption: encryption[0]?.certificate ?? '',
})

function keysIn(folder: string): Record<'identityProvider' | 'signing' | 'encryption', KeyPair> {
  const file = 'bundid-keys.json'
  const make = () =>
    JSON.stringify({
      identityProvider: makeKeyPair('BundID stand-in'),
      signing: makeKeyPair('Pforte demo, signing'),
      encryption: makeKeyPair('Pforte demo, encryption'),
    })
  try {
    return JSON.parse(kept(folder, file, make))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new Trouble(`${file} is broken. Delete it from ${folder}; new keys are made at the next start.`)
  }
}
