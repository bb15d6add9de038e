import { attribute, loginResponse, OID } from '../../demo/bundid/saml/response.ts'
import { element, type Tree } from '../../demo/bundid/saml/tree.ts'
import { anyone, BPK2, EID, NOON, us, usual } from '../support/bundid.ts'
import { at, child, replaced, valued, without } from '../support/saml/edit.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** The one point of each case: the verdict on a good answer with nothing but this changed. */
const refused = (cause: string) => ({ ok: false, reason: 'wrong', hint: { code: 'failed', cause } })

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
    const { login } = usual
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
    const { login } = usual
    const verdict = await login(EID, { response })
    if (cause === 'structure')
      expect(verdict).toMatchObject({ hint: { cause: expect.stringMatching(/structure|schema/) } })
    else expect(verdict).toMatchObject(refused(cause))
    expect((await login(EID)).ok).toBe(true)
  })

  test('to another ceremony, even of the same browser', async () => {
    const { factor, sender, addressee, answerTo } = usual
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
    const { factor, sender, addressee, answerTo } = usual
    const { show, remember } = await factor.beginVerification([])
    const answer = answerTo(show, loginResponse(sender, addressee(show), EID))
    expect((await factor.finishVerification(remember, answer, anyone)).ok).toBe(true)
    expect(await factor.finishVerification(remember, answer, anyone)).toMatchObject({
      ok: false,
      reason: 'replayed',
    })
  })

  test('with an assertion that was used before, in a new envelope', async () => {
    const { login } = usual
    const assertion = (a: Tree) => ({ ...a, attributes: { ...a.attributes, ID: '_known' } })
    expect((await login(EID, { assertion })).ok).toBe(true)
    expect(await login(EID, { assertion })).toMatchObject({ ok: false, reason: 'replayed' })
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
