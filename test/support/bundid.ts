import { randomBytes } from 'node:crypto'
import { makeKeyPair } from '../../demo/bundid/certificate.ts'
import { type Login, loginResponse, type Quirks, type Sender } from '../../demo/bundid/saml/response.ts'
import { NOTHING, type Requirement } from '../../src/domain/assurance.ts'
import type { Answer, Credential, Factor, Show } from '../../src/domain/factor.ts'
import { createBundid } from '../../src/factors/bundid/index.ts'
import type { IdentityProvider, ServiceProvider } from '../../src/factors/bundid/provider.ts'

export const NOON = Date.UTC(2026, 10, 24, 12)
export const BPK2 = 'k2jBT0cykDVqiKWia1VMzqmntTu-EwGskIYlcCIGt_8'
export const EID: Login = { bpk2: BPK2, means: 'eID', level: 'STORK-QAA-Level-4' }
export const ELSTER: Login = { bpk2: BPK2, means: 'Elster', level: 'STORK-QAA-Level-3' }

/** Small keys: their size is the settings' business, and making large ones takes a test's time. */
export const keys = {
  identityProvider: makeKeyPair('identity provider', 2048),
  attacker: makeKeyPair('attacker', 2048),
  signing: makeKeyPair('signing', 2048),
  encryption: makeKeyPair('encryption', 2048),
}

export const us: ServiceProvider = {
  entityId: 'https://login.example',
  consumer: 'https://login.example/saml/bundid/acs',
  signing: keys.signing,
  encryption: [keys.encryption],
  displayName: 'Jobcenter',
  onlineServiceId: 'BMI-A0000',
  binding: 'post',
  signatureAlgorithm: 'rsa-pss-sha256',
}

export const them: IdentityProvider = {
  entityId: 'https://bundid.example/idp',
  sso: {
    post: 'https://bundid.example/idp/profile/SAML2/POST/SSO',
    redirect: 'https://bundid.example/idp/profile/SAML2/Redirect/SSO',
  },
  certificates: [keys.identityProvider.certificate],
}

export const encoded = (xml: string): string => Buffer.from(xml).toString('base64')

/** The AuthnRequest in what the browser is to post. */
export const requestIn = (show: Show): string =>
  show.as === 'post' ? Buffer.from(show.fields.SAMLRequest ?? '', 'base64').toString() : ''

export const requestIdIn = (show: Show): string => / ID="([^"]+)"/.exec(requestIn(show))?.[1] ?? ''

/** A factor with its clock and its memory, and the identity provider that answers it. */
export function federation(
  settings: { us?: Partial<ServiceProvider>; them?: Partial<IdentityProvider> } = {},
) {
  let now = NOON
  const used = new Set<string>()
  const ours = { ...us, ...settings.us }
  const theirs = { ...them, ...settings.them }
  const factor = createBundid({
    id: 'bundid',
    us: ours,
    them: theirs,
    once: async (id) => !used.has(id) && used.add(id).has(id),
    now: () => now,
    random: randomBytes,
  })
  const sender: Sender = { entityId: them.entityId, signing: keys.identityProvider, now: () => now }
  const addressee = (show: Show) => ({
    entityId: us.entityId,
    consumer: us.consumer,
    requestId: requestIdIn(show),
    encryption: keys.encryption.certificate,
  })
  const answerTo = (show: Show, xml: string): Answer => ({
    SAMLResponse: encoded(xml),
    RelayState: show.as === 'post' ? (show.fields.RelayState ?? '') : '',
  })

  return {
    factor: factor as Factor,
    sender,
    addressee,
    answerTo,
    pass: (ms: number) => {
      now += ms
    },
    /** A whole login: request, answer as the identity provider with these quirks gives it, verdict. */
    async login(login: Login = EID, quirks: Quirks = {}, demand: Requirement = NOTHING) {
      const { show, remember } = await factor.beginVerification([], { demand })
      const xml = loginResponse(sender, addressee(show), login, quirks)
      return factor.finishVerification(remember, answerTo(show, xml), anyone)
    },
    /** The same, with the answer rewritten on its way. */
    async tampered(rewrite: (xml: string) => string, quirks: Quirks = {}) {
      const { show, remember } = await factor.beginVerification([])
      const xml = rewrite(loginResponse(sender, addressee(show), EID, quirks))
      return factor.finishVerification(remember, answerTo(show, xml), anyone)
    },
  }
}

/** One for all tests of a file that need nothing special: a thread that reads takes half a second to start. */
export const usual = federation()

/** Whoever it is has a credential: a verdict that is not ok was not for want of one. */
export const anyone = async (externalId?: string): Promise<Credential<{ level: 1 }>[]> => [
  {
    id: 'c1',
    accountId: 'a1',
    factor: 'bundid',
    externalId: externalId ?? '',
    label: '',
    strength: { kinds: ['knowledge'], amr: ['pwd'], phishingResistant: false, identity: 'none' },
    data: { level: 1 },
    version: 1,
    suspended: false,
    createdAt: 0,
  },
]
