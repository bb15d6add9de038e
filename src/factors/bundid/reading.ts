import { decrypted } from './decrypt.ts'
import { checkLimits } from './limits.ts'
import { Refused } from './refused.ts'
import { checkSchema } from './schema.ts'
import { verified } from './signature.ts'
import { attribute, below, child, children, type Element, elements, is, only, parse, text } from './xml.ts'

/** What a Response says, read from signed bytes alone. Nothing of it has been judged yet. Instants as written. */
export interface Reading {
  issuer: string | undefined
  destination: string | undefined
  inResponseTo: string | undefined
  issueInstant: string | undefined
  /** Status codes, outermost first. */
  status: string[]
  /** Present with success alone. */
  assertion?: Assertion
}

export interface Assertion {
  id: string
  issuer: string
  issueInstant: string | undefined
  confirmation: {
    method: string | undefined
    recipient: string | undefined
    inResponseTo: string | undefined
    notBefore: string | undefined
    notOnOrAfter: string | undefined
  }
  notBefore: string | undefined
  notOnOrAfter: string | undefined
  /** One list for each restriction; every one of them must name us. */
  audiences: string[][]
  authnInstant: string | undefined
  sessionNotOnOrAfter: string | undefined
  classRef: string
  attributes: { name: string; values: string[] }[]
}

export interface Trust {
  /** The identity provider's signing certificates, PEM. */
  certificates: readonly string[]
  /** Whether an unsigned envelope will do, where the assertion in it is signed. */
  unsignedResponse: boolean
  /** Our decryption keys, PEM. */
  decryptionKeys: readonly string[]
}

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/** Reads a Response whose cheap limits were checked before. Throws `Refused` at the first thing that is wrong. */
export async function read(xml: string, trust: Trust): Promise<Reading> {
  const given = parse(xml)
  if (!is(given, 'protocol', 'Response')) throw new Refused('structure')
  checkParts(given)
  await checkSchema(xml)

  const unsigned = trust.unsignedResponse && children(given, 'ds', 'Signature').length === 0
  const response = unsigned ? given : verified(xml, trust.certificates)
  if (!is(response, 'protocol', 'Response')) throw new Refused('structure')
  const status = statusOf(response)
  const assertion = child(response, 'assertion', 'EncryptedAssertion')
  if ((status[0] === SUCCESS) !== (assertion !== undefined)) throw new Refused('structure')
  return {
    issuer: textOf(child(response, 'assertion', 'Issuer')),
    destination: attribute(response, 'Destination'),
    inResponseTo: attribute(response, 'InResponseTo'),
    issueInstant: attribute(response, 'IssueInstant'),
    status,
    ...(assertion ? { assertion: await open(assertion, trust) } : {}),
  }
}

/** At most one assertion, encrypted, in its place; none in the clear, none anywhere else. */
function checkParts(response: Element): void {
  const encrypted = below(response, 'assertion', 'EncryptedAssertion')
  if (
    encrypted.length > 1 ||
    encrypted.length !== children(response, 'assertion', 'EncryptedAssertion').length
  )
    throw new Refused('structure')
  if (below(response, 'assertion', 'Assertion').length > 0) throw new Refused('structure')
  if (below(response, 'protocol', 'Response').length > 0) throw new Refused('structure')
}

async function open(encrypted: Element, trust: Trust): Promise<Assertion> {
  const xml = decrypted(encrypted, trust.decryptionKeys)
  checkLimits(xml)
  const given = parse(xml)
  if (!is(given, 'assertion', 'Assertion')) throw new Refused('structure')
  if (below(given, 'assertion', 'Assertion').length > 0) throw new Refused('structure')
  await checkSchema(xml)
  const assertion = verified(xml, trust.certificates)
  if (!is(assertion, 'assertion', 'Assertion')) throw new Refused('structure')
  return assertionOf(assertion)
}

function statusOf(response: Element): string[] {
  const codes: string[] = []
  let at: Element | undefined = only(response, 'protocol', 'Status')
  while (at) {
    at = child(at, 'protocol', 'StatusCode')
    if (at) codes.push(attribute(at, 'Value') ?? '')
  }
  return codes
}

function assertionOf(assertion: Element): Assertion {
  const confirmation = only(only(assertion, 'assertion', 'Subject'), 'assertion', 'SubjectConfirmation')
  const data = only(confirmation, 'assertion', 'SubjectConfirmationData')
  const conditions = only(assertion, 'assertion', 'Conditions')
  const authn = only(assertion, 'assertion', 'AuthnStatement')
  const statement = only(assertion, 'assertion', 'AttributeStatement')
  return {
    id: attribute(assertion, 'ID') ?? '',
    issuer: text(only(assertion, 'assertion', 'Issuer')),
    issueInstant: attribute(assertion, 'IssueInstant'),
    confirmation: {
      method: attribute(confirmation, 'Method'),
      recipient: attribute(data, 'Recipient'),
      inResponseTo: attribute(data, 'InResponseTo'),
      notBefore: attribute(data, 'NotBefore'),
      notOnOrAfter: attribute(data, 'NotOnOrAfter'),
    },
    notBefore: attribute(conditions, 'NotBefore'),
    notOnOrAfter: attribute(conditions, 'NotOnOrAfter'),
    audiences: audiencesOf(conditions),
    authnInstant: attribute(authn, 'AuthnInstant'),
    sessionNotOnOrAfter: attribute(authn, 'SessionNotOnOrAfter'),
    classRef: text(only(only(authn, 'assertion', 'AuthnContext'), 'assertion', 'AuthnContextClassRef')),
    attributes: children(statement, 'assertion', 'Attribute').map((one) => ({
      name: attribute(one, 'Name') ?? '',
      values: children(one, 'assertion', 'AttributeValue').map(text),
    })),
  }
}

/** A condition that is not understood makes an assertion invalid (SAML Core 2.5.1). */
function audiencesOf(conditions: Element): string[][] {
  for (const condition of elements(conditions))
    if (!['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'].includes(condition.localName))
      throw new Refused('structure')
  return children(conditions, 'assertion', 'AudienceRestriction').map((restriction) =>
    children(restriction, 'assertion', 'Audience').map(text),
  )
}

const textOf = (element: Element | undefined): string | undefined => element && text(element)
