import { randomBytes } from 'node:crypto'
import { createTotp } from '../../src/factors/totp/index.ts'
import { codeOnPhone } from '../support/phone.ts'
import { erika, NOON, person, STEP } from '../support/totp-person.ts'

const WRONG = '000000'

describe('Setting TOTP up', () => {
  test('makes a secret of 160 random bits', async () => {
    const totp = createTotp({ most: 1, issuer: () => 'Jobcenter', now: () => NOON, random: randomBytes })
    const secrets = await Promise.all(
      [1, 2, 3].map(async () => (await totp.beginEnrolment(erika, [])).remember?.secret),
    )
    expect(new Set(secrets).size).toBe(3)
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/)
  })

  test('shows QR code, address, account name and the key in groups of four', async () => {
    const { begun, secret } = await person()
    const { show } = begun
    if (show.as !== 'page') throw new Error('not a page')
    const { qr, uri, issuer, account, key } = show.data
    expect(show.view).toBe('factors/totp/enrol')
    expect(uri).toBe(`otpauth://totp/Jobcenter:erika?secret=${secret}&issuer=Jobcenter`)
    expect(issuer).toBe('Jobcenter')
    expect(account).toContain('erika')
    expect(key).toEqual(secret.match(/.{4}/g))
    expect(qr).toMatch(/^<svg [^>]*viewBox=/)
    expect(qr).not.toMatch(/style|script|href|on\w+=/)
  })

  test('writes a name apps can read whatever is in it', async () => {
    const totp = createTotp({
      most: 1,
      issuer: () => 'Jobcenter: Halle (Saale)',
      now: () => NOON,
      random: randomBytes,
    })
    const { show } = await totp.beginEnrolment({ ...erika, username: 'a:b?c&d=e+f@müller.de' }, [])
    if (show.as !== 'page') throw new Error('not a page')
    const uri = new URL(String(show.data.uri))
    const label = decodeURIComponent(uri.pathname.replace(/^\/+(totp\/)?/, ''))
    expect(label.split(':')).toHaveLength(2)
    expect(label).toContain('?c&d=e+f@müller.de')
    expect(String(show.data.uri)).not.toContain('+')
    expect(uri.searchParams.get('issuer')).toBe(label.split(':')[0])
  })

  test('shows the same secret again on a reload', async () => {
    const { totp, begun, state } = await person()
    expect(await totp.resume(totp.state.parse(state()), 'enrol')).toEqual(begun.show)
  })

  test('takes the secret from the state alone, never from the form', async () => {
    const { enrol, secret, shown, totp, state } = await person()
    const foreign = 'A'.repeat(32)
    const answer = { code: codeOnPhone(foreign, NOON), secret: foreign }
    expect(await totp.finishEnrolment(state(), answer)).toMatchObject({ ok: false, reason: 'wrong' })
    const verdict = await enrol(shown())
    expect(verdict).toMatchObject({ ok: true, value: { data: { secret } } })
  })

  test.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['12345', 'format'],
    ['1234567', 'format'],
    ['12a456', 'format'],
    ['1234-5', 'format'],
    ['１２３４５', 'format'],
    ['9'.repeat(4096), 'format'],
  ])('names what is wrong with a code (case %#) and lets it be typed again', async (code, hint) => {
    const { enrol, state } = await person()
    const before = state()
    expect(await enrol(code)).toEqual({
      ok: false,
      reason: 'malformed',
      hint: { code: hint, field: 'code' },
      retry: before,
    })
  })

  test.each([
    ['in two groups', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['with spaces around', (code: string) => `\t${code} \u00a0`],
    ['in full-width digits', (code: string) => inDigitsOf(0xff10, code)],
    ['in Arabic digits', (code: string) => inDigitsOf(0x0660, code)],
    ['in Persian digits', (code: string) => inDigitsOf(0x06f0, code)],
    ['with the invisible marks of a copied line', (code: string) => `\u200e${code}\u202c`],
  ])('takes a code that is typed %s', async (_, written) => {
    const { enrol, shown } = await person()
    expect((await enrol(written(shown()))).ok).toBe(true)
  })

  test('points to the clock after the second wrong code', async () => {
    const { enrol } = await person()
    expect(await enrol(WRONG)).toMatchObject({
      ok: false,
      reason: 'wrong',
      hint: { code: 'wrong', field: 'code' },
    })
    expect(await enrol(WRONG)).toMatchObject({
      ok: false,
      reason: 'wrong',
      hint: { code: 'clock', field: 'code' },
    })
    expect((await enrol()).ok).toBe(true)
  })

  test('is over where no state is left', async () => {
    const { totp, shown } = await person()
    expect(await totp.finishEnrolment(null, { code: shown() })).toEqual({ ok: false, reason: 'expired' })
  })

  test('spends the code: it does not work again at the login that follows', async () => {
    const { enrol, login, shown, pass } = await person()
    const code = shown()
    await enrol(code)
    expect(await login(code)).toBe('replayed')
    pass(STEP)
    expect(await login(code)).toBe('replayed')
    expect(await login()).toBe('ok')
  })
})

describe('A code at sign-in', () => {
  const enrolled = async (options = {}) => {
    const someone = await person(options)
    await someone.enrol()
    someone.pass(10 * STEP)
    return someone
  }

  test('is taken, in groups too', async () => {
    const { login, shown } = await enrolled()
    const code = shown()
    expect(await login(`${code.slice(0, 3)} ${code.slice(3)}`)).toBe('ok')
  })

  test.each([
    [-2, 'wrong'],
    [-1, 'ok'],
    [0, 'ok'],
    [1, 'ok'],
    [2, 'wrong'],
  ])('%i steps away is %s', async (steps, outcome) => {
    const { login, secret, credential } = await enrolled()
    const code = codeOnPhone(secret, NOON + (10 + steps) * STEP)
    expect(await login(code)).toBe(outcome)
    expect(credential()?.data.secret).toBe(secret)
  })

  test('works once', async () => {
    const { login, shown, pass } = await enrolled()
    const code = shown()
    expect(await login(code)).toBe('ok')
    expect(await login(code)).toBe('replayed')
    pass(STEP)
    expect(await login(code)).toBe('replayed')
  })

  test('is refused where a newer one was used before', async () => {
    const { login, shown, pass } = await enrolled()
    const older = shown()
    pass(STEP)
    expect(await login()).toBe('ok')
    expect(await login(older)).toBe('replayed')
  })

  test.each([
    ['', 'empty'],
    ['12345', 'format'],
    ['abcdef', 'format'],
  ])('%j is malformed', async (code, hint) => {
    const { totp, credential } = await enrolled()
    const held = credential()
    const verdict = await totp.finishVerification(null, { code }, async () => (held ? [held] : []))
    expect(verdict).toEqual({ ok: false, reason: 'malformed', hint: { code: hint, field: 'code' } })
  })

  test('is shown to the person by the name the app lists it under', async () => {
    const { totp } = await enrolled()
    const { show, remember } = await totp.beginVerification([])
    expect(remember).toBeNull()
    expect(show).toEqual({ as: 'page', view: 'factors/totp/verify', data: { issuer: 'Jobcenter' } })
  })
})

const inDigitsOf = (zero: number, code: string): string =>
  [...code].map((digit) => String.fromCodePoint(zero + Number(digit))).join('')
