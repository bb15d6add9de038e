import { randomBytes } from 'node:crypto'
import type { Account } from '../../src/domain/account.ts'
import type { Answer, Credential, Find } from '../../src/domain/factor.ts'
import { createWebauthn, type WebauthnDeps } from '../../src/factors/webauthn/index.ts'
import { Authenticator, type Forgery, type Model, ORIGIN, RP_ID } from './authenticator.ts'
import { account } from './factor-drivers.ts'

export const NAMED_AT = Date.UTC(2025, 3, 8, 14, 45, 53)
export const DEFAULT_NAME = 'PK-8.4.2025-16:45:53'

export const webauthnWith = (over: Partial<WebauthnDeps> = {}) =>
  createWebauthn({
    rpId: RP_ID,
    origins: [ORIGIN],
    rpName: () => 'Jobcenter',
    zone: () => 'Europe/Berlin',
    unicodeNames: false,
    handleKey: Buffer.alloc(32, 7),
    now: () => NAMED_AT,
    random: randomBytes,
    ...over,
  })

type Webauthn = ReturnType<typeof webauthnWith>
export type Passkey = ReturnType<Webauthn['data']['parse']>

/** Refusals in a word: their hint, else their reason. */
const outcome = (verdict: { ok: true } | { ok: false; reason: string; hint?: { code: string } }): string =>
  verdict.ok ? 'ok' : (verdict.hint?.code ?? verdict.reason)

export const only = (...held: Credential<Passkey>[]): Find<Passkey> => {
  return async (externalId) => held.filter((c) => externalId === undefined || c.externalId === externalId)
}

/** A person with one authenticator: makes a passkey and signs in with it, as forged as we like. */
export function person(
  model: Model = {},
  over: Partial<WebauthnDeps> = {},
  who: Account = account('a1', 'erika'),
) {
  const factor = webauthnWith(over)
  const authenticator = new Authenticator(model)
  let credential: Credential<Passkey> | undefined

  const held = (): Credential<Passkey> => {
    if (!credential) throw new Error('no passkey was made')
    return credential
  }

  /** Sets a passkey up and keeps it; says how that ended. */
  const enrol = async (forged: Forgery = {}, more: Answer = {}, existing: Credential<Passkey>[] = []) => {
    const { show, remember } = await factor.beginEnrolment(who, existing)
    const verdict = await factor.finishEnrolment(remember, { ...authenticator.create(show, forged), ...more })
    if (verdict.ok) {
      credential = {
        ...verdict.value,
        id: `c-${who.id}`,
        accountId: who.id,
        factor: 'webauthn',
        version: 1,
        suspended: false,
        createdAt: 0,
      }
    }
    return { outcome: outcome(verdict), verdict }
  }

  /** Signs in: with this account's passkey asked for, or with any (`anonymous`). */
  const login = async (
    forged: Forgery = {},
    { anonymous = false, more = {} as Answer, find = only(held()) } = {},
  ) => {
    const { show, remember } = await factor.beginVerification(anonymous ? [] : [held()])
    const answer = { ...authenticator.get(show, forged), ...more }
    const verdict = await factor.finishVerification(remember, answer, find)
    if (verdict.ok) credential = verdict.value.credential
    return { outcome: outcome(verdict), verdict, answer, remember }
  }

  return { factor, authenticator, who, enrol, login, held }
}

/** A person who has a passkey already. */
export async function owner(model: Model = {}, over: Partial<WebauthnDeps> = {}, who?: Account) {
  const one = person(model, over, who)
  const { outcome } = await one.enrol()
  if (outcome !== 'ok') throw new Error(`set-up failed: ${outcome}`)
  return one
}
