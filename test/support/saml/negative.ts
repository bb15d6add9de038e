import { attribute, OID, type Quirks } from '../../../demo/bundid/saml/response.ts'
import { ENVELOPED, EXCLUSIVE } from '../../../demo/bundid/saml/sign.ts'
import { element, PREFIX, type Tree, write } from '../../../demo/bundid/saml/tree.ts'
import { BPK2, keys } from '../bundid.ts'
import { at, child, forged, insert, rawRoot, replaced, valued, without } from './edit.ts'

/** How an answer is wrong, and what the audit must say: one cause, or several where a cheaper gate may come first. */
export type Negative = [name: string, cause: RegExp, quirks: Quirks, rewrite?: (xml: string) => string]

const MINUTE = 60_000
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()
const transform = (Algorithm: string): Tree => element('ds:Transform', { Algorithm })
const enveloped = transform(ENVELOPED)
const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
const rsaSha1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'
const hmac = 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256'
const bpk2 = (...values: string[]) =>
  at('Attribute', (one) => (one.attributes.Name === OID.bpk2 ? attribute('bPK2', OID.bpk2, ...values) : one))
const twice =
  (name: string) =>
  (tree: Tree): Tree =>
    insert(tree, child(tree, name))
const said =
  (text: string) =>
  (signed: Tree): Tree =>
    rawRoot(write(signed).replace(BPK2, text))
const confirmation = (changes: Record<string, string | undefined>) =>
  replaced('SubjectConfirmationData', changes)
const audience = (value: string) => at('Audience', (one) => element(one.name, {}, value))
const classRef = (value: string) => at('AuthnContextClassRef', (one) => element(one.name, {}, value))
const root =
  (changes: Record<string, string | undefined>) =>
  (tree: Tree): Tree => ({
    ...tree,
    attributes: element(tree.name, { ...tree.attributes, ...changes }).attributes,
  })

/** Genuine, at a level below what is asked for. */
export const TOO_WEAK: Quirks = { assertion: classRef('STORK-QAA-Level-1') }

/** Wrong inside the assertion: sent encrypted and in the clear. */
export const INSIDE: Negative[] = [
  [
    'wrapped: the genuine one inside the signature',
    /structure|schema|complex/,
    {
      signedAssertion: (signed) =>
        insert(forged(signed), insert(child(signed, 'Signature'), element('ds:Object', {}, forged(signed)))),
    },
  ],
  [
    'wrapped: the genuine one at the end',
    /structure|schema|complex/,
    { signedAssertion: (signed) => insert(forged(signed), signed) },
  ],
  [
    'wrapped: the genuine one as advice',
    /structure|schema|complex/,
    { signedAssertion: (signed) => insert(forged(signed), element('saml2:Advice', {}, signed)) },
  ],
  [
    'wrapped: the genuine signature on another',
    /signature|structure|schema/,
    { signedAssertion: (signed) => insert(forged(signed), child(signed, 'Signature')) },
  ],
  ['an unsigned assertion', /signature/, { signAssertion: false }],
  ['unsigned altogether', /signature/, { signAssertion: false, signResponse: false }],
  ['a foreign key, its certificate in KeyInfo', /signature/, { signingKey: keys.attacker }],
  ['SHA-1 signatures', /algorithm/, { signAssertion: { method: rsaSha1, hash: 'sha1' } }],
  ['SHA-1 digests', /algorithm/, { signAssertion: { digest: sha1 } }],
  ['HMAC', /algorithm/, { signAssertion: { method: hmac } }],
  ['a reference to everything', /structure/, { signAssertion: { reference: '' } }],
  [
    'an XPath transform',
    /algorithm/,
    {
      signAssertion: {
        transforms: [transform('http://www.w3.org/TR/1999/REC-xpath-19991116'), transform(EXCLUSIVE)],
      },
    },
  ],
  [
    'comments in what is signed',
    /algorithm/,
    { signAssertion: { transforms: [enveloped, transform(`${EXCLUSIVE}WithComments`)] } },
  ],
  ['a comment in the name', /markup/, { signedAssertion: said(`${BPK2}<!---->`) }],
  ['a processing instruction in the name', /markup/, { signedAssertion: said(`${BPK2}<?x?>`) }],
  ['a CDATA section in the name', /markup/, { signedAssertion: said(`<![CDATA[${BPK2}]]>`) }],
  ['an entity in the name', /malformed|schema/, { signedAssertion: said('&victim;') }],
  ['no conditions', /structure/, { assertion: without('Conditions') }],
  [
    'conditions that are over',
    /time/,
    { assertion: replaced('Conditions', { NotOnOrAfter: ago(2 * MINUTE) }) },
  ],
  [
    'conditions that begin later',
    /time/,
    { assertion: replaced('Conditions', { NotBefore: ago(-5 * MINUTE) }) },
  ],
  ['a confirmation without an end', /time/, { assertion: confirmation({ NotOnOrAfter: undefined }) }],
  ['an old assertion', /time/, { assertion: root({ IssueInstant: ago(10 * MINUTE) }) }],
  ['another audience', /audience/, { assertion: audience('https://other.example') }],
  ['no audience', /audience/, { assertion: without('AudienceRestriction') }],
  ['another recipient', /recipient/, { assertion: confirmation({ Recipient: 'https://other.example' }) }],
  ['no recipient', /recipient/, { assertion: confirmation({ Recipient: undefined }) }],
  ['an answer to something else', /in_response_to/, { assertion: confirmation({ InResponseTo: '_other' }) }],
  [
    'another issuer',
    /issuer/,
    { assertion: at('Issuer', (one) => element(one.name, {}, 'https://int.example')) },
  ],
  [
    'no bearer',
    /confirmation/,
    {
      assertion: replaced('SubjectConfirmation', { Method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }),
    },
  ],
  ['a level of no meaning', /level/, { assertion: classRef('STORK-QAA-Level-9') }],
  ['a level below what was asked', /level/, { assertion: classRef('STORK-QAA-Level-1') }],
  ['the attribute below what was asked', /level/, { assertion: valued(OID.level, 'STORK-QAA-Level-1') }],
  ['unknown means', /means/, { assertion: valued(OID.provedBy, 'Diia') }],
  ['no bPK2', /attributes/, { assertion: bpk2() }],
  ['an empty bPK2', /attributes/, { assertion: bpk2('') }],
  ['two values of bPK2', /attributes/, { assertion: bpk2(BPK2, 'x'.repeat(43)) }],
  ['a bPK2 of 10 kB', /attributes/, { assertion: bpk2('k'.repeat(10_240)) }],
  [
    'an old login',
    /authn_instant/,
    { assertion: replaced('AuthnStatement', { AuthnInstant: ago(30 * MINUTE) }) },
  ],
  ['two logins', /structure|schema/, { assertion: twice('AuthnStatement') }],
  ['no login', /structure/, { assertion: without('AuthnStatement') }],
]

const envelope =
  (inside: string) =>
  (xml: string): string =>
    xml.replace(
      /^(<saml2p:Response [^>]*>)/,
      (opened) => `${opened.replace(/ ID="[^"]+"/, ' ID="_forged"')}${inside}`,
    )
const beside = (before: string, xml: string) =>
  `<saml2p:Response xmlns:saml2p="${PREFIX.saml2p}">${before}${xml}</saml2p:Response>`

/** Wrong in the envelope, or in how it is sealed. */
export const OUTSIDE: Negative[] = [
  ['an envelope within an envelope', /structure|schema|complex/, {}, (xml) => beside('', xml)],
  [
    'the genuine one in Extensions of another',
    /structure|schema|complex|signature/,
    {},
    (xml) => envelope(`<saml2p:Extensions>${xml}</saml2p:Extensions>`)(xml),
  ],
  ['an unsigned envelope', /signature/, { signResponse: false }],
  [
    'an assertion exchanged after signing',
    /signature|decryption/,
    {},
    (xml) => xml.replace(/(<xenc:CipherValue>)(.{8})/, '$1AAAAAAAA'),
  ],
  ['two encrypted assertions', /structure/, { response: twice('EncryptedAssertion') }],
  [
    'two SignedInfo',
    /complex|structure/,
    {},
    (xml) => xml.replace(/<ds:SignedInfo>.*?<\/ds:SignedInfo>/, '$&$&'),
  ],
  [
    'a comment in the digest',
    /markup/,
    {},
    (xml) => xml.replace('<ds:DigestValue>', '<ds:DigestValue><!---->'),
  ],
  [
    'a success of the attacker’s own',
    /signature|structure/,
    {
      response: at('StatusCode', (one) =>
        element(one.name, { Value: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }),
      ),
    },
    (xml) => xml.replace('status:Responder', 'status:Success'),
  ],
  ['AES-CBC', /algorithm/, { encrypt: { content: `${PREFIX.xenc}aes128-cbc`, cipher: 'aes-128-cbc' } }],
  ['3DES', /algorithm/, { encrypt: { content: `${PREFIX.xenc}tripledes-cbc`, cipher: 'des-ede3-cbc' } }],
  ['RSA 1.5', /algorithm/, { encrypt: { transport: 'rsa-1_5' } }],
  ['a short tag', /decryption/, { encrypt: { tag: 4 } }],
  ['a DOCTYPE', /markup/, {}, (xml) => `<!DOCTYPE x SYSTEM "file:///etc/passwd">${xml}`],
  [
    'entities upon entities',
    /markup/,
    {},
    (xml) => `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>${xml}`,
  ],
  ['more than there can be', /too_large/, {}, (xml) => xml + ' '.repeat(130_000)],
  [
    'ten thousand elements',
    /too_complex/,
    {},
    (xml) => `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}${xml.slice(0, 0)}`,
  ],
  [
    'a thousand references',
    /too_complex/,
    {},
    (xml) => xml.replace(/<ds:Reference .*?<\/ds:Reference>/, (one) => one.repeat(200)),
  ],
  ['another destination', /destination/, { response: root({ Destination: 'https://other.example' }) }],
  ['no destination', /destination/, { response: root({ Destination: undefined }) }],
  ['an answer to nothing', /in_response_to/, { response: root({ InResponseTo: undefined }) }],
  [
    'an issuer of another stage',
    /issuer/,
    { response: at('Issuer', (one) => element(one.name, {}, 'https://int.example')) },
  ],
  ['an old envelope', /time/, { response: root({ IssueInstant: ago(10 * MINUTE) }) }],
]
