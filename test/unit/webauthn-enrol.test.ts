import { generateKeyPairSync } from 'node:crypto'
import { ATTESTATION_KEY, CERTIFICATE } from '../support/attestation.ts'
import { Authenticator, coseOf, FLAG, ORIGIN, optionsOn, RP_ID } from '../support/authenticator.ts'
import { account } from '../support/factor-drivers.ts'
import { DEFAULT_NAME, owner, person, webauthnWith } from '../support/passkey-person.ts'

const erika = account('a1', 'erika')
const max = account('a2', 'max')

describe('The set-up page', () => {
  test('asks for a discoverable, verifying passkey, forces no kind of authenticator and wants no attestation', async () => {
    const { show } = await webauthnWith().beginEnrolment(erika, [])
    expect(show).toMatchObject({
      as: 'page',
      view: 'factors/webauthn/enrol',
      data: {
        name: DEFAULT_NAME,
        length: { min: 3, max: 30 },
        count: 0,
        limit: 10,
        created: false,
        options: {
          rp: { id: RP_ID, name: 'Jobcenter' },
          user: { name: 'erika', displayName: 'erika' },
          pubKeyCredParams: [-7, -8, -257].map((alg) => ({ alg, type: 'public-key' })),
          authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
          attestation: 'none',
          hints: ['client-device', 'hybrid'],
          timeout: 300_000,
          excludeCredentials: [],
        },
      },
    })
    expect(optionsOn(show).authenticatorSelection).not.toHaveProperty('authenticatorAttachment')
    expect(Buffer.from(optionsOn(show).challenge, 'base64url')).toHaveLength(32)
  })

  test('names the passkeys the account has, so that one authenticator is not set up twice', async () => {
    const { factor, held } = await owner()
    const options = optionsOn((await factor.beginEnrolment(erika, [held()])).show)
    expect(options.excludeCredentials).toEqual([
      { id: held().externalId, type: 'public-key', transports: ['internal', 'hybrid'] },
    ])
  })

  test('gives each account one user handle that names nobody', async () => {
    const handle = async (who = erika, handleKey = Buffer.alloc(32, 7)) =>
      optionsOn((await webauthnWith({ handleKey }).beginEnrolment(who, [])).show).user.id
    expect(Buffer.from(await handle(), 'base64url')).toHaveLength(32)
    expect(await handle()).toBe(await handle())
    expect(await handle(max)).not.toBe(await handle())
    expect(await handle(erika, Buffer.alloc(32, 8))).not.toBe(await handle())
  })

  test('keeps the user handle of the passkeys there are when the key that makes handles changes', async () => {
    const { held } = await owner()
    const later = webauthnWith({ handleKey: Buffer.alloc(32, 8) })
    const { show } = await later.beginEnrolment(erika, [held()])
    expect(optionsOn(show).user.id).toBe(held().data.userHandle)
  })
})

describe('A new passkey', () => {
  test('is kept with all that later logins need', async () => {
    const { authenticator, enrol, held } = person({
      backupEligible: true,
      backedUp: true,
      counter: 3,
      aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4',
    })
    const { outcome } = await enrol()
    expect(outcome).toBe('ok')
    expect(held()).toMatchObject({
      externalId: authenticator.id,
      label: DEFAULT_NAME,
      strength: { kinds: ['possession', 'inherence'], amr: ['swk', 'user'], phishingResistant: true },
      data: {
        counter: 3,
        transports: ['internal', 'hybrid'],
        aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4',
        backupEligible: true,
        backedUp: true,
        rpId: RP_ID,
        userHandle: authenticator.userHandle,
      },
    })
  })

  test('tells pages who keeps it and whether it is synced', async () => {
    const { factor, enrol, held } = person({
      backupEligible: true,
      aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4',
    })
    await enrol()
    expect(factor.describe?.(held().data)).toEqual({
      provider: 'Google Password Manager',
      synced: true,
      backedUp: false,
    })
    const unknown = await owner()
    expect(unknown.factor.describe?.(unknown.held().data)).toMatchObject({ provider: null, synced: false })
  })

  test('may sign for itself instead of saying nothing of its make', async () => {
    expect((await person().enrol({ fmt: 'packed' })).outcome).toBe('ok')
  })
})

describe('A creation that does not fit is refused:', () => {
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey
  const rsa = (modulusLength: number, publicExponent = 65_537) =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey
  const offCurve = coseOf(ec('P-256')).set(-3, new Uint8Array(32).fill(1))
  const withoutX = new Map([...coseOf(ec('P-256'))].filter(([label]) => label !== -2))

  test.each([
    ['from a frame in another site', { clientData: { crossOrigin: true } }],
    ['with a top origin', { clientData: { topOrigin: ORIGIN } }],
    ['for another relying party', { rpId: 'evil.example' }],
    ['of a person who was not verified', { flags: FLAG.up }],
    ['of a person who was not there', { flags: FLAG.uv }],
    ['that is a login', { clientData: { type: 'webauthn.get' } }],
    ['synced, though it cannot be', { flags: FLAG.up | FLAG.uv | FLAG.bs }],
    ['with bytes left over', { extra: Buffer.from([0]) }],
    ['with an id that is not the one signed', { json: { id: 'AAAA', rawId: 'AAAA' } }],
    ['with a statement where there should be none', { attStmt: new Map([['sig', new Uint8Array(8)]]) }],
    ['of an unknown format', { fmt: 'made-up' }],
    [
      'with a certificate, which nobody asked for',
      { fmt: 'packed', x5c: [new Uint8Array(CERTIFICATE)], signer: ATTESTATION_KEY },
    ],
    ['of a format with certificates', { fmt: 'tpm' }],
    ['signed for itself by another key', { fmt: 'packed', signer: new Authenticator().privateKey }],
    ['of a curve that was not offered', { coseKey: coseOf(ec('P-384'), -35) }],
    ['of the wrong curve under a right name', { coseKey: coseOf(ec('P-384'), -7) }],
    ['of an RSA key under the name of ES256', { coseKey: coseOf(rsa(2048), -7) }],
    ['of RSA with 1024 bits', { coseKey: coseOf(rsa(1024)) }],
    ['of RSA with 5120 bits', { coseKey: coseOf(rsa(5120)) }],
    ['of RSA with an exponent of 3', { coseKey: coseOf(rsa(2048, 3)) }],
    ['of RSA with SHA-1', { coseKey: coseOf(rsa(2048), -65_535) }],
    [
      'of ML-DSA, which was not offered',
      {
        coseKey: new Map<number, unknown>([
          [1, 7],
          [3, -48],
          [-1, new Uint8Array(1312)],
        ]),
      },
    ],
    ['of a point that is not on the curve', { coseKey: offCurve }],
    ['of a key without its point', { coseKey: withoutX as Map<number, unknown> }],
    ['with a credential id too long', { credentialId: Buffer.alloc(1024, 1) }],
    ['with no key at all', { coseKey: new Map<number, unknown>() }],
  ])('%s', async (_, forged) => {
    const { verdict } = await person().enrol(forged)
    expect(verdict).toMatchObject({ ok: false, reason: 'wrong', hint: { code: 'failed' } })
  })

  test.each([
    'https://evil.example',
    'http://sso.example',
    'https://sso.example:444',
    'https://a.sso.example',
  ])('of the origin %s', async (origin) => {
    expect((await person().enrol({ clientData: { origin } })).outcome).toBe('origin')
  })

  test('to another challenge: of a login, of another account, or an earlier one', async () => {
    const { factor, held, authenticator } = await owner()
    const other = new Authenticator()
    const { remember } = await factor.beginEnrolment(erika, [])
    for (const { show } of [await factor.beginEnrolment(max, []), await factor.beginEnrolment(erika, [])]) {
      const verdict = await factor.finishEnrolment(remember, other.create(show))
      expect(verdict).toMatchObject({ ok: false, reason: 'wrong', hint: { code: 'stale' } })
    }
    const login = await factor.beginVerification([held()])
    expect(await factor.finishEnrolment(login.remember, authenticator.get(login.show))).toEqual({
      ok: false,
      reason: 'expired',
    })
  })
})

describe('A set-up that is broken off', () => {
  test.each([
    ['NotAllowedError', 'not_created'],
    ['InvalidStateError', 'exists'],
    ['JavaScriptNotEnabled', 'nojs'],
    ['NotSupportedError', 'nosupport'],
    ['ConstraintError', 'nolock'],
    ['SecurityError', 'origin'],
    ['EncodingError', 'failed'],
  ])('by %s says so and loses nothing: neither challenge nor name', async (authenticationError, code) => {
    const factor = webauthnWith()
    const { remember, show } = await factor.beginEnrolment(erika, [])
    const broken = { authenticationError, credential: '', name: 'Handy' }
    const verdict = await factor.finishEnrolment(remember, broken)
    if (verdict.ok) throw new Error('nothing was made')
    expect(verdict).toMatchObject({ reason: 'cancelled', hint: { code } })
    const retry = factor.state.parse(JSON.parse(JSON.stringify(verdict.retry)))
    const again = await factor.resume(retry, 'enrol')
    expect(optionsOn(again)).toEqual(optionsOn(show))
    expect(again).toMatchObject({ data: { name: 'Handy', created: false } })
    const made = await factor.finishEnrolment(retry, { ...new Authenticator().create(again), name: 'Handy' })
    expect(made).toMatchObject({ ok: true, value: { label: 'Handy' } })
  })
})

describe('A passkey that was made, but with a name that is refused,', () => {
  const halfway = async () => {
    const factor = webauthnWith()
    const authenticator = new Authenticator()
    const { remember, show } = await factor.beginEnrolment(erika, [])
    const verdict = await factor.finishEnrolment(remember, {
      ...authenticator.create(show),
      name: 'Mein Handy',
    })
    if (verdict.ok || !verdict.retry) throw new Error('the name was taken')
    return {
      factor,
      authenticator,
      show,
      verdict,
      retry: factor.state.parse(JSON.parse(JSON.stringify(verdict.retry))),
    }
  }

  test('is not made again: the name alone is asked for, and named by what is wrong with it', async () => {
    const { factor, authenticator, verdict, retry } = await halfway()
    expect(verdict).toMatchObject({ reason: 'malformed', hint: { code: 'space', field: 'name' } })
    expect(await factor.resume(retry, 'enrol')).toMatchObject({ data: { created: true, name: 'Mein Handy' } })
    const done = await factor.finishEnrolment(retry, {
      name: 'MeinHandy',
      authenticationError: 'JavaScriptNotEnabled',
    })
    expect(done).toMatchObject({ ok: true, value: { label: 'MeinHandy', externalId: authenticator.id } })
  })

  test('may be replaced by another one nevertheless', async () => {
    const { factor, show, retry } = await halfway()
    const second = new Authenticator()
    const done = await factor.finishEnrolment(retry, { ...second.create(show), name: 'Neu' })
    expect(done).toMatchObject({ ok: true, value: { externalId: second.id } })
  })

  test('is not kept where the passkey itself was refused', async () => {
    const { factor, retry, show } = await halfway()
    const verdict = await factor.finishEnrolment(
      retry,
      new Authenticator().create(show, { rpId: 'evil.example' }),
    )
    expect(verdict).toMatchObject({ ok: false, reason: 'wrong' })
  })
})

describe('On a computer that others use', () => {
  test('a passkey of the computer itself is not taken, one of a phone is', async () => {
    const factor = webauthnWith()
    for (const [authenticatorAttachment, taken] of [
      ['platform', false],
      ['cross-platform', true],
    ] as const) {
      const { show, remember } = await factor.beginEnrolment(erika, [], { shared: true })
      const answer = new Authenticator().create(show, { json: { authenticatorAttachment } })
      const verdict = await factor.finishEnrolment(remember, answer)
      expect([verdict.ok, !verdict.ok && verdict.hint?.code]).toEqual([taken, taken ? false : 'shared'])
    }
  })
})
