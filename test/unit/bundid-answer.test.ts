import { attribute, failureResponse, loginResponse, OID } from '../../demo/bundid/saml/response.ts'
import { element, type Tree } from '../../demo/bundid/saml/tree.ts'
import { anyone, BPK2, EID, ELSTER, federation, keys, NOON, us } from '../support/bundid.ts'
import { at, child, replaced, without } from '../support/saml/edit.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const MFA = { distinctKinds: 2, phishingResistant: false, identity: 'none' } as const
const HIGH = { ...MFA, identity: 'high' } as const

/** The one point of each case: the verdict on a good answer with nothing but this changed. */
const refused = (cause: string) => ({ ok: false, reason: 'wrong', hint: { code: 'failed', cause } })

describe('A good answer', () => {
  test.each([
    [
      'eID',
      'STORK-QAA-Level-4',
      { kinds: ['possession', 'knowledge'], amr: ['sc', 'pin'], identity: 'high' },
    ],
    [
      'Elster',
      'STORK-QAA-Level-3',
      { kinds: ['possession', 'knowledge'], amr: ['swk', 'pin'], identity: 'substantial' },
    ],
    [
      'eIDAS',
      'STORK-QAA-Level-3',
      { kinds: ['possession', 'knowledge'], amr: ['mfa'], identity: 'substantial' },
    ],
    ['eIDAS', 'STORK-QAA-Level-2', { kinds: ['knowledge'], amr: ['pwd'], identity: 'low' }],
    ['Benutzername', 'STORK-QAA-Level-1', { kinds: ['knowledge'], amr: ['pwd'], identity: 'none' }],
    [
      'Elster',
      'STORK-QAA-Level-4',
      { kinds: ['possession', 'knowledge'], amr: ['swk', 'pin'], identity: 'substantial' },
    ],
    ['Benutzername', 'STORK-QAA-Level-4', { kinds: ['knowledge'], amr: ['pwd'], identity: 'none' }],
  ])('by %s with %s is worth what the means can prove', async (means, level, strength) => {
    const verdict = await federation().login({ bpk2: BPK2, means, level })
    expect(verdict).toMatchObject({
      ok: true,
      value: { strength: { ...strength, phishingResistant: false } },
    })
  })

  test('names the person by a digest, one for each identity provider', async () => {
    const names = []
    for (const entityId of ['https://bundid.example/idp', 'https://other.example/idp']) {
      const { factor, sender, addressee, answerTo } = federation({ them: { entityId } })
      const { show, remember } = await factor.beginEnrolment({} as never, [])
      const xml = loginResponse({ ...sender, entityId }, addressee(show), EID)
      const verdict = await factor.finishEnrolment(remember, answerTo(show, xml))
      if (!verdict.ok) throw new Error(verdict.hint?.cause)
      expect(JSON.stringify(verdict.value)).not.toContain(BPK2)
      names.push(verdict.value.externalId)
    }
    expect(new Set(names).size).toBe(2)
  })

  test('raises what the credential can prove, and never lowers it', async () => {
    const { factor, sender, addressee, answerTo } = federation()
    let held = { data: { level: 3 }, strength: { identity: 'substantial' } } as never
    const levels = []
    for (const login of [EID, ELSTER]) {
      const { show, remember } = await factor.beginVerification([])
      const xml = loginResponse(sender, addressee(show), login)
      const verdict = await factor.finishVerification(remember, answerTo(show, xml), async () => [held])
      if (!verdict.ok) throw new Error(verdict.reason)
      held = verdict.value.credential as never
      levels.push([verdict.value.credential.strength.identity, verdict.value.strength.identity])
    }
    expect(levels).toEqual([
      ['high', 'high'],
      ['high', 'substantial'],
    ])
  })

  test.each([
    ['RSASSA-PSS', {}],
    ['RSA-SHA256', { method: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256' }],
    ['no KeyInfo', { keyInfo: null }],
  ])('is taken with %s', async (_, options) => {
    expect((await federation().login(EID, { signAssertion: options, signResponse: options })).ok).toBe(true)
  })

  test.each([
    ['AES-256-GCM and OAEP with SHA-1', {}],
    ['AES-128-GCM', { content: 'http://www.w3.org/2009/xmlenc11#aes128-gcm', cipher: 'aes-128-gcm' }],
    ['OAEP with SHA-256', { transport: 'rsa-oaep' as const }],
    ['OAEP with SHA-1 by name', { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' }],
  ])('is taken with %s', async (_, encrypt) => {
    expect((await federation().login(EID, { encrypt })).ok).toBe(true)
  })

  test('is taken within a minute of skew either way', async () => {
    for (const skew of [-59 * SECOND, 59 * SECOND]) {
      const { factor, sender, addressee, answerTo } = federation()
      const { show, remember } = await factor.beginVerification([])
      const xml = loginResponse({ ...sender, now: () => NOON + skew }, addressee(show), EID)
      const verdict = await factor.finishVerification(remember, answerTo(show, xml), anyone)
      expect(verdict.ok).toBe(true)
    }
  })
})

describe('While certificates change', () => {
  const both = [keys.attacker.certificate, keys.identityProvider.certificate]

  test('an answer signed with any of the pinned ones is taken, KeyInfo or not', async () => {
    for (const certificates of [both, [...both].reverse()])
      for (const keyInfo of [null, keys.identityProvider.certificate]) {
        const options = { keyInfo }
        const verdict = await federation({ them: { certificates } }).login(EID, {
          signAssertion: options,
          signResponse: options,
        })
        expect(verdict.ok).toBe(true)
      }
  })

  test('an answer encrypted for any of our keys is opened, for another one it is not', async () => {
    const both = federation({ us: { encryption: [keys.signing, keys.encryption] } })
    expect((await both.login()).ok).toBe(true)
    const moved = federation({ us: { encryption: [keys.signing] } })
    expect(await moved.login()).toMatchObject(refused('decryption'))
  })
})

describe('An answer is refused', () => {
  const assertions: [string, string, (assertion: Tree) => Tree][] = [
    ['for another audience', 'audience', at('Audience', (a) => element(a.name, {}, 'https://other.example'))],
    [
      'for our audience with a slash more',
      'audience',
      at('Audience', (a) => element(a.name, {}, `${us.entityId}/`)),
    ],
    [
      'for our audience in other letters',
      'audience',
      at('Audience', (a) => element(a.name, {}, us.entityId.toUpperCase())),
    ],
    ['without an audience', 'audience', without('AudienceRestriction')],
    [
      'with a second audience restriction that is not for us',
      'audience',
      at('Conditions', (c) => ({
        ...c,
        children: [
          ...c.children,
          element('saml2:AudienceRestriction', {}, element('saml2:Audience', {}, 'https://other.example')),
        ],
      })),
    ],
    ['without conditions', 'structure', without('Conditions')],
    ['without an end', 'time', replaced('Conditions', { NotOnOrAfter: undefined })],
    ['that is over', 'time', replaced('Conditions', { NotOnOrAfter: iso(-61 * SECOND) })],
    ['that has not begun', 'time', replaced('Conditions', { NotBefore: iso(61 * SECOND) })],
    [
      'whose assertion is old',
      'time',
      (a) => ({ ...a, attributes: { ...a.attributes, IssueInstant: iso(-10 * MINUTE) } }),
    ],
    [
      'with another recipient',
      'recipient',
      replaced('SubjectConfirmationData', { Recipient: 'https://other.example' }),
    ],
    ['without a recipient', 'recipient', replaced('SubjectConfirmationData', { Recipient: undefined })],
    [
      'to another request in its confirmation',
      'in_response_to',
      replaced('SubjectConfirmationData', { InResponseTo: '_other' }),
    ],
    [
      'to no request in its confirmation',
      'in_response_to',
      replaced('SubjectConfirmationData', { InResponseTo: undefined }),
    ],
    [
      'whose confirmation has no end',
      'time',
      replaced('SubjectConfirmationData', { NotOnOrAfter: undefined }),
    ],
    [
      'whose confirmation is over',
      'time',
      replaced('SubjectConfirmationData', { NotOnOrAfter: iso(-61 * SECOND) }),
    ],
    [
      'whose confirmation begins later',
      'confirmation',
      replaced('SubjectConfirmationData', { NotBefore: iso(0) }),
    ],
    [
      'that its bearer does not confirm',
      'confirmation',
      replaced('SubjectConfirmation', { Method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }),
    ],
    ['of another issuer inside', 'issuer', at('Issuer', (i) => element(i.name, {}, 'https://evil.example'))],
    ['without a login', 'structure', without('AuthnStatement')],
    ['with two logins', 'structure', doubled('AuthnStatement')],
    [
      'with a login before it was asked for',
      'authn_instant',
      replaced('AuthnStatement', { AuthnInstant: iso(-61 * SECOND) }),
    ],
    [
      'with a login in the future',
      'authn_instant',
      replaced('AuthnStatement', { AuthnInstant: iso(61 * SECOND) }),
    ],
    [
      'with a session that is over',
      'time',
      replaced('AuthnStatement', { SessionNotOnOrAfter: iso(-61 * SECOND) }),
    ],
    [
      'with an instant in no time zone',
      'time',
      replaced('AuthnStatement', { AuthnInstant: '2026-11-24T12:00:00' }),
    ],
    ['without a bPK2', 'attributes', bpk2()],
    ['with an empty bPK2', 'attributes', bpk2('')],
    ['with a bPK2 of white space', 'attributes', bpk2('                    ')],
    ['with white space around the bPK2', 'attributes', bpk2(` ${BPK2}`)],
    ['with a bPK2 of 10 kB', 'attributes', bpk2('k'.repeat(10_240))],
    ['with two values of bPK2', 'attributes', bpk2(BPK2, 'x'.repeat(43))],
    ['with the same value of bPK2 twice', 'attributes', bpk2(BPK2, BPK2)],
    ['with bPK2 in two attributes', 'attributes', more(attribute('bPK2', OID.bpk2, 'x'.repeat(43)))],
    ['with a bPK2 by its friendly name alone', 'attributes', renamed(OID.bpk2, 'bPK2')],
    [
      'with a bPK2 under a name with a space',
      'attributes',
      renamed(OID.bpk2, OID.bpk2.replace('oid:', 'oid: ')),
    ],
    ['with a level in two attributes', 'attributes', more(attribute('x', OID.level, 'STORK-QAA-Level-4'))],
    ['by unknown means', 'means', valued(OID.provedBy, 'Diia')],
    ['by means in other letters', 'means', valued(OID.provedBy, 'eid')],
    ['by no means', 'means', renamed(OID.provedBy, 'x')],
    ...[
      'STORK-QAA-Level-9',
      'STORK-QAA-Level-30',
      'stork-qaa-level-4',
      'STORK-QAA-Level-4 ',
      '',
      'http://eidas.europa.eu/LoA/high',
    ].map((level): [string, string, (assertion: Tree) => Tree] => [
      `with the level "${level}"`,
      'level',
      at('AuthnContextClassRef', (c) => element(c.name, {}, level)),
    ]),
    ['with an unknown level in the attribute', 'level', valued(OID.level, 'STORK-QAA-Level-5')],
    [
      'with an unknown condition',
      'schema',
      at('Conditions', (c) => ({ ...c, children: [...c.children, element('saml2:Unknown')] })),
    ],
  ]
  test.each(assertions)('%s', async (_, cause, assertion) => {
    const { login } = federation()
    expect(await login(EID, { assertion })).toMatchObject(refused(cause))
    expect((await login(EID)).ok).toBe(true)
  })

  const envelopes: [string, string, (response: Tree) => Tree][] = [
    ['sent to another address', 'destination', root({ Destination: 'https://other.example/acs' })],
    ['sent to no address', 'destination', root({ Destination: undefined })],
    ['to another request', 'in_response_to', root({ InResponseTo: '_other' })],
    ['that nobody asked for', 'in_response_to', root({ InResponseTo: undefined })],
    ['that is ten minutes old', 'time', root({ IssueInstant: iso(-10 * MINUTE) })],
    ['of another issuer', 'issuer', at('Issuer', (i) => element(i.name, {}, 'https://evil.example'))],
    ['of no issuer', 'structure', without('Status')],
    ['whose status is unknown', 'structure', at('StatusCode', (c) => element(c.name, { Value: 'urn:x' }))],
    ['whose assertion is missing', 'structure', without('EncryptedAssertion')],
    ['with two assertions', 'structure', doubled('EncryptedAssertion')],
  ]
  test.each(envelopes)('%s', async (_, cause, response) => {
    const { login } = federation()
    const verdict = await login(EID, { response })
    if (cause === 'structure')
      expect(verdict).toMatchObject({ hint: { cause: expect.stringMatching(/structure|schema/) } })
    else expect(verdict).toMatchObject(refused(cause))
    expect((await login(EID)).ok).toBe(true)
  })

  test('to another ceremony, even of the same browser', async () => {
    const { factor, sender, addressee, answerTo } = federation()
    const [mine, other] = [await factor.beginVerification([]), await factor.beginVerification([])]
    const xml = loginResponse(sender, addressee(other.show), EID)
    expect(await factor.finishVerification(mine.remember, answerTo(mine.show, xml), anyone)).toMatchObject(
      refused('in_response_to'),
    )
    expect(await factor.finishVerification(mine.remember, answerTo(other.show, xml), anyone)).toMatchObject(
      refused('relay_state'),
    )
    expect((await factor.finishVerification(other.remember, answerTo(other.show, xml), anyone)).ok).toBe(true)
  })

  test('the second time', async () => {
    const { factor, sender, addressee, answerTo } = federation()
    const { show, remember } = await factor.beginVerification([])
    const answer = answerTo(show, loginResponse(sender, addressee(show), EID))
    expect((await factor.finishVerification(remember, answer, anyone)).ok).toBe(true)
    expect(await factor.finishVerification(remember, answer, anyone)).toMatchObject({
      ok: false,
      reason: 'replayed',
    })
  })

  test('with an assertion that was used before, in a new envelope', async () => {
    const { login } = federation()
    const assertion = (a: Tree) => ({ ...a, attributes: { ...a.attributes, ID: '_known' } })
    expect((await login(EID, { assertion })).ok).toBe(true)
    expect(await login(EID, { assertion })).toMatchObject({ ok: false, reason: 'replayed' })
  })
})

describe('The level', () => {
  test.each([
    [MFA, ELSTER, true],
    [MFA, { ...EID, means: 'Benutzername', level: 'STORK-QAA-Level-1' }, false],
    [HIGH, ELSTER, false],
    [HIGH, EID, true],
  ])('below what was asked is said to the person (%j by %j)', async (demand, login, enough) => {
    const verdict = await federation().login(login, {}, demand)
    expect(verdict.ok).toBe(enough)
    if (!enough) expect(verdict).toMatchObject({ reason: 'not_permitted', hint: { code: 'level' } })
  })

  test.each([
    ['STORK-QAA-Level-4', 'STORK-QAA-Level-1'],
    ['STORK-QAA-Level-1', 'STORK-QAA-Level-4'],
  ])('is the lower one where context says %s and attribute %s', async (context, said) => {
    const assertion = (a: Tree) =>
      valued(OID.level, said)(at('AuthnContextClassRef', (c) => element(c.name, {}, context))(a))
    expect(await federation().login(EID, { assertion }, HIGH)).toMatchObject({ hint: { code: 'level' } })
  })
})

describe('A login that did not happen', () => {
  test.each([
    ['AuthnFailed', 'cancelled', 'cancelled'],
    ['NoAuthnContext', 'not_permitted', 'level'],
    ['RequestDenied', 'wrong', 'failed'],
    ['Unheard', 'wrong', 'failed'],
  ])('with %s is %s', async (code, reason, hint) => {
    const { factor, sender, addressee, answerTo } = federation()
    const { show, remember } = await factor.beginVerification([])
    const xml = failureResponse(sender, addressee(show), code)
    const verdict = await factor.finishVerification(remember, answerTo(show, xml), async () => [])
    expect(verdict).toMatchObject({ ok: false, reason, hint: { code: hint } })
  })

  test('is believed when it is signed, only', async () => {
    const { factor, sender, addressee, answerTo } = federation()
    const { show, remember } = await factor.beginVerification([])
    const xml = failureResponse(sender, addressee(show), 'AuthnFailed', { signResponse: false })
    const verdict = await factor.finishVerification(remember, answerTo(show, xml), async () => [])
    expect(verdict).toMatchObject(refused('signature'))
  })

  test('is not turned into a success by changing its status', async () => {
    const { factor, sender, addressee, answerTo } = federation()
    const { show, remember } = await factor.beginVerification([])
    const xml = failureResponse(sender, addressee(show), 'AuthnFailed').replace(
      /status:(Requester|AuthnFailed)/g,
      'status:Success',
    )
    const verdict = await factor.finishVerification(remember, answerTo(show, xml), async () => [])
    expect(verdict).toMatchObject(refused('signature'))
  })
})

function iso(offset: number): string {
  return new Date(NOON + offset).toISOString()
}

function root(attributes: Record<string, string | undefined>): (tree: Tree) => Tree {
  return (tree) => element(tree.name, { ...tree.attributes, ...attributes }, ...tree.children)
}

function doubled(name: string): (tree: Tree) => Tree {
  return (tree) => {
    const twin = child(tree, name)
    return { ...tree, children: [...tree.children, twin] }
  }
}

function bpk2(...values: string[]): (tree: Tree) => Tree {
  return at('AttributeStatement', (statement) => ({
    ...statement,
    children: [
      ...statement.children.filter(
        (c) => typeof c === 'string' || 'raw' in c || c.attributes.Name !== OID.bpk2,
      ),
      ...(values.length > 0 ? [attribute('bPK2', OID.bpk2, ...values)] : []),
    ],
  }))
}

function more(extra: Tree): (tree: Tree) => Tree {
  return at('AttributeStatement', (statement) => ({ ...statement, children: [...statement.children, extra] }))
}

function renamed(name: string, other: string): (tree: Tree) => Tree {
  return at('Attribute', (one) =>
    one.attributes.Name === name
      ? element(one.name, { ...one.attributes, Name: other }, ...one.children)
      : one,
  )
}

function valued(name: string, value: string): (tree: Tree) => Tree {
  return at('Attribute', (one) => (one.attributes.Name === name ? attribute('x', name, value) : one))
}
