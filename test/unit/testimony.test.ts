import { randomBytes } from 'node:crypto'
import { assess, NOTHING, type Requirement } from '../../src/domain/assurance.ts'
import type { Strength } from '../../src/domain/factor.ts'
import { createFactors } from '../../src/factors/index.ts'
import { createHasher } from '../../src/factors/password/hash.ts'
import type { Deps } from '../../src/journey/deps.ts'
import { stillHolds } from '../../src/oidc/testimony.ts'
import { them, us } from '../support/bundid.ts'
import { policyOf, withIdentity } from '../support/policy.ts'

const factors = createFactors({
  password: {
    hasher: createHasher({ memoryKiB: 64, passes: 1, parallelism: 1, queue: 1 }),
    least: 8,
    leastAlone: 15,
    service: () => 'Jobcenter',
  },
  recoveryCodes: { keys: [Buffer.alloc(32, 8)] },
  totp: { issuer: () => 'Jobcenter', most: 1 },
  passkeys: {
    rpId: 'localhost',
    origins: ['http://localhost'],
    rpName: () => 'Jobcenter',
    zone: () => 'Europe/Berlin',
    unicodeNames: false,
    handleKey: randomBytes(32),
  },
  federations: [{ id: 'bundid', us, them, once: async () => true }],
  now: () => 0,
})
const policy = withIdentity(policyOf({}))

/** Whether a token given for exactly this proof meets what is demanded. */
function holds(factor: string, strength: Strength, requirement: Requirement): boolean {
  const proof = { factor, credentialId: 'c1', at: 0, strength }
  const token = assess([proof], policy.levels, [], { now: 0 })
  const deps = { factors, policy: () => policy, now: () => 0 } as unknown as Deps
  return stillHolds(deps, { clientId: 'portal', requirement }, { id: 'a1', group: 'citizens' }, token)
}

const whole = [...factors.values()].flatMap(({ id, yields, alternatives = [] }) =>
  [yields, ...alternatives]
    .filter(({ kinds }) => kinds.length > 1)
    .map((strength) => [id, strength] as const),
)

describe('A token', () => {
  test.each(whole)('keeps what a whole login by %s was worth (case %#)', (factor, strength) => {
    const { phishingResistant, identity } = strength
    expect(holds(factor, strength, { ...NOTHING, distinctKinds: 2, phishingResistant, identity })).toBe(true)
  })

  test('says of a passkey whether it is synced, and is taken either way', () => {
    expect(whole.filter(([id]) => id === 'webauthn').map(([, { amr }]) => amr[0])).toEqual(['hwk', 'swk'])
  })

  test('is worth no more than what it says', () => {
    const [, elster] = whole.find(([, { amr }]) => amr.includes('swk') && amr.includes('pin')) ?? []
    if (!elster) throw new Error('there is ELSTER')
    expect(holds('bundid', elster, { ...NOTHING, identity: 'high' })).toBe(false)
    expect(holds('bundid', elster, { ...NOTHING, phishingResistant: true })).toBe(false)
    expect(holds('password', { ...elster, kinds: ['knowledge'], amr: ['pwd'] }, NOTHING)).toBe(false)
  })
})
