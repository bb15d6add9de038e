import { failureResponse, loginResponse, OID } from '../../demo/bundid/saml/response.ts'
import { element, type Tree } from '../../demo/bundid/saml/tree.ts'
import { anyone, BPK2, EID, ELSTER, federation, keys, NOON, requestIn, usual } from '../support/bundid.ts'
import { at, valued } from '../support/saml/edit.ts'

const SECOND = 1_000
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
    const verdict = await usual.login({ bpk2: BPK2, means, level })
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
    const { factor, sender, addressee, answerTo } = usual
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
    expect((await usual.login(EID, { signAssertion: options, signResponse: options })).ok).toBe(true)
  })

  test.each([
    ['AES-256-GCM and OAEP with SHA-1', {}],
    ['AES-128-GCM', { content: 'http://www.w3.org/2009/xmlenc11#aes128-gcm', cipher: 'aes-128-gcm' }],
    ['OAEP with SHA-256', { transport: 'rsa-oaep' as const }],
    ['OAEP with SHA-1 by name', { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' }],
  ])('is taken with %s', async (_, encrypt) => {
    expect((await usual.login(EID, { encrypt })).ok).toBe(true)
  })

  test('is taken within a minute of skew either way', async () => {
    for (const skew of [-59 * SECOND, 59 * SECOND]) {
      const { factor, sender, addressee, answerTo } = usual
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

describe('The level', () => {
  test.each([
    [MFA, ELSTER, true],
    [MFA, { ...EID, means: 'Benutzername', level: 'STORK-QAA-Level-1' }, false],
    [HIGH, ELSTER, false],
    [HIGH, EID, true],
  ])('below what was asked is said to the person (%j by %j)', async (demand, login, enough) => {
    const verdict = await usual.login(login, {}, demand)
    expect(verdict.ok).toBe(enough)
    if (!enough) expect(verdict).toMatchObject({ reason: 'not_permitted', hint: { code: 'level' } })
  })

  test.each([
    ['STORK-QAA-Level-4', 'STORK-QAA-Level-1'],
    ['STORK-QAA-Level-1', 'STORK-QAA-Level-4'],
  ])('is the lower one where context says %s and attribute %s', async (context, said) => {
    const assertion = (a: Tree) =>
      valued(OID.level, said)(at('AuthnContextClassRef', (c) => element(c.name, {}, context))(a))
    expect(await usual.login(EID, { assertion }, HIGH)).toMatchObject({ hint: { code: 'level' } })
  })
})

describe('A user name with a second factor at BundID', () => {
  const login = { bpk2: BPK2, means: 'Benutzername', level: 'STORK-QAA-Level-1' }
  const about = { [OID.mfa]: 'true' }

  test('is asked for, and counts as two kinds, where the operator says so; identity it proves none', async () => {
    const { factor, login: logIn } = federation({ us: { usernameMfa: true } })
    const { show } = await factor.beginVerification([], { demand: MFA })
    expect(requestIn(show)).toContain(`Name="${OID.mfa}"`)
    expect(requestIn(show)).toContain('STORK-QAA-Level-1')
    const strength = { kinds: ['possession', 'knowledge'], identity: 'none' }
    expect(await logIn({ ...login, about }, {}, MFA)).toMatchObject({ value: { strength } })
    expect(factor.alternatives).toContainEqual(expect.objectContaining(strength))
  })

  test.each([{}, { [OID.mfa]: 'false' }, { [OID.mfa]: 'TRUE' }])(
    'is one kind without the word of BundID (case %#): what is missing is asked for here',
    async (about) => {
      const verdict = await federation({ us: { usernameMfa: true } }).login({ ...login, about }, {}, MFA)
      expect(verdict).toMatchObject({ ok: true, value: { strength: { kinds: ['knowledge'], amr: ['pwd'] } } })
    },
  )

  test('is one kind where the operator says nothing, and too little where two are asked for', async () => {
    expect(await usual.login({ ...login, about })).toMatchObject({
      value: { strength: { kinds: ['knowledge'] } },
    })
    expect(await usual.login({ ...login, about }, {}, MFA)).toMatchObject({ hint: { code: 'level' } })
    expect(requestIn((await usual.factor.beginVerification([], { demand: MFA })).show)).not.toContain(OID.mfa)
  })
})

describe('A login that did not happen', () => {
  test.each([
    ['AuthnFailed', 'cancelled', 'cancelled'],
    ['NoAuthnContext', 'not_permitted', 'level'],
    ['RequestDenied', 'not_permitted', 'denied'],
    ['Unheard', 'wrong', 'failed'],
  ])('with %s is %s', async (code, reason, hint) => {
    const { factor, sender, addressee, answerTo } = usual
    const { show, remember } = await factor.beginVerification([])
    const xml = failureResponse(sender, addressee(show), code)
    const verdict = await factor.finishVerification(remember, answerTo(show, xml), async () => [])
    expect(verdict).toMatchObject({ ok: false, reason, hint: { code: hint } })
  })

  test('because the other side broke down is told apart from an answer that is wrong', async () => {
    const { factor, sender, addressee, answerTo } = usual
    const { show, remember } = await factor.beginVerification([])
    const xml = failureResponse(sender, addressee(show), 'Unheard', {
      response: at('StatusCode', (one) =>
        element(one.name, { Value: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }),
      ),
    })
    const verdict = await factor.finishVerification(remember, answerTo(show, xml), async () => [])
    expect(verdict).toMatchObject({ reason: 'not_permitted', hint: { code: 'outage' }, retry: remember })
  })

  test('is believed when it is signed, only', async () => {
    const { factor, sender, addressee, answerTo } = usual
    const { show, remember } = await factor.beginVerification([])
    const xml = failureResponse(sender, addressee(show), 'AuthnFailed', { signResponse: false })
    const verdict = await factor.finishVerification(remember, answerTo(show, xml), async () => [])
    expect(verdict).toMatchObject(refused('signature'))
  })

  test('is not turned into a success by changing its status', async () => {
    const { factor, sender, addressee, answerTo } = usual
    const { show, remember } = await factor.beginVerification([])
    const xml = failureResponse(sender, addressee(show), 'AuthnFailed').replace(
      /status:(Requester|AuthnFailed)/g,
      'status:Success',
    )
    const verdict = await factor.finishVerification(remember, answerTo(show, xml), async () => [])
    expect(verdict).toMatchObject(refused('signature'))
  })
})
