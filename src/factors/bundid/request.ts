import { constants, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { SamlLib, Utility } from 'samlify'
import type { Show } from '../../domain/factor.ts'
import type { AttributeName } from '../../domain/personal.ts'
import { ATTRIBUTES } from './attributes.ts'
import { ATTRIBUTE } from './judge.ts'
import { type Level, MEANS, meansFor, nameOf } from './meaning.ts'
import { type IdentityProvider, type ServiceProvider, SIGNATURE_URI } from './provider.ts'
import { NS } from './xml.ts'

const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'
const AKDB = 'https://www.akdb.de/request/2018/09'

export interface Request {
  id: string
  relayState: string
  level: Level
  /** The page's, BCP 47. */
  language: string
  /** Milliseconds. */
  now: number
}

/** Those of BundID's pages. */
const LANGUAGES = ['de', 'en', 'ru', 'uk']

/** Where people arrive who turned back there. */
export const backOf = ({ consumer }: ServiceProvider): string => new URL('back', consumer).href

/** Sends the browser off with a signed AuthnRequest. */
export function send(request: Request, us: ServiceProvider, them: IdentityProvider): Show {
  const address = them.sso[us.binding]
  if (address === undefined) throw new Error(`the identity provider has no ${us.binding} binding`)
  const xml = authnRequest(request, us, them, address)
  const ready = them.dialect ? {} : ({ ready: 'factors/bundid/ready' } as const)
  if (us.binding === 'redirect')
    return { as: 'redirect', url: signedUrl(address, xml, request.relayState, us), ...ready }
  const fields = { SAMLRequest: signed(xml, us), RelayState: request.relayState }
  return { as: 'post', action: address, fields, ...ready }
}

/** What every identity provider is told, in the order of the SAML schema; ours to fill in stands in braces. */
function template(extension: string, context: string): string {
  return `<samlp:AuthnRequest xmlns:samlp="${NS.protocol}" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" ForceAuthn="true" IsPassive="false" ProtocolBinding="${POST}" AssertionConsumerServiceURL="{Consumer}"><saml:Issuer xmlns:saml="${NS.assertion}">{Issuer}</saml:Issuer>${extension}<samlp:NameIDPolicy Format="${TRANSIENT}"/>${context}</samlp:AuthnRequest>`
}

/**
 * The AKDB extension in version 2. It asks for what is needed to recognise a person and to judge the login, and for what
 * the operator wants to know about them. `BackURL` is where „zurück zum Onlinedienst“ leads, without a message.
 */
const extension = ({ attributes = [], usernameMfa = false }: ServiceProvider): string =>
  `<samlp:Extensions><akdb:AuthenticationRequest xmlns:akdb="${AKDB}" Version="2"><akdb:AuthnMethods>${methods()}</akdb:AuthnMethods><akdb:RequestedAttributes>${requested(attributes, usernameMfa)}</akdb:RequestedAttributes><akdb:DisplayInformation><classic-ui:Version xmlns:classic-ui="${AKDB}/classic-ui/v1"><classic-ui:OrganizationDisplayName>{DisplayName}</classic-ui:OrganizationDisplayName><classic-ui:Lang>{Lang}</classic-ui:Lang><classic-ui:BackURL>{BackURL}</classic-ui:BackURL><classic-ui:OnlineServiceId>{OnlineServiceId}</classic-ui:OnlineServiceId></classic-ui:Version></akdb:DisplayInformation></akdb:AuthenticationRequest></samlp:Extensions>`

/** Of BundID the least level; of others all that will do, for they may know no order. */
function context(comparison: 'minimum' | 'exact', classes: number): string {
  const refs = Array.from(
    { length: classes },
    (_, n) =>
      `<saml:AuthnContextClassRef xmlns:saml="${NS.assertion}">{Class${n}}</saml:AuthnContextClassRef>`,
  )
  return `<samlp:RequestedAuthnContext Comparison="${comparison}">${refs.join('')}</samlp:RequestedAuthnContext>`
}

/** A means that is not named is off; one that is named without `Enabled` would be on. */
function methods(): string {
  return [...MEANS]
    .sort()
    .map((means) => `<akdb:${means}><akdb:Enabled>{${means}}</akdb:Enabled></akdb:${means}>`)
    .join('')
}

function requested(wanted: readonly AttributeName[], mfa: boolean): string {
  const { mfa: said, ...always } = ATTRIBUTE
  return [...Object.values(always), ...(mfa ? [said] : []), ...wanted.map((name) => ATTRIBUTES[name])]
    .map((name) => `<akdb:RequestedAttribute Name="${name}" RequiredAttribute="${name === ATTRIBUTE.bpk2}"/>`)
    .join('')
}

function authnRequest(
  request: Request,
  us: ServiceProvider,
  { dialect }: IdentityProvider,
  to: string,
): string {
  const { id, level, now } = request
  const common = {
    ID: id,
    IssueInstant: new Date(now).toISOString(),
    Destination: to,
    Consumer: us.consumer,
    Issuer: us.entityId,
  }
  if (!dialect) {
    const xml = template(extension(us), context('minimum', 1))
    return SamlLib.replaceTagsByValue(xml, {
      ...common,
      Class0: nameOf(level),
      ...shownAtBundid(request, us),
    })
  }
  const classes = Object.entries(dialect.levels).filter(([, one]) => one >= level)
  const named = Object.fromEntries(classes.map(([ref], n) => [`Class${n}`, ref]))
  return SamlLib.replaceTagsByValue(template('', context('exact', classes.length)), { ...common, ...named })
}

function shownAtBundid(
  { level, relayState, language }: Request,
  us: ServiceProvider,
): Record<string, string> {
  const reaching = meansFor(level)
  return {
    ...Object.fromEntries(MEANS.map((means) => [means, String(reaching.includes(means))])),
    OnlineServiceId: us.onlineServiceId ?? '',
    Lang: LANGUAGES.find((one) => one === language) ?? 'en',
    BackURL: `${backOf(us)}?RelayState=${encodeURIComponent(relayState)}`,
    // Last, since it is free text: what looks like a tag in it stays as it is.
    DisplayName: us.displayName,
  }
}

/** Base64. */
function signed(xml: string, { signing, signatureAlgorithm }: ServiceProvider): string {
  return SamlLib.constructSAMLSignature({
    rawSamlMessage: xml,
    referenceTagXPath: '/*',
    privateKey: signing.key,
    signingCert: Utility.normalizeCerString(signing.certificate),
    signatureAlgorithm: SIGNATURE_URI[signatureAlgorithm],
    transformationAlgorithms: [`${NS.ds}enveloped-signature`, 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    signatureConfig: {
      prefix: 'ds',
      location: { reference: "/*/*[local-name(.)='Issuer']", action: 'after' },
    },
  })
}

/**
 * SAML Bindings 3.4.4.1: the signature is over the query as it is sent. Not samlify's own: its salt for RSA-PSS has 20
 * bytes, where the algorithm of this name has those of its digest (RFC 9231, 2.3.10).
 */
function signedUrl(address: string, xml: string, relayState: string, us: ServiceProvider): string {
  const parameters = [
    ['SAMLRequest', deflateRawSync(xml).toString('base64')],
    ['RelayState', relayState],
    ['SigAlg', SIGNATURE_URI[us.signatureAlgorithm]],
  ]
  const query = parameters.map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`).join('&')
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  const key = { key: us.signing.key, ...(us.signatureAlgorithm === 'rsa-pss-sha256' ? pss : {}) }
  const signature = encodeURIComponent(sign('sha256', Buffer.from(query), key).toString('base64'))
  return `${address}${address.includes('?') ? '&' : '?'}${query}&Signature=${signature}`
}
