import { constants, createHash, verify } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { canonical, elements, find, type Node, parse } from './canonical.ts'
import { OID } from './response.ts'
import { schemaErrors } from './schema.ts'
import { PSS } from './sign.ts'

/** A service that may ask, as its metadata registered it. */
export interface Service {
  entityId: string
  consumer: string
  signing: string
  encryption: string
}

export interface AuthnRequest {
  id: string
  service: Service
  /** The least level, 1 to 4. */
  level: number
  /** Means that are switched on. */
  means: string[]
  displayName: string
  /** The names of all attributes that are wanted: nobody is told of anything else. */
  attributes: string[]
  language: string | undefined
  /** Where people may turn back to. */
  backUrl: string | undefined
  relayState: string
}

/** Errors as BundID names them in the address of its error page, and what the schema or the signature says. */
export class BadRequest extends Error {
  readonly code: string

  constructor(code: string, detail = '') {
    super(detail ? `${code}: ${detail}` : code)
    this.name = 'BadRequest'
    this.code = code
  }
}

const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'

/** Checks a request as strictly as BundID does, and more: registered, signed, by the schemas, for this address. */
export async function readRequest(
  sent: { query?: string; body?: Record<string, unknown> },
  address: string,
  services: readonly Service[],
): Promise<AuthnRequest> {
  const query = new URLSearchParams(sent.query)
  const field = (name: string): string => String((sent.body ?? Object.fromEntries(query))[name] ?? '')
  const bytes = Buffer.from(field('SAMLRequest'), 'base64')
  const xml = (sent.body ? bytes : inflateRawSync(bytes, { maxOutputLength: 100_000 })).toString()
  const root = parse(xml)
  const [wrong] = await schemaErrors(xml)
  if (wrong) throw new BadRequest('schema', wrong)

  const service = services.find((one) => one.entityId === find(root, 'Issuer')?.textContent)
  if (!service) throw new BadRequest('unknown-service')
  if (sent.body) checkSignature(root, service.signing)
  else checkQuery(sent.query ?? '', query, service.signing)
  checkAttributes(root, service, address)
  return { ...extensionOf(root), id: root.getAttribute('ID'), service, relayState: field('RelayState') }
}

function checkSignature(root: Node, certificate: string): void {
  const signature = find(root, 'Signature')
  const info = signature && find(signature, 'SignedInfo')
  const reference = info && find(info, 'Reference')
  if (!signature || !info || !reference) throw new BadRequest('saml-request-not-signed')
  if (reference.getAttribute('URI') !== `#${root.getAttribute('ID')}`)
    throw new BadRequest('saml-request-not-signed')
  const digest = createHash('sha256').update(canonical(root, signature)).digest('base64')
  if (find(reference, 'DigestValue')?.textContent !== digest) throw new BadRequest('signature', 'digest')
  const method = find(info, 'SignatureMethod')?.getAttribute('Algorithm') ?? ''
  const value = find(signature, 'SignatureValue')?.textContent ?? ''
  checkValue(method, canonical(info), value, certificate)
}

/** SAML Bindings 3.4.4.1: over the query as it came, up to the signature. */
function checkQuery(query: string, fields: URLSearchParams, certificate: string): void {
  const signature = fields.get('Signature')
  if (!signature) throw new BadRequest('saml-request-not-signed')
  const names = ['SAMLRequest', 'RelayState', 'SigAlg']
  const signed = names.map((name) => query.split('&').find((part) => part.startsWith(`${name}=`))).join('&')
  checkValue(fields.get('SigAlg') ?? '', signed, signature, certificate)
}

function checkValue(method: string, signed: string, value: string, key: string): void {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  if (![PSS, RSA_SHA256].includes(method)) throw new BadRequest('signature', 'algorithm')
  const right = verify(
    'sha256',
    Buffer.from(signed),
    { key, ...(method === PSS ? pss : {}) },
    Buffer.from(value, 'base64'),
  )
  if (!right) throw new BadRequest('signature', 'value')
}

function checkAttributes(root: Node, { consumer }: Service, address: string): void {
  const expected = {
    Destination: address,
    AssertionConsumerServiceURL: consumer,
    ProtocolBinding: BINDING,
    ForceAuthn: 'true',
  }
  for (const [name, value] of Object.entries(expected))
    if (root.getAttribute(name) !== value) throw new BadRequest('request', name)
  const context = find(root, 'RequestedAuthnContext')
  if (context?.getAttribute('Comparison') !== 'minimum') throw new BadRequest('request', 'Comparison')
}

function extensionOf(root: Node): Omit<AuthnRequest, 'id' | 'service' | 'relayState'> {
  const extension = find(root, 'Extensions', 'AuthenticationRequest')
  if (!extension) throw new BadRequest('akdb-extension-missing')
  const requested = find(extension, 'RequestedAttributes')
  const names = requested ? elements(requested).map((one) => one.getAttribute('Name')) : []
  if (!names.includes(OID.bpk2)) throw new BadRequest('requested-attributes-empty', 'bPK2')
  const methods = find(extension, 'AuthnMethods')
  const means = methods ? elements(methods).filter((m) => find(m, 'Enabled')?.textContent === 'true') : []
  if (means.length === 0) throw new BadRequest('empty-authentication-methods')
  const reference = find(root, 'RequestedAuthnContext', 'AuthnContextClassRef')?.textContent ?? ''
  const level = Number(/^STORK-QAA-Level-([134])$/.exec(reference)?.[1])
  if (!level) throw new BadRequest('request', reference)
  const shown = (name: string) =>
    find(extension, 'DisplayInformation', 'Version', name)?.textContent ?? undefined
  return {
    level,
    means: means.map((m) => m.localName),
    displayName: shown('OrganizationDisplayName') ?? '',
    attributes: names,
    language: shown('Lang'),
    backUrl: shown('BackURL'),
  }
}
