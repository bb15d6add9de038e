import { join, type Level, type Proof, type Requirement } from '../../src/domain/assurance.ts'
import { decide, type Facts, type Step } from '../../src/domain/decide.ts'
import type { Identity, Strength } from '../../src/domain/factor.ts'
import {
  FACTORS,
  factsOf,
  LEVELS,
  MAX_AGE,
  PERMITTED,
  product,
  requirement,
  type Wallet,
  wallets,
} from '../support/worlds.ts'

/*
 * The rules, said anew and without the functions that `decide` is made of.
 */
const IDENTITIES: readonly Identity[] = ['none', 'low', 'substantial', 'high']
const atLeast = (a: Identity, b: Identity): boolean => IDENTITIES.indexOf(a) >= IDENTITIES.indexOf(b)

const kinds = (of: readonly { strength: Strength }[]): number =>
  new Set(of.flatMap((o) => o.strength.kinds)).size

const allowed = ({ permitted }: Requirement, factor: string): boolean =>
  !permitted || permitted.includes(factor)

const counted = (facts: Facts, r: Requirement): Proof[] =>
  facts.proofs.filter(
    (p) => allowed(r, p.factor) && (r.maxAge === undefined || facts.now - p.at <= r.maxAge * 1000),
  )

const meets = (of: readonly { strength: Strength }[], r: Requirement): boolean =>
  of.length > 0 &&
  kinds(of) >= r.distinctKinds &&
  (!r.phishingResistant || of.some((o) => o.strength.phishingResistant)) &&
  (r.identity === 'none' || of.some((o) => atLeast(o.strength.identity, r.identity)))

const provenAgainst = (facts: Facts, r: Requirement): boolean => meets(counted(facts, r), r)

/** Everything the account can prove, were nothing suspended. */
const everything = ({ credentials }: Facts): Requirement => ({
  distinctKinds: kinds(credentials) >= 2 ? 2 : 1,
  phishingResistant: credentials.some((c) => c.strength.phishingResistant),
  identity: IDENTITIES.findLast((i) => credentials.some((c) => c.strength.identity === i)) ?? 'none',
})

const isQuestion = (step: Step): boolean => step.kind !== 'done' && step.kind !== 'refuse'
const isOptional = (step: Step): boolean => step.kind === 'enrol' && step.skippable

type Rule = (facts: Facts, step: Step) => boolean

const RULES: Record<string, Rule> = {
  'what is done meets the demand': (facts, step) =>
    step.kind !== 'done' || provenAgainst(facts, facts.required),

  'what is done meets one of the levels asked for, and the acr is one of them and true': (facts, step) => {
    if (step.kind !== 'done' || facts.asked.length === 0) return true
    const named = facts.asked.find((level) => level.acr === step.assurance.acr)
    return named !== undefined && provenAgainst(facts, join(facts.required, named.requirement))
  },

  'the acr is true even where none was asked for': (facts, step) => {
    if (step.kind !== 'done' || step.assurance.acr === undefined) return true
    const level = facts.levels.find((l) => l.acr === step.assurance.acr)
    return level !== undefined && provenAgainst(facts, join(facts.required, level.requirement))
  },

  'auth_time lies within max_age': ({ now, required }, step) =>
    step.kind !== 'done' ||
    required.maxAge === undefined ||
    now / 1000 - step.assurance.authTime <= required.maxAge,

  'what is done rests on permitted factors alone': (facts, step) => {
    if (step.kind !== 'done') return true
    const amr = new Set(counted(facts, facts.required).flatMap((p) => p.strength.amr)).add('mfa')
    return step.assurance.amr.length > 0 && step.assurance.amr.every((value) => amr.has(value))
  },

  'amr says mfa where two kinds were proven, and only there': (facts, step) =>
    step.kind !== 'done' || step.assurance.amr.includes('mfa') === kinds(counted(facts, facts.required)) >= 2,

  'an account with two kinds never gets in with one': (facts, step) => {
    const live = facts.credentials.filter((c) => !c.suspended)
    return step.kind !== 'done' || kinds(live) < 2 || kinds(facts.proofs) >= 2
  },

  'nobody gets in with nothing proven, or locked, or past an acr nobody knows': (facts, step) =>
    step.kind !== 'done' || (facts.proofs.length > 0 && facts.account?.locked === false && !facts.unknownAcr),

  'a locked account is told so to its owner alone, and can do nothing': ({ account, proofs }, step) =>
    !account?.locked || step.kind === 'refuse' || (proofs.length === 0 && step.kind === 'identify'),

  'under prompt=none nothing is asked': ({ interactive }, step) => interactive || !isQuestion(step),

  'nobody enrols with nothing proven': ({ proofs }, step) => step.kind !== 'enrol' || proofs.length > 0,

  'nobody enrols with less freshly proven than the account can prove': (facts, step) =>
    step.kind !== 'enrol' ||
    meets(
      facts.proofs.filter((p) => p.at >= facts.enrolSince),
      everything(facts),
    ),

  'offers are never empty, and each factor stands in them once': (_, step) =>
    !('offer' in step) || (step.offer.length > 0 && new Set(step.offer).size === step.offer.length),

  'identification is offered by what can identify': (_, step) =>
    step.kind !== 'identify' || step.offer.every((id) => FACTORS.some((f) => f.id === id && f.identifies)),

  'what is asked for is in good standing and not proven just now': (
    { credentials, proofs, enrolSince },
    step,
  ) =>
    step.kind !== 'verify' ||
    step.offer.every((id) =>
      credentials.some(
        (c) =>
          c.factor === id &&
          !c.suspended &&
          !proofs.some((p) => p.credentialId === c.id && p.at > enrolSince + 240_000),
      ),
    ),

  'what is to be set up may be, is permitted, and there is room': (facts, step) => {
    if (step.kind !== 'enrol') return true
    const wanted = step.skippable ? facts.offered : facts.required
    return step.offer.every((id) => {
      const factor = FACTORS.find((f) => f.id === id)
      const held = facts.credentials.filter((c) => c.factor === id).length
      // What there is one of may be set up anew, in its place, where the person asks for it.
      const room =
        factor && (held < factor.maxPerAccount || (id === facts.wanted && factor.maxPerAccount === 1))
      return wanted && factor?.enrollable && allowed(wanted, id) && room
    })
  },

  'set-up may be skipped only where nothing that is required is missing': (facts, step) =>
    !isOptional(step) || (facts.offered !== undefined && provenAgainst(facts, facts.required)),

  'what was skipped is never read where something is required': (facts, step) => {
    const unread = decide({ ...facts, skipped: [] })
    return isOptional(unread) || same(unread, step)
  },

  'a request can raise the demand and never lowers it': (facts, step) =>
    step.kind !== 'done' || facts.asked.length === 0 || isMet(decide({ ...facts, asked: [] })),

  'the same facts give the same step': (facts, step) => same(decide(facts), step),
}

const same = (a: Step, b: Step): boolean => JSON.stringify(a) === JSON.stringify(b)
/** Nothing that is required is missing. */
const isMet = (step: Step): boolean => step.kind === 'done' || isOptional(step)

/*
 * The worlds. What follows from the demand is tried exhaustively on small wallets; larger wallets and the circumstances
 * of a request go through in turn, so that in the end each meets each.
 */
const REQUIREMENTS: Requirement[] = product<Required<Omit<Requirement, 'settled'>>>({
  distinctKinds: [1, 2],
  phishingResistant: [false, true],
  identity: ['none', 'substantial', 'high'],
  maxAge: [Number.NaN, MAX_AGE],
  permitted: PERMITTED.map((p) => p ?? ['*']),
}).map(({ maxAge, permitted, ...rest }) => ({
  ...rest,
  ...(Number.isNaN(maxAge) ? {} : { maxAge }),
  ...(permitted[0] === '*' ? {} : { permitted }),
}))

const { high, substantial, phr, mfa, sfa } = LEVELS
const ASKED: Level[][] = [[], [sfa], [mfa], [phr], [substantial], [high], [phr, mfa], [high, substantial]]

const CIRCUMSTANCES = product<Pick<Facts, 'offered' | 'interactive' | 'skipped' | 'account' | 'unknownAcr'>>({
  offered: [requirement({ distinctKinds: 2 }), requirement({ phishingResistant: true }), requirement()],
  interactive: [true, false],
  skipped: [[], ['totp'], ['totp', 'webauthn', 'bundid']],
  account: [{ locked: false }, { locked: false }, { locked: true }],
  unknownAcr: [false, false, true],
})

const SMALL = wallets(['suspended', 'idle', 'stale', 'recent', 'fresh'], 2)
const LARGE = wallets(['suspended', 'idle', 'stale', 'fresh'], 5)

function* worlds(): Generator<Facts> {
  let turn = 0
  const world = (wallet: Wallet, required: Requirement | undefined, asked: Level[] | undefined): Facts => {
    const circumstances = turn % 2 === 0 ? {} : CIRCUMSTANCES[(turn * 7) % CIRCUMSTANCES.length]
    turn++
    return factsOf({ wallet, required: required ?? requirement(), asked: asked ?? [], ...circumstances })
  }
  for (const required of REQUIREMENTS)
    for (const asked of ASKED) for (const wallet of SMALL) yield world(wallet, required, asked)
  for (const wallet of LARGE)
    for (let n = 0; n < 40; n++)
      yield world(wallet, REQUIREMENTS[(turn * 5) % REQUIREMENTS.length], ASKED[(turn * 3) % ASKED.length])
  for (const wallet of SMALL)
    for (const circumstances of CIRCUMSTANCES) {
      yield factsOf({ wallet, ...circumstances })
      yield factsOf({ wallet, ...circumstances, wanted: 'totp' })
    }
}

test('In every small world every rule holds', () => {
  const broken = new Map<string, { count: number; example: string }>()
  let count = 0
  for (const facts of worlds()) {
    count++
    const step = decide(facts)
    for (const [rule, holds] of Object.entries(RULES)) {
      if (holds(facts, step)) continue
      const before = broken.get(rule)
      broken.set(rule, {
        count: (before?.count ?? 0) + 1,
        example: before?.example ?? describeWorld(facts, step),
      })
    }
  }
  expect(count).toBeGreaterThan(400_000)
  expect(Object.fromEntries(broken)).toEqual({})
}, 180_000)

const describeWorld = ({ factors: _, levels: __, ...facts }: Facts, step: Step): string =>
  JSON.stringify({
    ...facts,
    credentials: facts.credentials.map((c) => c.id + (c.suspended ? ' suspended' : '')),
    proofs: facts.proofs.map((p) => `${p.credentialId} ${(facts.now - p.at) / 1000} s`),
    asked: facts.asked.map((l) => l.acr),
    step,
  })
