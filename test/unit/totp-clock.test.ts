import fc from 'fast-check'
import { codeOnPhone } from '../support/phone.ts'
import { NOON, person, STEP } from '../support/totp-person.ts'

const SECOND = 1000

describe('A phone whose clock is wrong', () => {
  const offsets = Array.from({ length: 541 }, (_, n) => n - 270)

  test.each([0, 7, 15, 22, 29])(
    'by up to 270 seconds enrols after being told how far it is off, and signs in afterwards (second %i of a step)',
    async (second) => {
      for (const ahead of offsets) {
        const { enrol, login, pass } = await person({ phoneIsAhead: ahead, startsAt: NOON + second * SECOND })
        const first = await enrol()
        if (!first.ok) {
          expect(Math.abs(ahead)).toBeGreaterThan(30)
          expect(first.hint?.code).toBe(ahead > 0 ? 'clock_ahead' : 'clock_behind')
          const minutes = Number(first.hint?.params?.minutes)
          expect(Math.abs(minutes * 60 - Math.abs(ahead))).toBeLessThanOrEqual(60)
          pass(STEP)
          expect([ahead, (await enrol()).ok]).toEqual([ahead, true])
        }
        for (const later of [1, 2, 31]) {
          pass(later * STEP + 11 * SECOND)
          expect([ahead, later, await login()]).toEqual([ahead, later, 'ok'])
        }
      }
    },
  )

  test('is told about four minutes as four minutes', async () => {
    expect(await (await person({ phoneIsAhead: 240 })).enrol()).toMatchObject({
      ok: false,
      reason: 'wrong',
      hint: { code: 'clock_ahead', params: { minutes: 4 }, field: 'code' },
    })
    expect(await (await person({ phoneIsAhead: -240 })).enrol()).toMatchObject({
      hint: { code: 'clock_behind', params: { minutes: 4 }, field: 'code' },
    })
  })

  test('needs a later code for the second one: the same code twice does not complete the set-up', async () => {
    const { enrol, shown, pass } = await person({ phoneIsAhead: 240 })
    const code = shown()
    for (let n = 0; n < 3; n++)
      expect(await enrol(code)).toMatchObject({ ok: false, hint: { code: 'clock_ahead' } })
    pass(STEP)
    expect((await enrol()).ok).toBe(true)
  })

  test('enrols without an offset where it was put right in between', async () => {
    const { enrol, setPhone, credential } = await person({ phoneIsAhead: 240 })
    await enrol()
    setPhone(0)
    expect((await enrol()).ok).toBe(true)
    expect(credential()?.data.offset).toBe(0)
  })

  test('is not recognised beyond ten minutes', async () => {
    expect(await (await person({ phoneIsAhead: 700 })).enrol()).toMatchObject({ hint: { code: 'wrong' } })
  })

  test.each([90, 240])('by %i s is not shut out when it is put right later', async (phoneIsAhead) => {
    const { enrol, login, pass, setPhone } = await person({ phoneIsAhead })
    await enrol()
    pass(STEP)
    await enrol()
    pass(STEP)
    expect(await login()).toBe('ok')
    setPhone(0)
    pass(phoneIsAhead === 90 ? 4 * STEP : STEP) // the first step whose code was not used ahead of time
    expect(await login()).toBe('ok')
    pass(STEP)
    expect(await login()).toBe('ok')
  })

  test('has spent both codes of its set-up: neither works when the true time gets there', async () => {
    const { enrol, login, pass, shown } = await person({ phoneIsAhead: 240 })
    const codes = [shown()]
    await enrol()
    pass(STEP)
    codes.push(shown())
    expect((await enrol()).ok).toBe(true)
    for (let step = 0; step < 12; step++) {
      pass(STEP)
      for (const code of codes) expect(await login(code)).not.toBe('ok')
    }
  })

  test('used ahead of time, its code does not work again when the true time gets there', async () => {
    const { enrol, login, pass, shown } = await person({ phoneIsAhead: 240 })
    await enrol()
    pass(STEP)
    await enrol()
    pass(STEP)
    const code = shown()
    expect(await login(code)).toBe('ok')
    for (let step = 0; step < 12; step++) {
      pass(STEP)
      expect(['replayed', 'wrong']).toContain(await login(code))
    }
  })
})

describe('The clock of the server', () => {
  test.each([-1, -2, -3, -20, -120, -2880])(
    'set back by %i steps makes no used code work again',
    async (steps) => {
      const { enrol, login, pass, shown } = await person()
      await enrol()
      const used: string[] = []
      for (let n = 0; n < 5; n++) {
        pass(STEP)
        used.push(shown())
        expect(await login()).toBe('ok')
      }
      pass(steps * STEP)
      for (let n = 0; n < 10 - steps && n < 40; n++) {
        for (const code of used) expect(await login(code)).not.toBe('ok')
        pass(STEP)
      }
    },
  )

  test('may jump as it likes: no step is ever taken twice, on any time line', async () => {
    const jump = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 90 }) },
      { weight: 1, arbitrary: fc.integer({ min: -900, max: 900 }) },
      { weight: 1, arbitrary: fc.constantFrom(-86_400, -3600, 3600, 86_400) },
    )
    const attempt = fc.record({ jump, ahead: fc.constantFrom(0, 0, 30, 240, 225, -30, 600), back: fc.nat(3) })
    const life = fc.array(attempt, { minLength: 10, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 30, 60, 240, -45, -240), life, async (ahead, attempts) => {
        const { enrol, login, pass, secret } = await person({ phoneIsAhead: ahead })
        let now = NOON
        const move = (ms: number) => {
          now += ms
          pass(ms)
        }
        if (!(await enrol()).ok) {
          move(STEP)
          await enrol()
        }
        const taken = new Set<number>()
        for (const { jump, ahead, back } of attempts) {
          move(jump * SECOND)
          const phone = ahead - back * 30
          const step = Math.floor((now / SECOND + phone) / 30)
          const outcome = await login(codeOnPhone(secret, now, phone))
          if (outcome !== 'ok') continue
          expect(taken.has(step)).toBe(false)
          taken.add(step)
        }
      }),
      { numRuns: 150 },
    )
  })
})
