import { constants, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { SamlLib, Utility } from 'samlify'
import type { Show } from '../../domain/factor.ts'
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
  /** Milliseconds. */
  now: number
}

/** Sends the browser off with a signed AuthnRequest. */
export function send(request: Request, us: ServiceProvider, them: IdentityProvider): Show {
  const address = them.sso[us.binding]
  if (address === undefined) throw new Error(`the identity provider has no ${us.binding} binding`)
  const xml = authnRequest(request, us, address)
  if (us.binding === 'redirect')
    return { as: 'redirect', url: signedUrl(address, xml, request.relayState, us) }
  return {
    as: 'post',
    action: address,
    fields: {
      SAMLRequest: signed(xml, us),
      RelayState: request.relayState,
    },
  }
}

/**
 * An AuthnRequest in the order of the SAML schema, with the AKDB extension in version 2. It asks for what is needed to
 * recognise a person and to judge the login, and for nothing about them. No BackURL: without it BundID answers a
 * cancelled login with a message, which finds its way back to the right interaction; a link would not.
 */
const TEMPLATE = `<samlp:AuthnRequest xmlns:samlp="${NS.protocol}" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" ForceAuthn="true" IsPassive="false" ProtocolBinding="${POST}" AssertionConsumerServiceURL="{Consumer}"><saml:Issuer xmlns:saml="${NS.assertion}">{Issuer}</saml:Issuer><samlp:Extensions><akdb:AuthenticationRequest xmlns:akdb="${AKDB}" Version="2"><akdb:AuthnMethods>${methods()}</akdb:AuthnMethods><akdb:RequestedAttributes>${attributes()}</akdb:RequestedAttributes><akdb:DisplayInformation><classic-ui:Version xmlns:classic-ui="${AKDB}/classic-ui/v1"><classic-ui:OrganizationDisplayName>{DisplayName}</classic-ui:OrganizationDisplayName><classic-ui:OnlineServiceId>{OnlineServiceId}</classic-ui:OnlineServiceId></classic-ui:Version></akdb:DisplayInformation></akdb:AuthenticationRequest></samlp:Extensions><samlp:NameIDPolicy Format="${TRANSIENT}"/><samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef xmlns:saml="${NS.assertion}">{Level}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>`

/** A means that is not named is off; one that is named without `Enabled` would be on. */
function methods(): string {
  return [...MEANS]
    .sort()
    .map((means) => `<akdb:${means}><akdb:Enabled>{${means}}</akdb:Enabled></akdb:${means}>`)
    .join('')
}

function attributes(): string {
  return Object.values(ATTRIBUTE)
    .map((name) => `<akdb:RequestedAttribute Name="${name}" RequiredAttribute="${name === ATTRIBUTE.bpk2}"/>`)
    .join('')
}

function authnRequest({ id, level, now }: Request, us: ServiceProvider, destination: string): string {
  const reaching = meansFor(level)
  return SamlLib.replaceTagsByValue(TEMPLATE, {
    ID: id,
    IssueInstant: new Date(now).toISOString(),
    Destination: destination,
    Consumer: us.consumer,
    Issuer: us.entityId,
    ...Object.fromEntries(MEANS.map((means) => [means, String(reaching.includes(means))])),
    OnlineServiceId: us.onlineServiceId,
    Level: nameOf(level),
    // Last, since it is free text: what looks like a tag in it stays as it is.
    DisplayName: us.displayName,
  })
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
