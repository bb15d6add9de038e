import { randomBytes } from 'node:crypto'
import { failureResponse, loginResponse } from '../../demo/bundid/saml/response.ts'
import type { Account } from '../../src/domain/account.ts'
import type { Answer, Credential, Enrolled, Factor, Show } from '../../src/domain/factor.ts'
import { createHasher } from '../../src/factors/password/hash.ts'
import { createPassword, passwordCredential } from '../../src/factors/password/index.ts'
import { createRecoveryCodes } from '../../src/factors/recovery-codes/index.ts'
import { createTotp } from '../../src/factors/totp/index.ts'
import { createWebauthn } from '../../src/factors/webauthn/index.ts'
import { Authenticator, ORIGIN, RP_ID } from './authenticator.ts'
import { EID, federation, keys } from './bundid.ts'
import { codeOnPhone } from './phone.ts'

/**
 * What the contract needs to know of a factor: a person who owns a credential and answers challenges with it.
 * A further factor is one driver more in `drivers`.
 */
export interface Driver {
  factor: Factor
  /** What makes an answer work once: the credential's data, the ceremony (which the host spends), or nothing. */
  singleUse: 'data' | 'ceremony' | 'never'
  /** Set-up answers no challenge: whoever is asked may choose freely, or only says yes. */
  unbound?: true
  /** Anyone's credential of this factor, with what its owner answers. */
  owner(account: Account): Promise<Owner>
  /** Sets a credential up; for factors that are set up during a login. */
  enrol?(account: Account): Promise<{ show: Show; state: unknown; right: Answer; wrong: Answer }>
  /** Lets time pass until the next answer is due. */
  later(): void
  /** What of a page stays when it is shown again, and is no secret; everything, unless given. */
  lasting?(show: Show): unknown
  /** Strings of a state that are made to leave through the browser. */
  leaving?(state: unknown): string[]
}

export interface Owner {
  credential: Credential
  right(show: Show): Answer
  wrong(show: Show): Answer
  /** What the browser sends when the person breaks off; absent where there is no such thing. */
  cancelled?(show: Show): Answer
}

export const account = (id: string, username: string): Account => ({
  id,
  username,
  emailVerified: false,
  group: 'citizen',
  locale: 'de',
  locked: false,
  createdAt: 0,
})

const stored = (factor: string, { id }: Account, enrolled: Enrolled<unknown>): Credential => ({
  ...enrolled,
  id: `${factor}-of-${id}`,
  accountId: id,
  factor,
  version: 1,
  suspended: false,
  createdAt: 0,
})

async function password(): Promise<Driver> {
  const hasher = createHasher({ memoryKiB: 64, passes: 1, parallelism: 1, queue: 10 })
  const factor = createPassword({
    hasher,
    least: 8,
    leastAlone: 15,
    service: () => 'Jobcenter Halle',
  }) as Factor
  return {
    factor,
    singleUse: 'never',
    unbound: true,
    async enrol(account) {
      const { show, remember } = await factor.beginEnrolment(account, [])
      return { show, state: remember, right: { password: 'vier neue Wörter' }, wrong: { password: 'kurz' } }
    },
    async owner(account) {
      const { username: identifier } = account
      const secret = `Kennwort von ${identifier}`
      return {
        credential: stored('password', account, passwordCredential(await hasher.hash(secret))),
        right: () => ({ identifier, password: secret }),
        wrong: () => ({ identifier, password: 'falsch' }),
      }
    },
    later: () => {},
  }
}

async function totp(): Promise<Driver> {
  let now = Date.UTC(2026, 10, 24, 12)
  const factor = createTotp({ most: 1, issuer: () => 'Jobcenter', now: () => now, random: randomBytes })
  const later = (): void => {
    now += 30_000
  }
  const enrol = async (account: Account) => {
    const { show, remember } = await factor.beginEnrolment(account, [])
    const secret = remember?.secret ?? ''
    return {
      show,
      state: remember,
      secret,
      right: { code: codeOnPhone(secret, now) },
      wrong: wrongCode(secret, now),
    }
  }
  return {
    factor: factor as Factor,
    singleUse: 'data',
    enrol,
    async owner(account) {
      const { state, right, secret } = await enrol(account)
      const verdict = await (factor as Factor).finishEnrolment(state, right)
      if (!verdict.ok) throw new Error(`set-up failed: ${verdict.reason}`)
      later()
      return {
        credential: stored('totp', account, verdict.value),
        right: () => ({ code: codeOnPhone(secret, now) }),
        wrong: () => wrongCode(secret, now),
      }
    },
    later,
  }
}

async function bundid(): Promise<Driver> {
  const { factor, sender, addressee, answerTo, pass } = federation()
  const login = ({ id }: Account) => ({ ...EID, bpk2: id.padEnd(43, '-') })
  const right = (account: Account) => (show: Show) =>
    answerTo(show, loginResponse(sender, addressee(show), login(account)))
  const wrong = (show: Show) =>
    answerTo(show, loginResponse(sender, addressee(show), EID, { signingKey: keys.attacker }))
  const enrol = async (account: Account) => {
    const { show, remember } = await factor.beginEnrolment(account, [])
    return { show, state: remember, right: right(account)(show), wrong: wrong(show) }
  }
  return {
    factor,
    singleUse: 'data',
    enrol,
    async owner(account) {
      const begun = await enrol(account)
      const verdict = await factor.finishEnrolment(begun.state, begun.right)
      if (!verdict.ok) throw new Error(`linking failed: ${verdict.hint?.cause}`)
      return {
        credential: stored('bundid', account, verdict.value),
        right: right(account),
        wrong,
        cancelled: (show) => answerTo(show, failureResponse(sender, addressee(show), 'AuthnFailed')),
      }
    },
    later: () => pass(30_000),
    lasting: (show) => (show.as === 'post' ? [show.action, show.fields.RelayState] : show),
    leaving: (state) => Object.values(state as { requests: string; relayState: string }).map(String),
  }
}

/** A code that is none of the secret's within a quarter of an hour. */
function wrongCode(secret: string, now: number): Answer {
  const near = new Set(Array.from({ length: 61 }, (_, n) => codeOnPhone(secret, now + (n - 30) * 30_000)))
  const code = ['000000', '111111', '222222', '333333', '444444'].find((c) => !near.has(c)) ?? '555555'
  return { code }
}

async function recoveryCodes(): Promise<Driver> {
  const factor = createRecoveryCodes({ keys: [Buffer.alloc(32, 8)], random: randomBytes }) as Factor
  let next = 0
  const enrol = async (account: Account) => {
    const { show, remember } = await factor.beginEnrolment(account, [])
    return { show, state: remember, right: { kept: 'on' }, wrong: {} }
  }
  return {
    factor,
    singleUse: 'data',
    unbound: true,
    enrol,
    async owner(account) {
      const { state, right } = await enrol(account)
      const verdict = await factor.finishEnrolment(state, right)
      if (!verdict.ok) throw new Error(`set-up failed: ${verdict.reason}`)
      const { codes } = state as { codes: string[] }
      return {
        credential: stored('recovery-codes', account, verdict.value),
        right: () => ({ code: codes[next] ?? '' }),
        wrong: () => ({ code: codes.includes('ABCD2345') ? 'ABCD2346' : 'ABCD2345' }),
      }
    },
    later: () => {
      next++
    },
  }
}

async function webauthn(): Promise<Driver> {
  const factor = createWebauthn({
    rpId: RP_ID,
    origins: [ORIGIN],
    rpName: () => 'Jobcenter',
    zone: () => 'Europe/Berlin',
    unicodeNames: false,
    handleKey: Buffer.alloc(32, 7),
    now: () => 0,
    random: randomBytes,
  }) as Factor
  const begin = async (account: Account, authenticator: Authenticator) => {
    const { show, remember } = await factor.beginEnrolment(account, [])
    const right = authenticator.create(show)
    const stranger = new Authenticator().create(show, { clientData: { challenge: 'x' } })
    return { show, state: remember, right, wrong: stranger }
  }
  return {
    factor,
    singleUse: 'ceremony',
    enrol: (account) => begin(account, new Authenticator()),
    async owner(account) {
      const authenticator = new Authenticator({ counter: 1 })
      const { state, right } = await begin(account, authenticator)
      const verdict = await factor.finishEnrolment(state, right)
      if (!verdict.ok) throw new Error(`set-up failed: ${verdict.hint?.code}`)
      const signer = new Authenticator().privateKey
      return {
        credential: stored('webauthn', account, verdict.value),
        right: (show) => authenticator.get(show),
        wrong: (show) => authenticator.get(show, { signer }),
        cancelled: () => ({ authenticationError: 'NotAllowedError' }),
      }
    },
    later: () => {},
  }
}

/** Every factor of the product. */
export const drivers: readonly (readonly [string, () => Promise<Driver>])[] = [
  ['password', password],
  ['totp', totp],
  ['bundid', bundid],
  ['webauthn', webauthn],
  ['recovery-codes', recoveryCodes],
]
