import type { Account } from '../../src/domain/account.ts'
import type { Answer, Credential } from '../../src/domain/factor.ts'
import { createTotp } from '../../src/factors/totp/index.ts'
import { codeOnPhone } from './phone.ts'

export const STEP = 30_000
export const NOON = Date.UTC(2026, 10, 24, 12)

export const erika: Account = {
  id: 'a1',
  username: 'erika',
  emailVerified: false,
  group: 'citizen',
  locale: 'de',
  locked: false,
  createdAt: 0,
}

type Data = ReturnType<ReturnType<typeof createTotp>['data']['parse']>

/** One person with one phone: sets TOTP up and signs in, at times of our own choosing. */
export async function person({ phoneIsAhead = 0, startsAt = NOON } = {}) {
  let now = startsAt
  let ahead = phoneIsAhead
  const totp = createTotp({
    most: 1,
    issuer: () => 'Jobcenter',
    now: () => now,
    random: (bytes) => Buffer.alloc(bytes, 7),
  })
  const begun = await totp.beginEnrolment(erika, [])
  let state = begun.remember
  if (!state) throw new Error('a set-up has a state')
  const { secret } = state
  let credential: Credential<Data> | undefined

  const shown = () => codeOnPhone(secret, now, ahead)
  const enrol = async (code = shown()) => {
    const verdict = await totp.finishEnrolment(state, { code })
    if (!verdict.ok) state = verdict.retry ?? null
    else
      credential = {
        ...verdict.value,
        data: totp.data.parse(JSON.parse(JSON.stringify(verdict.value.data))),
        id: 'c1',
        accountId: erika.id,
        factor: 'totp',
        version: 1,
        suspended: false,
        createdAt: now,
      }
    return verdict
  }
  const login = async (code = shown(), more: Answer = {}) => {
    const held = credential ? [credential] : []
    const verdict = await totp.finishVerification(null, { code, ...more }, async () => held)
    if (verdict.ok) credential = { ...verdict.value.credential }
    return verdict.ok ? 'ok' : verdict.reason
  }
  return {
    totp,
    begun,
    secret,
    enrol,
    login,
    shown,
    state: () => state,
    credential: () => credential,
    pass: (ms: number) => {
      now += ms
    },
    setPhone: (seconds: number) => {
      ahead = seconds
    },
  }
}
