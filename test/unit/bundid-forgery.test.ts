import { loginResponse, newId } from '../../demo/bundid/saml/response.ts'
import { ENVELOPED, EXCLUSIVE, signTree } from '../../demo/bundid/saml/sign.ts'
import { element, PREFIX, type Tree, write } from '../../demo/bundid/saml/tree.ts'
import type { Verdict } from '../../src/domain/factor.ts'
import { anyone, BPK2, EID, encoded, keys, us, usual } from '../support/bundid.ts'
import { child, rawRoot } from '../support/saml/edit.ts'

const VICTIM = 'v'.repeat(43)
const RSA_SHA1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'
const HMAC = 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'
const SHA1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
const exclusive = element('ds:Transform', { Algorithm: EXCLUSIVE })
const enveloped = element('ds:Transform', { Algorithm: ENVELOPED })
const transform = (Algorithm: string): Tree => element('ds:Transform', { Algorithm })

/** The good answer, in which the attacker may write anything but has no key for. */
const tampered = (rewrite: (xml: string) => string) => usual.tampered(rewrite)

afterEach(async () => {
  // The positive control of every case: the same answer, left alone.
  expect((await tampered((xml) => xml)).ok).toBe(true)
})

const causeOf = (verdict: Verdict<unknown, unknown>): string =>
  verdict.ok ? 'accepted' : (verdict.hint?.cause ?? verdict.hint?.code ?? verdict.reason)

describe('Signatures', () => {
  const options: [string, string, object][] = [
    ['SHA-1 signatures', 'algorithm', { method: RSA_SHA1, hash: 'sha1' }],
    ['HMAC', 'algorithm', { method: HMAC }],
    ['SHA-1 digests', 'algorithm', { digest: SHA1 }],
    [
      'inclusive canonicalization',
      'algorithm',
      { canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' },
    ],
    [
      'canonicalization with comments',
      'algorithm',
      { transforms: [enveloped, transform(`${EXCLUSIVE}WithComments`)] },
    ],
    [
      'an XSLT transform',
      'algorithm',
      { transforms: [transform('http://www.w3.org/TR/1999/REC-xslt-19991116'), exclusive] },
    ],
    [
      'an XPath transform',
      'algorithm',
      { transforms: [transform('http://www.w3.org/TR/1999/REC-xpath-19991116'), exclusive] },
    ],
    ['no enveloped-signature transform', 'algorithm', { transforms: [exclusive] }],
    ['a third transform', 'algorithm', { transforms: [enveloped, exclusive, exclusive] }],
    ['a reference to the whole document', 'structure', { reference: '' }],
    ['a reference to elsewhere', 'structure', { reference: '#_elsewhere' }],
  ]
  test.each(options)('with %s are refused, on the response and on the assertion', async (_, cause, how) => {
    const { login } = usual
    expect(causeOf(await login(EID, { signResponse: how }))).toBe(cause)
    expect(causeOf(await login(EID, { signAssertion: how }))).toBe(cause)
  })

  test('by a foreign key are refused, with its certificate in KeyInfo, with ours, with none', async () => {
    for (const keyInfo of [keys.attacker.certificate, keys.identityProvider.certificate, null]) {
      const quirks = { signingKey: keys.attacker, signAssertion: { keyInfo }, signResponse: { keyInfo } }
      expect(causeOf(await usual.login(EID, quirks))).toBe('signature')
    }
  })

  test('are needed on the response and on the assertion', async () => {
    expect(causeOf(await usual.login(EID, { signResponse: false }))).toBe('signature')
    expect(causeOf(await usual.login(EID, { signAssertion: false }))).toBe('signature')
  })

  test('do not survive a change of anything they cover', async () => {
    const other = (sign: string): string => (sign === 'A' ? 'B' : 'A')
    const changes: [RegExp, (found: string) => string][] = [
      [/(?<=<saml2p:Response [^>]*InResponseTo=")[^"]+/, () => '_x'],
      [/(?<=Destination=")[^"]+/, () => `${us.consumer}x`],
      [/(?<=<xenc:CipherValue>)./, other],
      [/(?<=<ds:DigestValue>)./, other],
      [/(?<=<ds:SignatureValue>)./, other],
    ]
    for (const [pattern, change] of changes)
      expect(causeOf(await tampered((xml) => xml.replace(pattern, change)))).not.toBe('accepted')
  })

  test('with two SignedInfo, or with an object beside it, are refused', async () => {
    const twice = (xml: string) => xml.replace(/<ds:SignedInfo>.*?<\/ds:SignedInfo>/, '$&$&')
    expect(causeOf(await tampered(twice))).toMatch(/structure|complex/)
    const object = (xml: string) => xml.replace('</ds:Signature>', '<ds:Object></ds:Object></ds:Signature>')
    expect(causeOf(await tampered(object))).toBe('structure')
  })
})

/** XSW 1 to 8 (Somorovsky et al. 2012): the genuine element moved to where nobody looks, a forged one in its place. */
describe('Wrapping the response', () => {
  const forged = (inside: string) => {
    const { sender, addressee } = usual
    const to = addressee({ as: 'post', action: '', fields: {} })
    return loginResponse(
      sender,
      { ...to, requestId: '_forged' },
      { ...EID, bpk2: VICTIM },
      { signResponse: false },
    ).replace('</saml2:Issuer>', `</saml2:Issuer>${inside}`)
  }
  const signatureIn = (xml: string) => /<ds:Signature .*?<\/ds:Signature>/.exec(xml)?.[0] ?? ''
  const cases: [string, (xml: string) => string][] = [
    [
      '1: genuine one inside its signature',
      (xml) =>
        forged(signatureIn(xml).replace('</ds:Signature>', `<ds:Object>${xml}</ds:Object></ds:Signature>`)),
    ],
    [
      '2: genuine one beside its signature',
      (xml) => forged(`${signatureIn(xml)}${xml.replace(signatureIn(xml), '')}`),
    ],
    [
      '3: genuine one as a sibling',
      (xml) => forged('').replace('</saml2p:Response>', `${xml}</saml2p:Response>`),
    ],
    ['4: genuine one in the extensions', (xml) => forged(`<saml2p:Extensions>${xml}</saml2p:Extensions>`)],
    ['5: genuine signature on the forged one', (xml) => forged(signatureIn(xml))],
    [
      '6: genuine one in the status',
      (xml) =>
        forged('').replace(
          '</saml2p:Status>',
          `<saml2p:StatusDetail>${xml}</saml2p:StatusDetail></saml2p:Status>`,
        ),
    ],
    [
      '7: forged one around the genuine one',
      (xml) => `<saml2p:Response xmlns:saml2p="${PREFIX.saml2p}">${xml}${forged('')}</saml2p:Response>`,
    ],
    [
      '8: the same ID twice',
      (xml) =>
        forged(`<saml2p:Extensions>${xml}</saml2p:Extensions>`).replace(
          / ID="[^"]+"/,
          / ID="[^"]+"/.exec(xml)?.[0] ?? '',
        ),
    ],
  ]
  test.each(cases)('%s: is refused', async (_, rewrite) => {
    expect(causeOf(await tampered(rewrite))).toMatch(/structure|schema|signature|complex/)
  })
})

describe('Wrapping the assertion, even by who can sign responses', () => {
  const forge = (tree: Tree): Tree => ({
    ...tree,
    attributes: { ...tree.attributes, ID: newId() },
    children: tree.children.filter(
      (one) => typeof one === 'string' || 'raw' in one || one.name !== 'ds:Signature',
    ),
  })
  const insert = (tree: Tree, ...more: Tree[]): Tree => ({ ...tree, children: [...tree.children, ...more] })
  const cases: [string, (signed: Tree) => Tree][] = [
    [
      'genuine one inside the signature',
      (signed) => {
        const signature = child(signed, 'Signature')
        return insert(forge(signed), insert(signature, element('ds:Object', {}, forge(signed))))
      },
    ],
    ['genuine one at its end', (signed) => insert(forge(signed), signed)],
    ['genuine one in the advice', (signed) => insert(forge(signed), element('saml2:Advice', {}, signed))],
    ['genuine signature on a forged one', (signed) => insert(forge(signed), child(signed, 'Signature'))],
    [
      'genuine one in the confirmation',
      (signed) => insert(forge(signed), element('saml2:Subject', {}, signed)),
    ],
    ['a second bPK2 beside the first', (signed) => insert(signed, element('saml2:AttributeStatement', {}))],
  ]
  test.each(cases)('%s: is refused', async (_, signedAssertion) => {
    expect(causeOf(await usual.login(EID, { signedAssertion }))).toMatch(/structure|schema|signature|complex/)
  })

  test('a forged assertion beside the encrypted one is refused', async () => {
    const beside = (response: Tree) =>
      insert(response, element('saml2:Assertion', { ID: '_x', Version: '2.0' }))
    expect(causeOf(await usual.login(EID, { response: beside }))).toBe('structure')
  })
})

describe('Encryption', () => {
  test.each([
    ['AES-128-CBC', 'algorithm', { content: `${PREFIX.xenc}aes128-cbc`, cipher: 'aes-128-cbc' }],
    ['3DES', 'algorithm', { content: `${PREFIX.xenc}tripledes-cbc`, cipher: 'des-ede3-cbc' }],
    ['RSA 1.5', 'algorithm', { transport: 'rsa-1_5' as const }],
    ['a tag of 12 bytes', 'decryption', { tag: 12 }],
    ['a tag of 4 bytes', 'decryption', { tag: 4 }],
    ['no tag', 'decryption', { tag: 0 }],
    ['hash and mask that differ', 'algorithm', { digest: `${PREFIX.xenc}sha256` }],
    ['another cipher than it says', 'decryption', { content: `${PREFIX.xenc11}aes128-gcm` }],
  ])('with %s is refused', async (_, cause, encrypt) => {
    expect(causeOf(await usual.login(EID, { encrypt }))).toBe(cause)
  })

  test('is needed: an assertion in the clear is refused', async () => {
    expect(causeOf(await usual.login(EID, { encrypt: false }))).toMatch(/structure|complex/)
  })

  test('by the attacker, who has our public key, does not help', async () => {
    const { factor, sender, addressee, answerTo } = usual
    const { show, remember } = await factor.beginVerification([])
    const theirs = loginResponse(
      sender,
      addressee(show),
      { ...EID, bpk2: VICTIM },
      { signingKey: keys.attacker },
    )
    const genuine = loginResponse(sender, addressee(show), EID)
    const sealed = (xml: string) =>
      /<saml2:EncryptedAssertion.*<\/saml2:EncryptedAssertion>/.exec(xml)?.[0] ?? ''
    const xml = genuine.replace(sealed(genuine), sealed(theirs))
    expect(causeOf(await factor.finishVerification(remember, answerTo(show, xml), anyone))).toBe('signature')
  })
})

describe('Text', () => {
  test.each([
    ['a comment', `${BPK2}<!---->`],
    ['a processing instruction', `${BPK2}<?x?>`],
    ['a CDATA section', `<![CDATA[${BPK2}]]>`],
    ['an entity', '&victim;'],
  ])('with %s in it is refused', async (_, text) => {
    const signedAssertion = (signed: Tree): Tree => rawRoot(write(signed).replace(BPK2, text))
    const verdict = await usual.login(EID, { signedAssertion })
    expect(causeOf(verdict)).toMatch(/markup|malformed|schema/)
  })
})

test('A signature of the identity provider over something else is worth nothing here', async () => {
  const stolen = signTree(
    element('saml2:Assertion', { ID: '_a' }, element('saml2:Issuer')),
    keys.identityProvider,
  )
  const { factor } = usual
  const { remember } = await factor.beginVerification([])
  const answer = {
    SAMLResponse: encoded(write(stolen)),
    RelayState: (remember as { relayState: string }).relayState,
  }
  expect(causeOf(await factor.finishVerification(remember, answer, anyone))).toBe('structure')
})
