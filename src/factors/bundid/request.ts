import { constants, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { SignedXml } from 'xml-crypto'
import type { Show } from '../../domain/factor.ts'
import { ATTRIBUTE } from './judge.ts'
import { type Level, MEANS, meansFor, nameOf } from './meaning.ts'
import { type IdentityProvider, type ServiceProvider, SIGNATURE_URI } from './provider.ts'
import { escaped, NS } from './xml.ts'

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
      SAMLRequest: Buffer.from(signed(xml, us)).toString('base64'),
      RelayState: request.relayState,
    },
  }
}

/**
 * An AuthnRequest in the order of the SAML schema, with the AKDB extension in version 2. It asks for what is needed to
 * recognise a person and to judge the login, and for nothing about them. No BackURL: without it BundID answers a
 * cancelled login with a message, which finds its way back to the right interaction; a link would not.
 */
function authnRequest({ id, level, now }: Request, us: ServiceProvider, destination: string): string {
  return `<samlp:AuthnRequest xmlns:samlp="${NS.protocol}" ID="${escaped(id)}" Version="2.0" IssueInstant="${new Date(now).toISOString()}" Destination="${escaped(destination)}" ForceAuthn="true" IsPassive="false" ProtocolBinding="${POST}" AssertionConsumerServiceURL="${escaped(us.consumer)}"><saml:Issuer xmlns:saml="${NS.assertion}">${escaped(us.entityId)}</saml:Issuer><samlp:Extensions>${extension(level, us)}</samlp:Extensions><samlp:NameIDPolicy Format="${TRANSIENT}"/><samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef xmlns:saml="${NS.assertion}">${nameOf(level)}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>`
}

/** A means that is not named is off; one that is named without `Enabled` would be on. */
function extension(level: Level, { displayName, onlineServiceId }: ServiceProvider): string {
  const reaching = meansFor(level)
  const methods = [...MEANS]
    .sort()
    .map((means) => `<akdb:${means}><akdb:Enabled>${reaching.includes(means)}</akdb:Enabled></akdb:${means}>`)
  const attributes = Object.values(ATTRIBUTE).map(
    (name) => `<akdb:RequestedAttribute Name="${name}" RequiredAttribute="${name === ATTRIBUTE.bpk2}"/>`,
  )
  return `<akdb:AuthenticationRequest xmlns:akdb="${AKDB}" Version="2"><akdb:AuthnMethods>${methods.join('')}</akdb:AuthnMethods><akdb:RequestedAttributes>${attributes.join('')}</akdb:RequestedAttributes><akdb:DisplayInformation><classic-ui:Version xmlns:classic-ui="${AKDB}/classic-ui/v1"><classic-ui:OrganizationDisplayName>${escaped(displayName)}</classic-ui:OrganizationDisplayName><classic-ui:OnlineServiceId>${escaped(onlineServiceId)}</classic-ui:OnlineServiceId></classic-ui:Version></akdb:DisplayInformation></akdb:AuthenticationRequest>`
}

function signed(xml: string, { signing, signatureAlgorithm }: ServiceProvider): string {
  const signer = new SignedXml({
    privateKey: signing.key,
    publicCert: signing.certificate,
    signatureAlgorithm: SIGNATURE_URI[signatureAlgorithm],
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  signer.addReference({
    xpath: '/*',
    transforms: [`${NS.ds}enveloped-signature`, 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    digestAlgorithm: `${NS.xenc}sha256`,
  })
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: "/*/*[local-name(.)='Issuer']", action: 'after' },
  })
  return signer.getSignedXml()
}

/** SAML Bindings 3.4.4.1: the signature is over the query as it is sent. */
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
