import fc from 'fast-check'
import type { Proof, Requirement } from '../../src/domain/assurance.ts'
import { decide, type Held, type Step } from '../../src/domain/decide.ts'
import { factsOf } from '../../src/domain/facts.ts'
import { ask, type Policy, type Rule } from '../../src/domain/policy.ts'
import { mayRemove } from '../../src/domain/removal.ts'
import { FACTORS, KINDS, LEVELS, NAMES, type Name, requirement } from '../support/worlds.ts'

const CLIENTS = [requirement(), LEVELS.phr.requirement, LEVELS.substantial.requirement]
const ASKED = [[], ['mfa'], ['phr'], ['high'], ['phr', 'mfa']]
const ORDER = ['none', 'low', 'substantial', 'high']

/** Everything that can happen to one account, in one session, under a policy that changes meanwhile. */
type Event =
  | { as: 'time'; ms: number }
  | { as: 'request'; client: number; asked: number; maxAge: number | undefined; interactive: boolean }
  | { as: 'answer'; pick: number }
  | { as: 'set up'; pick: number }
  | { as: 'suspend' | 'remove'; pick: number }
  | { as: 'rule'; rule: Rule }
  | { as: 'skip' }

interface State {
  now: number
  since: number
  credentials: Held[]
  proofs: Proof[]
  skipped: string[]
  rules: Rule[]
  request: Extract<Event, { as: 'request' }>
  made: number
}

const demandsOf = (s: State) => {
  const policy: Policy = { levels: Object.values(LEVELS), rules: s.rules, epoch: 'e' }
  return { policy, ask: ask(policy, { id: 'a1', group: 'g' }, 'c', s.now) }
}

const step = (s: State): Step =>
  decide(
    factsOf({
      now: s.now,
      since: s.since,
      ...demandsOf(s),
      factors: FACTORS,
      client: { clientId: 'c', requirement: CLIENTS[s.request.client] ?? requirement() },
      asked: {
        acrValues: ASKED[s.request.asked] ?? [],
        essential: false,
        ...(s.request.maxAge === undefined ? {} : { maxAge: s.request.maxAge }),
        reauthenticate: false,
        interactive: s.request.interactive,
      },
      account: { locked: false },
      credentials: s.credentials,
      proofs: s.proofs,
      sessionAbsolute: 43_200,
      skipped: s.skipped,
    }),
  )

const usable = (s: State): Held[] => s.credentials.filter((c) => !c.suspended)

function apply(s: State, event: Event): State {
  const now = step(s)
  const offer = 'offer' in now ? now.offer : []
  switch (event.as) {
    case 'time':
      return { ...s, now: s.now + event.ms }
    case 'request':
      return { ...s, request: event, since: s.now, skipped: [] }
    case 'answer': {
      const able = now.kind === 'enrol' ? [] : usable(s).filter((c) => offer.includes(c.factor))
      const one = able[event.pick % Math.max(1, able.length)]
      if (!one) return s
      const proof = { factor: one.factor, credentialId: one.id, at: s.now, strength: one.strength }
      return { ...s, proofs: [...s.proofs.filter((p) => p.credentialId !== one.id), proof] }
    }
    case 'set up': {
      const id = now.kind === 'enrol' ? offer[event.pick % offer.length] : undefined
      const factor = FACTORS.find((f) => f.id === id)
      if (!factor) return s
      const made = { id: `new${s.made}`, factor: factor.id, strength: factor.yields, suspended: false }
      const proof = { factor: factor.id, credentialId: made.id, at: s.now, strength: factor.yields }
      return { ...s, made: s.made + 1, credentials: [...s.credentials, made], proofs: [...s.proofs, proof] }
    }
    case 'suspend':
      return {
        ...s,
        credentials: s.credentials.map((c, i) =>
          i === event.pick % s.credentials.length ? { ...c, suspended: true } : c,
        ),
      }
    case 'remove': {
      const id = s.credentials[event.pick % s.credentials.length]?.id ?? ''
      const removed = mayRemove(s.credentials, id, FACTORS, [[demandsOf(s).ask.required]])
      return removed ? { ...s, credentials: s.credentials.filter((c) => c.id !== id) } : s
    }
    case 'rule':
      return { ...s, rules: [...s.rules, { ...event.rule, require: s.now + (event.rule.require ?? 0) }] }
    case 'skip':
      return now.kind === 'enrol' ? { ...s, skipped: [...s.skipped, ...offer] } : s
  }
}

/** Said anew, without what the decision is made of: whether what was proven meets this. */
function proves(s: State, r: Requirement): boolean {
  const good = s.proofs.filter(
    (p) =>
      usable(s).some((c) => c.id === p.credentialId) &&
      (!r.permitted || r.permitted.includes(p.factor)) &&
      (r.maxAge === undefined || s.now - p.at <= r.maxAge * 1000 || p.at >= s.since),
  )
  return (
    good.length > 0 &&
    new Set(good.flatMap((p) => p.strength.kinds)).size >= r.distinctKinds &&
    (!r.phishingResistant || good.some((p) => p.strength.phishingResistant)) &&
    good.some((p) => ORDER.indexOf(p.strength.identity) >= ORDER.indexOf(r.identity))
  )
}

const pick = fc.nat(20)
const rule: fc.Arbitrary<Rule> = fc.record({
  name: fc.constant('later'),
  demand: fc.constantFrom<Requirement>(
    LEVELS.mfa.requirement,
    LEVELS.phr.requirement,
    { ...LEVELS.mfa.requirement, permitted: ['password', 'totp', 'bundid'] },
    { ...requirement(), maxAge: 120 },
  ),
  require: fc.constantFrom(0, 30_000, 600_000),
})
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      as: fc.constant('time' as const),
      ms: fc.constantFrom(1_000, 90_000, 400_000, 50_000_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      as: fc.constant('request' as const),
      client: fc.nat(2),
      asked: fc.nat(4),
      maxAge: fc.constantFrom(undefined, 60, 3600),
      interactive: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ as: fc.constant('answer' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ as: fc.constant('set up' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ as: fc.constantFrom('suspend' as const, 'remove' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ as: fc.constant('rule' as const), rule }) },
  { weight: 1, arbitrary: fc.constant<Event>({ as: 'skip' }) },
)
const beginning = fc.uniqueArray(fc.constantFrom<Name>(...NAMES), { minLength: 1, maxLength: 3 }).map(
  (names): State => ({
    now: Date.UTC(2026, 0, 1),
    since: Date.UTC(2026, 0, 1),
    credentials: names.map((name) => ({ id: name, ...KINDS[name], suspended: false })),
    proofs: [],
    skipped: [],
    rules: [],
    request: { as: 'request', client: 0, asked: 0, maxAge: undefined, interactive: true },
    made: 0,
  }),
)

test('Whatever happens, in whatever order: nothing is given out below what policy, client and request demand', () => {
  let given = 0
  fc.assert(
    fc.property(beginning, fc.array(event, { maxLength: 25 }), (start, events) => {
      let s = start
      for (const one of events) {
        s = apply(s, one)
        const now = step(s)
        if (now.kind !== 'done') continue
        given++
        expect(proves(s, demandsOf(s).ask.required)).toBe(true)
        expect(proves(s, CLIENTS[s.request.client] ?? requirement())).toBe(true)
        const asked = Object.values(LEVELS).filter(({ acr }) => ASKED[s.request.asked]?.includes(acr))
        expect(asked.length === 0 || asked.some((level) => proves(s, level.requirement))).toBe(true)
        const level = Object.values(LEVELS).find(({ acr }) => acr === now.assurance.acr)
        expect(level !== undefined && proves(s, level.requirement)).toBe(true)
        if (s.request.maxAge !== undefined)
          expect(
            s.now / 1000 - now.assurance.authTime <= s.request.maxAge ||
              now.assurance.authTime * 1000 >= s.since - 1000,
          ).toBe(true)
      }
    }),
    { numRuns: 4_000 },
  )
  expect(given).toBeGreaterThan(2_000)
}, 120_000)
