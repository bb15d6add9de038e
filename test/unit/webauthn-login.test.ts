import { FLAG, ORIGIN, optionsOn, RP_ID } from '../support/authenticator.ts'
import { account } from '../support/factor-drivers.ts'
import { only, owner } from '../support/passkey-person.ts'

const max = account('a2', 'max')

describe('A passkey', () => {
  test.each(['ES256', 'EdDSA', 'RS256'] as const)(
    'of %s signs in, with and without a name before',
    async (algorithm) => {
      const { login } = await owner({ algorithm })
      expect((await login()).outcome).toBe('ok')
      expect((await login({}, { anonymous: true })).outcome).toBe('ok')
    },
  )

  test('alone is two kinds of proof, cannot be phished, and says whether its key is bound to hardware', async () => {
    const strength = { kinds: ['possession', 'inherence'], phishingResistant: true, identity: 'none' }
    const bound = await (await owner()).login()
    expect(bound.verdict).toMatchObject({ value: { strength: { ...strength, amr: ['hwk', 'user'] } } })
    const synced = await (await owner({ backupEligible: true, backedUp: true })).login()
    expect(synced.verdict).toMatchObject({ value: { strength: { ...strength, amr: ['swk', 'user'] } } })
  })

  test('is asked for with user verification, by this account or by anybody', async () => {
    const { factor, held } = await owner()
    const known = optionsOn((await factor.beginVerification([held()])).show)
    expect(known).toMatchObject({
      rpId: RP_ID,
      userVerification: 'required',
      hints: ['client-device', 'hybrid'],
      timeout: 300_000,
      allowCredentials: [{ id: held().externalId, type: 'public-key', transports: ['internal', 'hybrid'] }],
    })
    const anybody = optionsOn((await factor.beginVerification([])).show)
    expect(anybody.allowCredentials).toEqual([])
    expect(anybody.challenge).not.toBe(known.challenge)
    expect(Buffer.from(anybody.challenge, 'base64url')).toHaveLength(32)
  })
})

describe('An answer that does not fit is refused:', () => {
  const wrongOrigins = [
    'https://evil.example',
    'https://sso.example:8443',
    'https://login.sso.example',
    'http://sso.example',
    'https://sso.example/',
    'https://sso.example.evil.example',
    'null',
    '',
  ]
  test.each(wrongOrigins)('of the origin „%s“', async (origin) => {
    const { login } = await owner()
    expect((await login({ clientData: { origin } })).outcome).toBe('origin')
  })

  test.each([
    ['from a frame in another site', { clientData: { crossOrigin: true } }],
    ['with a top origin', { clientData: { topOrigin: 'https://evil.example' } }],
    ['from a frame, its top origin named', { clientData: { crossOrigin: true, topOrigin: ORIGIN } }],
    ['for another relying party', { rpId: 'evil.example' }],
    ['for a subdomain', { rpId: `login.${RP_ID}` }],
    ['of a person who was not verified', { flags: FLAG.up }],
    ['of a person who was not there', { flags: FLAG.uv }],
    ['that is a creation', { clientData: { type: 'webauthn.create' } }],
    ['that is a payment', { clientData: { type: 'payment.get' } }],
    ['by a key that became one that may be synced', { flags: FLAG.up | FLAG.uv | FLAG.be }],
    ['synced, though it cannot be', { flags: FLAG.up | FLAG.uv | FLAG.bs }],
    ['with bytes left over', { extra: Buffer.from([0]) }],
    ['with extension data announced, but none there', { flags: FLAG.up | FLAG.uv | FLAG.ed }],
    ['with a user handle of somebody else', { userHandle: Buffer.alloc(32, 1).toString('base64url') }],
    ['whose id and raw id differ', { json: { rawId: 'AAAA' } }],
    ['of another kind of credential', { json: { type: 'password' } }],
    ['without a signature', { response: { signature: '' } }],
    [
      'with the signature of other data',
      { response: { signature: Buffer.alloc(70, 48).toString('base64url') } },
    ],
    ['whose authenticator data are cut', { response: { authenticatorData: 'AAAA' } }],
    ['whose client data are no JSON', { rawClientData: '{' }],
    ['whose client data are null', { rawClientData: 'null' }],
  ])('%s', async (_, forged) => {
    const { login } = await owner()
    const { outcome, verdict } = await login(forged)
    expect(outcome).toBe('failed')
    expect(verdict).not.toHaveProperty('retry')
    expect((await login()).outcome).toBe('ok')
  })

  test('tampered with, in any byte of what is signed', async () => {
    const { factor, authenticator, held } = await owner()
    const { show, remember } = await factor.beginVerification([held()])
    const { credential = '' } = authenticator.get(show)
    const honest = JSON.parse(credential)
    const data = Buffer.from(honest.response.authenticatorData, 'base64url')
    for (let at = 0; at < data.length; at++) {
      const bent = Buffer.from(data)
      bent[at] = (bent[at] ?? 0) ^ 1
      const response = { ...honest.response, authenticatorData: bent.toString('base64url') }
      const verdict = await factor.finishVerification(
        remember,
        { credential: JSON.stringify({ ...honest, response }) },
        only(held()),
      )
      expect([at, verdict]).toMatchObject([at, { ok: false, reason: 'wrong' }])
      expect(verdict).not.toHaveProperty('suspend')
    }
    expect((await factor.finishVerification(remember, { credential }, only(held()))).ok).toBe(true)
  })

  test('to an earlier challenge, or one of another ceremony', async () => {
    const { factor, login, held, authenticator, who } = await owner()
    const { answer } = await login()
    const { remember, show } = await factor.beginVerification([held()])
    const replayed = await factor.finishVerification(remember, answer, only(held()))
    expect(replayed).toMatchObject({ ok: false, reason: 'wrong', hint: { code: 'stale' } })

    const enrolment = await factor.beginEnrolment(who, [])
    const right = authenticator.get(show)
    expect(await factor.finishVerification(enrolment.remember, right, only(held()))).toEqual({
      ok: false,
      reason: 'expired',
    })
  })

  test("to another account's challenge", async () => {
    const [erika, other] = [await owner(), await owner({}, {}, max)]
    const asked = await erika.factor.beginVerification([erika.held()])
    const answered = await erika.factor.beginVerification([other.held()])
    const verdict = await erika.factor.finishVerification(
      asked.remember,
      other.authenticator.get(answered.show),
      only(erika.held(), other.held()),
    )
    expect(verdict).toMatchObject({ ok: false, hint: { code: 'stale' } })
  })

  test("by another account's passkey, even where a store gave it out", async () => {
    const [erika, other] = [await owner(), await owner({}, {}, max)]
    const { show, remember } = await erika.factor.beginVerification([erika.held()])
    const answer = other.authenticator.get(show)
    const verdict = await erika.factor.finishVerification(remember, answer, only(erika.held(), other.held()))
    expect(verdict).toMatchObject({ ok: false, reason: 'wrong' })
  })

  test('without a user handle where nobody is known yet, though it may be left out where the account is', async () => {
    const { login } = await owner()
    expect((await login({ userHandle: undefined }, { anonymous: true })).outcome).toBe('failed')
    expect((await login({ userHandle: undefined })).outcome).toBe('ok')
  })
})

describe('A passkey that belongs to no account', () => {
  test('is named, so that the browser can be told to offer it no more', async () => {
    const { login, held } = await owner()
    const { verdict } = await login({}, { anonymous: true, find: only() })
    expect(verdict).toEqual({
      ok: false,
      reason: 'unknown_credential',
      hint: { code: 'unknown', params: { credential: held().externalId } },
    })
  })

  test('is not named beside a typed name: it may be a good one of another account', async () => {
    const { login } = await owner()
    const other = await owner({}, {}, max)
    // Beside a name the host finds that account's passkeys, whatever is asked for.
    const find = async () => [other.held()]
    const { verdict } = await login({}, { anonymous: true, find, more: { identifier: 'max' } })
    expect(verdict).toEqual({ ok: false, reason: 'wrong', hint: { code: 'failed' } })
  })

  test('an outage of the store is no refusal', async () => {
    const { login } = await owner()
    const find = () => Promise.reject(new Error('store is down'))
    await expect(login({}, { find })).rejects.toThrow('store is down')
  })
})

describe('The signature counter', () => {
  test('rises and is kept', async () => {
    const { login, held } = await owner({ counter: 5 })
    expect(held().data.counter).toBe(5)
    expect((await login()).outcome).toBe('ok')
    expect(held().data.counter).toBe(6)
    expect((await login({ counter: 0xffffffff })).outcome).toBe('ok')
    expect(held().data.counter).toBe(0xffffffff)
  })

  test('may be missing: 0 stays 0', async () => {
    const { login } = await owner()
    for (let n = 0; n < 3; n++) expect((await login({ counter: 0 })).outcome).toBe('ok')
  })

  test.each([4, 1, 0, 5])('of 5 followed by %i suspends the passkey', async (counter) => {
    const { login, held } = await owner({ counter: 5 })
    expect((await login({ counter })).verdict).toEqual({
      ok: false,
      reason: 'replayed',
      hint: { code: 'counter' },
      suspend: held().id,
    })
  })

  test('that goes back suspends nothing where the signature is not right: nobody can suspend another', async () => {
    const { login } = await owner({ counter: 5 })
    const stranger = await owner()
    const { verdict } = await login({ counter: 1, signer: stranger.authenticator.privateKey })
    expect(verdict).toEqual({ ok: false, reason: 'wrong', hint: { code: 'failed' } })
  })
})

describe('The backup state', () => {
  test('is kept up to date', async () => {
    const { login, held } = await owner({ backupEligible: true })
    expect(held().data).toMatchObject({ backupEligible: true, backedUp: false })
    const base = FLAG.up | FLAG.uv | FLAG.be
    await login({ flags: base | FLAG.bs })
    expect(held().data.backedUp).toBe(true)
    await login({ flags: base })
    expect(held().data.backedUp).toBe(false)
  })

  test('never turns a key that may be synced into one that may not', async () => {
    const { login } = await owner({ backupEligible: true })
    expect((await login({ flags: FLAG.up | FLAG.uv })).outcome).toBe('failed')
  })
})

describe('A login that is broken off', () => {
  test.each([
    ['NotAllowedError', 'cancel'],
    ['AbortError', 'cancel'],
    ['TimeoutError', 'cancel'],
    ['JavaScriptNotEnabled', 'nojs'],
    ['NotSupportedError', 'nosupport'],
    ['ConstraintError', 'nolock'],
    ['SecurityError', 'origin'],
    ['InvalidStateError', 'failed'],
    ['UnknownError', 'failed'],
    ['constructor', 'failed'],
    ['', 'failed'],
  ])('by %s says so, and the same challenge may be answered after all', async (authenticationError, code) => {
    const { factor, authenticator, held } = await owner()
    const { show, remember } = await factor.beginVerification([held()])
    const verdict = await factor.finishVerification(remember, { authenticationError }, only(held()))
    expect(verdict).toEqual({ ok: false, reason: 'cancelled', hint: { code }, retry: remember })
    const again = await factor.finishVerification(remember, authenticator.get(show), only(held()))
    expect(again.ok).toBe(true)
  })
})

describe('Related origins', () => {
  const origins = [ORIGIN, 'https://jobcenter.example']

  test('are published and may ask', async () => {
    const { factor, login } = await owner({}, { origins })
    const document = factor.documents?.['/.well-known/webauthn']?.()
    expect(document?.type).toBe('application/json')
    expect(JSON.parse(document?.body ?? '')).toEqual({ origins })
    expect((await login({ clientData: { origin: 'https://jobcenter.example' } })).outcome).toBe('ok')
    expect((await login({ clientData: { origin: 'https://evil.example' } })).outcome).toBe('origin')
  })

  test('are no document where there are none', async () => {
    expect((await owner()).factor.documents).toBeUndefined()
  })
})
