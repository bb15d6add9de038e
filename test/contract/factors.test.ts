import type { Answer, Credential, Factor, Find, Show } from '../../src/domain/factor.ts'
import { createFactors } from '../../src/factors/index.ts'
import { createHasher } from '../../src/factors/password/hash.ts'
import { them, us } from '../support/bundid.ts'
import { account, type Driver, drivers, type Owner } from '../support/factor-drivers.ts'

const erika = account('a1', 'erika')
const max = account('a2', 'max')

/** RFC 8176 */
const AMR = [
  'face',
  'fpt',
  'geo',
  'hwk',
  'iris',
  'kba',
  'mca',
  'mfa',
  'otp',
  'pin',
  'pwd',
  'rba',
  'retina',
  'sc',
  'sms',
  'swk',
  'tel',
  'user',
  'vbm',
  'wia',
]

const only = (...credentials: Credential[]): Find<unknown> => {
  return async (externalId) =>
    credentials.filter((c) => externalId === undefined || c.externalId === externalId)
}

/** What a store gives back: the same, as new objects that nobody may change. */
const reread = <T>(value: T): T => freeze(JSON.parse(JSON.stringify(value)) as T)

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const part of Object.values(Object.freeze(value))) freeze(part)
  return value
}

const LONG = 65_536
const NONSENSE = ['', ' ', 'x'.repeat(LONG), '9'.repeat(LONG), '\u0000', '\ud800', '{"a":1}', '🂡']

/** Says whose credentials `find` gives. */
const READ_BY_THE_HOST = ['identifier']

test('Every registered factor is held to this contract', () => {
  const hasher = createHasher({ memoryKiB: 64, passes: 1, parallelism: 1, queue: 1 })
  const passkeys = {
    rpId: 'sso.example',
    origins: ['https://sso.example'],
    rpName: () => 'Jobcenter',
    zone: () => 'Europe/Berlin',
    unicodeNames: false,
    handleKey: Buffer.alloc(32, 7),
  }
  const registered = createFactors({
    password: { hasher, least: 8, leastAlone: 15, service: () => 'Jobcenter' },
    totp: { issuer: () => 'Jobcenter', most: 1 },
    passkeys,
    recoveryCodes: { keys: [Buffer.alloc(32, 8)] },
    federations: [{ id: 'bundid', us, them, once: async () => true }],
    now: () => 0,
  })
  expect(drivers.map(([id]) => id).sort()).toEqual([...registered.keys()].sort())
})

describe.each(drivers)('The factor %s', (id, start) => {
  let driver: Driver
  let factor: Factor
  let owner: Owner
  let credential: Credential

  beforeEach(async () => {
    driver = await start()
    factor = driver.factor
    owner = await driver.owner(erika)
    credential = reread(owner.credential)
  })

  const lasting = (show: Show): unknown => (driver.lasting ? driver.lasting(show) : show)

  const begin = async (existing = [credential]): Promise<{ show: Show; state: unknown }> => {
    const { show, remember } = await factor.beginVerification(existing)
    return { show, state: reread(remember) }
  }

  const attempt = async (give: (show: Show) => Answer, find = only(credential)) => {
    const { show, state } = await begin()
    return factor.finishVerification(factor.state.parse(state), freeze(give(show)), find)
  }

  describe('describes itself', () => {
    test('by its id, by strengths of the field, and with a limit', () => {
      expect(factor.id).toBe(id)
      expect(factor.maxPerAccount).toBeGreaterThanOrEqual(1)
      expect(factor.yields.kinds.length).toBeGreaterThan(0)
      for (const amr of factor.yields.amr) expect(AMR).toContain(amr)
      expect(factor.enrollable || factor.replaceable === true).toBe(driver.enrol !== undefined)
    })
  })

  describe('when it verifies', () => {
    test('takes the right answer and hands the credential back, fit to be stored', async () => {
      const verdict = await attempt(owner.right)
      if (!verdict.ok) throw new Error(verdict.reason)
      const { data, ...rest } = verdict.value.credential
      const { data: _, ...before } = credential
      expect(rest).toEqual(before)
      expect(factor.data.parse(reread(data))).toEqual(data)
      for (const kind of verdict.value.strength.kinds) expect(factor.yields.kinds).toContain(kind)
    })

    test('refuses a wrong answer as a value', async () => {
      expect(await attempt(owner.wrong)).toMatchObject({ ok: false, reason: 'wrong' })
    })

    test('takes one answer once', async () => {
      const { show, state } = await begin()
      const answer = owner.right(show)
      const first = await factor.finishVerification(state, answer, only(credential))
      if (!first.ok) throw new Error(first.reason)
      const again = await factor.finishVerification(state, answer, only(reread(first.value.credential)))
      if (driver.singleUse === 'data') expect(again).toMatchObject({ ok: false, reason: 'replayed' })
      if (driver.singleUse === 'ceremony') expect(factor.remembers('verify')).toBe(true)
      if (driver.singleUse === 'never') expect(factor.yields.kinds).toEqual(['knowledge'])
    })

    test('takes the next answer of the same credential', async () => {
      const first = await attempt(owner.right)
      if (!first.ok) throw new Error(first.reason)
      driver.later()
      expect((await attempt(owner.right, only(reread(first.value.credential)))).ok).toBe(true)
    })

    test('keeps a state where it says so, and nothing else', async () => {
      const { state } = await begin()
      expect(state !== null).toBe(factor.remembers('verify'))
      if (state !== null) {
        const verdict = await factor.finishVerification(
          null,
          owner.right((await begin()).show),
          only(credential),
        )
        expect(verdict).toMatchObject({ ok: false, reason: 'expired' })
      }
    })

    test('never opens without a credential, whatever is answered', async () => {
      for (const give of [owner.right, owner.wrong]) {
        const verdict = await attempt(give, only())
        expect(verdict.ok).toBe(false)
      }
    })

    test("never takes one person's answer for another's credential", async () => {
      const foreign = reread((await driver.owner(max)).credential)
      expect((await attempt(owner.right, only(foreign))).ok).toBe(false)
    })

    test('hands back no other credential than those it was given', async () => {
      const given: string[] = []
      const find: Find<unknown> = async (externalId) => {
        const found = await only(credential)(externalId)
        given.push(...found.map((c) => c.id))
        return found
      }
      const verdict = await attempt(
        (show) => ({ ...owner.right(show), credentialId: 'x', accountId: max.id }),
        find,
      )
      expect(verdict.ok && given.includes(verdict.value.credential.id)).toBe(true)
      expect(verdict.ok && verdict.value.credential.accountId).toBe(erika.id)
    })

    test('ignores fields it does not know', async () => {
      const noise = { secret: 'A'.repeat(32), phc: '$', offset: '8', constructor: 'x', state: '{}', '': '' }
      expect((await attempt((show) => ({ ...noise, ...owner.right(show) }))).ok).toBe(true)
    })

    test('refuses too much, too little and nonsense without failing', async () => {
      const { show } = await begin()
      for (const field of Object.keys(owner.right(show))) {
        for (const value of NONSENSE) {
          const verdict = await attempt((shown) => ({ ...owner.right(shown), [field]: value }))
          if (!READ_BY_THE_HOST.includes(field)) expect(verdict.ok).toBe(false)
        }
      }
    })

    test('answers an empty form, or one that was broken off, by saying so', async () => {
      const { cancelled } = owner
      if (cancelled) expect(await attempt(cancelled)).toMatchObject({ ok: false, reason: 'cancelled' })
      const empty = await attempt(() => ({}))
      expect(empty).toMatchObject({ ok: false })
      expect(empty.ok || ['malformed', 'cancelled']).toContain(empty.ok || empty.reason)
    })

    test('shows nothing of what is secret', async () => {
      const { show } = await begin()
      for (const value of strings(credential.data)) expect(JSON.stringify(show)).not.toContain(value)
    })

    test('shows the same again on a reload', async () => {
      const { show, state } = await begin()
      const again = await factor.resume(factor.state.parse(state), 'verify')
      expect(lasting(again)).toEqual(lasting(show))
    })
  })

  describe('when it is set up', () => {
    test('is confirmed by the right answer, and the new credential verifies', async () => {
      if (!driver.enrol) return expectNoEnrolment(factor)
      const { state, right } = await driver.enrol(max)
      expect(factor.remembers('enrol')).toBe(true)
      const verdict = await factor.finishEnrolment(factor.state.parse(reread(state)), freeze(right))
      if (!verdict.ok) throw new Error(verdict.reason)
      expect(factor.data.parse(reread(verdict.value.data))).toEqual(verdict.value.data)
      expect(verdict.value.label).not.toBe('')
    })

    test('is not confirmed by a wrong answer, but the same challenge may be answered again', async () => {
      if (!driver.enrol) return expectNoEnrolment(factor)
      const { show, state, right, wrong } = await driver.enrol(max)
      const verdict = await factor.finishEnrolment(reread(state), wrong)
      if (verdict.ok) throw new Error('a wrong answer was taken')
      const retry = factor.state.parse(reread(verdict.retry))
      expect(lasting(await factor.resume(retry, 'enrol'))).toEqual(lasting(show))
      expect((await factor.finishEnrolment(retry, right)).ok).toBe(true)
    })

    test('is over without a state', async () => {
      if (!driver.enrol) return expectNoEnrolment(factor)
      const { right } = await driver.enrol(max)
      expect(await factor.finishEnrolment(null, right)).toEqual({ ok: false, reason: 'expired' })
    })

    test("is not confirmed by an answer to someone else's challenge", async () => {
      if (!driver.enrol) return expectNoEnrolment(factor)
      if (driver.unbound) return
      const [mine, other] = [await driver.enrol(erika), await driver.enrol(max)]
      expect((await factor.finishEnrolment(mine.state, other.right)).ok).toBe(false)
    })

    test('puts no secret into an address or a form field', async () => {
      if (!driver.enrol) return expectNoEnrolment(factor)
      const { show, state } = await driver.enrol(erika)
      const leaving = show.as === 'redirect' ? show.url : show.as === 'post' ? JSON.stringify(show) : ''
      const meantTo = driver.leaving?.(state) ?? []
      for (const value of strings(state)) if (!meantTo.includes(value)) expect(leaving).not.toContain(value)
    })
  })

  describe('when it reads what was stored', () => {
    const BROKEN = [
      undefined,
      0,
      'x',
      true,
      [],
      [null],
      {},
      { secret: 1 },
      { secret: 'x' },
      { phc: null },
      { data: {} },
    ]

    test.each(BROKEN)('rejects a state of the wrong form (case %#)', (raw) => {
      expect(() => factor.state.parse(raw)).toThrow()
    })

    test.each([null, ...BROKEN])('rejects data of the wrong form (case %#)', (raw) => {
      expect(() => factor.data.parse(raw)).toThrow()
    })
  })
})

async function expectNoEnrolment(factor: Factor): Promise<void> {
  expect(factor.enrollable).toBe(false)
  await expect(factor.beginEnrolment(erika, [])).rejects.toThrow()
  expect(await factor.finishEnrolment(null, { password: 'x', code: '1' })).toEqual({
    ok: false,
    reason: 'not_permitted',
  })
}

/** All strings in a value that are long enough to be secrets. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= 16 ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : []
}
