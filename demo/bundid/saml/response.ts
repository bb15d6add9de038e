import { randomUUID } from 'node:crypto'
import { type EncryptOptions, encrypt } from './encrypt.ts'
import { type SigningKey, type SignOptions, signTree } from './sign.ts'
import { element, type Tree, write } from './tree.ts'

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:'
const MINUTE = 60_000

export const OID = {
  bpk2: 'urn:oid:1.3.6.1.4.1.25484.494450.3',
  level: 'urn:oid:1.2.40.0.10.2.1.1.261.94',
  provedBy: 'urn:oid:1.3.6.1.4.1.25484.494450.2',
  mfa: 'urn:oid:1.3.6.1.4.1.25484.494450.7',
  givenName: 'urn:oid:2.5.4.42',
  surname: 'urn:oid:2.5.4.4',
  birthdate: 'urn:oid:1.2.40.0.10.2.1.1.55',
  locality: 'urn:oid:2.5.4.7',
} as const

/** Whom an answer goes to and what it answers. */
export interface Addressee {
  entityId: string
  consumer: string
  requestId: string
  /** Certificate, PEM. */
  encryption: string
}

export interface Sender {
  entityId: string
  signing: SigningKey
  now: () => number
}

export interface Login {
  bpk2: string
  means: string
  level: string
  /** What else is said of the person, by the names of the attributes. */
  about?: Readonly<Record<string, string>>
}

/**
 * Ways to misbehave, for tests: each takes the tree about to be signed, sealed or sent and gives back another; or
 * options of the cryptography.
 */
export interface Quirks {
  assertion?: (assertion: Tree) => Tree
  signedAssertion?: (assertion: Tree) => Tree
  response?: (response: Tree) => Tree
  signAssertion?: SignOptions | false
  signResponse?: SignOptions | false
  encrypt?: EncryptOptions | false
  signingKey?: SigningKey
}

/** The Response to a login that succeeded: assertion signed, then encrypted, then the whole signed. XML. */
export function loginResponse(from: Sender, to: Addressee, login: Login, quirks: Quirks = {}): string {
  const key = quirks.signingKey ?? from.signing
  const assertion = (quirks.assertion ?? same)(assertionOf(from, to, login))
  const signed = quirks.signAssertion === false ? assertion : signTree(assertion, key, quirks.signAssertion)
  const final = (quirks.signedAssertion ?? same)(signed)
  const carried = quirks.encrypt === false ? final : encrypt(write(final), to.encryption, quirks.encrypt)
  return finish(from, to, [element('saml2p:StatusCode', { Value: `${STATUS}Success` })], [carried], quirks)
}

/** The Response to one that did not: `AuthnFailed` where the person cancelled. XML. */
export function failureResponse(from: Sender, to: Addressee, code: string, quirks: Quirks = {}): string {
  const status = [
    element(
      'saml2p:StatusCode',
      { Value: `${STATUS}Requester` },
      element('saml2p:StatusCode', { Value: STATUS + code }),
    ),
    element(
      'saml2p:StatusMessage',
      {},
      code === 'AuthnFailed' ? 'Authentication was canceled by the user.' : 'An error has occurred.',
    ),
  ]
  return finish(from, to, status, [], quirks)
}

function finish(from: Sender, to: Addressee, status: Tree[], assertions: Tree[], quirks: Quirks): string {
  const response = element(
    'saml2p:Response',
    {
      Destination: to.consumer,
      ID: newId(),
      InResponseTo: to.requestId,
      IssueInstant: at(from.now()),
      Version: '2.0',
    },
    element('saml2:Issuer', {}, from.entityId),
    element('saml2p:Status', {}, ...status),
    ...assertions,
  )
  const tree = (quirks.response ?? same)(response)
  return write(
    quirks.signResponse === false
      ? tree
      : signTree(tree, quirks.signingKey ?? from.signing, quirks.signResponse),
  )
}

function assertionOf(from: Sender, to: Addressee, { bpk2, means, level, about = {} }: Login): Tree {
  const now = from.now()
  const end = at(now + 5 * MINUTE)
  const confirmation = { InResponseTo: to.requestId, NotOnOrAfter: end, Recipient: to.consumer }
  const assertion = element(
    'saml2:Assertion',
    { ID: newId(), IssueInstant: at(now), Version: '2.0' },
    element('saml2:Issuer', {}, from.entityId),
    element(
      'saml2:Subject',
      {},
      element('saml2:NameID', { Format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }, newId()),
      element(
        'saml2:SubjectConfirmation',
        { Method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer' },
        element('saml2:SubjectConfirmationData', confirmation),
      ),
    ),
    element(
      'saml2:Conditions',
      { NotBefore: at(now), NotOnOrAfter: end },
      element('saml2:AudienceRestriction', {}, element('saml2:Audience', {}, to.entityId)),
    ),
    element(
      'saml2:AuthnStatement',
      { AuthnInstant: at(now), SessionIndex: newId() },
      element('saml2:AuthnContext', {}, element('saml2:AuthnContextClassRef', {}, level)),
    ),
    element(
      'saml2:AttributeStatement',
      {},
      attribute('bPK2', OID.bpk2, bpk2),
      attribute('EID-CITIZEN-QAA-LEVEL', OID.level, level),
      attribute('assertionProvedBy', OID.provedBy, means),
      ...Object.entries(about).map(([name, value]) => attribute(name, name, value)),
    ),
  )
  return { ...assertion, declare: ['xsd'] }
}

export const attribute = (friendlyName: string, name: string, ...values: string[]): Tree =>
  element(
    'saml2:Attribute',
    {
      FriendlyName: friendlyName,
      Name: name,
      NameFormat: 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
      'akdb:TrustLevel': 'NORMAL',
    },
    ...values.map((value) => element('saml2:AttributeValue', { 'xsi:type': 'xsd:string' }, value)),
  )

export const newId = (): string => `_${randomUUID()}`
const at = (ms: number): string => new Date(ms).toISOString()
const same = (tree: Tree): Tree => tree
