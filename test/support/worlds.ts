import type { Level, Proof, Requirement } from '../../src/domain/assurance.ts'
import type { Facts, Held, Offerable } from '../../src/domain/decide.ts'
import type { FactorId, Strength } from '../../src/domain/factor.ts'

/** The factors of the product as `decide` sees them, in the order in which they are offered. */
export const strength = (over: Partial<Strength>): Strength => ({
  kinds: ['possession'],
  amr: [],
  phishingResistant: false,
  identity: 'none',
  ...over,
})

export const PASSWORD = strength({ kinds: ['knowledge'], amr: ['pwd'] })
export const TOTP = strength({ amr: ['otp'] })
export const PASSKEY = strength({
  kinds: ['possession', 'inherence'],
  amr: ['hwk', 'user'],
  phishingResistant: true,
})
export const ELSTER = strength({
  kinds: ['possession', 'knowledge'],
  amr: ['swk', 'pin'],
  identity: 'substantial',
})
export const EID = strength({ kinds: ['possession', 'knowledge'], amr: ['sc', 'pin'], identity: 'high' })

export const FACTORS: readonly Offerable[] = [
  { id: 'password', identifies: true, enrollable: false, yields: PASSWORD, maxPerAccount: 1 },
  { id: 'totp', identifies: false, enrollable: true, yields: TOTP, maxPerAccount: 1 },
  { id: 'webauthn', identifies: true, enrollable: true, yields: PASSKEY, maxPerAccount: 10 },
  { id: 'bundid', identifies: true, enrollable: true, yields: EID, maxPerAccount: 2 },
]

/** What an account may hold, by a short name. */
export const KINDS = {
  pw: { factor: 'password', strength: PASSWORD },
  totp: { factor: 'totp', strength: TOTP },
  pk: { factor: 'webauthn', strength: PASSKEY },
  elster: { factor: 'bundid', strength: ELSTER },
  eid: { factor: 'bundid', strength: EID },
} as const

export type Name = keyof typeof KINDS
export const NAMES = Object.keys(KINDS) as Name[]

/** A credential's standing; where it was proven, how long ago. */
export type Standing = 'suspended' | 'idle' | 'stale' | 'recent' | 'fresh'
export type Wallet = Partial<Record<Name, Standing>>

export const NOW = Date.UTC(2026, 10, 24, 12)
/** Milliseconds: an hour; two minutes, within the time for enrolment yet past MAX_AGE; ten seconds. */
const AGE: Partial<Record<Standing, number>> = { stale: 3_600_000, recent: 120_000, fresh: 10_000 }
/** Seconds. */
export const MAX_AGE = 60
export const ENROL_SINCE = NOW - 300_000

export const requirement = (over: Partial<Requirement> = {}): Requirement => ({
  distinctKinds: 1,
  phishingResistant: false,
  identity: 'none',
  ...over,
})

export const LEVELS = {
  high: { acr: 'high', requirement: requirement({ distinctKinds: 2, identity: 'high' }) },
  substantial: {
    acr: 'substantial',
    requirement: requirement({ distinctKinds: 2, identity: 'substantial' }),
  },
  phr: { acr: 'phr', requirement: requirement({ distinctKinds: 2, phishingResistant: true }) },
  mfa: { acr: 'mfa', requirement: requirement({ distinctKinds: 2 }) },
  sfa: { acr: 'sfa', requirement: requirement() },
} satisfies Record<string, Level>

/** Whatever is not named: an unlocked account in an ordinary request without demands. */
export interface World extends Partial<Omit<Facts, 'proofs' | 'credentials'>> {
  wallet: Wallet
}

export function factsOf({ wallet, ...more }: World): Facts {
  const held = Object.entries(wallet) as [Name, Standing][]
  return {
    now: NOW,
    account: { locked: false },
    proofs: held.flatMap(([name, standing]) => proofOf(name, standing)),
    credentials: held.map(([name, standing]) => credentialOf(name, standing)),
    factors: FACTORS,
    levels: Object.values(LEVELS),
    required: requirement(),
    asked: [],
    unknownAcr: false,
    interactive: true,
    enrolSince: ENROL_SINCE,
    skipped: [],
    ...more,
  }
}

const credentialOf = (name: Name, standing: Standing): Held => ({
  id: name,
  ...KINDS[name],
  suspended: standing === 'suspended',
})

function proofOf(name: Name, standing: Standing): Proof[] {
  const age = AGE[standing]
  return age === undefined ? [] : [{ credentialId: name, ...KINDS[name], at: NOW - age }]
}

/** Everything an account may hold of these kinds, each in every standing or not at all; at most `most` of them. */
export function wallets(standings: readonly Standing[], most: number): Wallet[] {
  const grow = (found: Wallet[], name: Name): Wallet[] => [
    ...found,
    ...found
      .filter((wallet) => Object.keys(wallet).length < most)
      .flatMap((wallet) => standings.map((standing) => ({ ...wallet, [name]: standing }))),
  ]
  return NAMES.reduce(grow, [{}])
}

/** Every choice of one element from each list. */
export function product<T extends object>(lists: { [K in keyof T]: readonly T[K][] }): T[] {
  const entries = Object.entries(lists) as [string, readonly unknown[]][]
  return entries.reduce<object[]>(
    (found, [key, values]) => found.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  ) as T[]
}

export const PERMITTED: readonly (readonly FactorId[] | undefined)[] = [
  undefined,
  ['password', 'totp'],
  ['totp', 'webauthn'],
  ['webauthn'],
  ['bundid'],
  [],
]
