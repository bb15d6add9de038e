import { ceiling, closed, gap, type Proof, strengths, type Unsettled } from '../../src/domain/assurance.ts'
import { BINDING, groundOf, signalFor } from '../../src/domain/binding.ts'
import { decide, type Facts, type Held } from '../../src/domain/decide.ts'
import { FACTORS, factsOf, LEVELS, NOW, requirement, TOTP, type World, wallets } from '../support/worlds.ts'

const MFA = requirement({ distinctKinds: 2 })
const SETTLED = requirement({ distinctKinds: 2, settled: true })
const NEW: Unsettled = { ground: 'first_factor', until: NOW + 1000 }
const step = (world: World) => decide(factsOf(world))

/** The same world with these credentials, and what they prove, not settled yet. */
function newly(facts: Facts, ids: readonly string[]): Facts {
  const mark = <T extends Held | Proof>(one: T, id: string): T =>
    ids.includes(id) ? { ...one, unsettled: NEW } : one
  return {
    ...facts,
    credentials: facts.credentials.map((c) => mark(c, c.id)),
    proofs: facts.proofs.map((p) => mark(p, p.credentialId)),
  }
}

const WALLETS = wallets(['suspended', 'idle', 'stale', 'fresh'], 3)
const kinds = (of: readonly Held[]): number => ceiling(strengths(of)).distinctKinds

describe('The first factor of an account', () => {
  test('is not set up with the password alone where a signal must come before, in any small world', () => {
    let asked = 0
    for (const wallet of WALLETS)
      for (const signal of ['mailed_code', 'desk_or_bundid'] as const)
        for (const demand of [{ required: MFA }, { offered: MFA }, { wanted: 'totp' }]) {
          const facts = factsOf({ wallet, ...demand })
          const [open, held] = [decide(facts), decide({ ...facts, signal })]
          const anew =
            open.kind === 'enrol' && open.offer.every((id) => facts.credentials.some((c) => c.factor === id))
          if (open.kind !== 'enrol' || anew || kinds(facts.credentials) === 2) {
            expect([wallet, held]).toEqual([wallet, open])
            continue
          }
          asked++
          const { offer: before, skippable } = open
          expect(held).toEqual({ kind: 'vouch', by: signal, before, skippable })
        }
    expect(asked).toBeGreaterThan(5)
  })

  test('under prompt=none nobody is asked for the signal', () => {
    const silent = {
      wallet: { pw: 'fresh' },
      required: MFA,
      signal: 'mailed_code',
      interactive: false,
    } as const
    expect(step(silent)).toMatchObject({ kind: 'refuse', error: 'interaction_required' })
  })

  test.each([
    ['mailed_code', 'citizens', true, 'mailed_code'],
    ['mailed_code', 'citizens', false, undefined],
    ['open', 'citizens', true, undefined],
    ['open', 'officers', true, 'desk_or_bundid'],
    ['desk_or_bundid', 'citizens', false, 'desk_or_bundid'],
  ] as const)(
    'policy says %s: in group %s, with an address: %s, it is %s',
    (firstFactor, group, reachable, signal) => {
      const binding = { ...BINDING, firstFactor, groups: { officers: 'desk_or_bundid' } as const }
      expect(signalFor(binding, group, reachable)).toBe(signal)
    },
  )

  test('without an address it may be left to the desk', () => {
    expect(signalFor({ ...BINDING, withoutAddress: 'desk_or_bundid' }, 'citizens', false)).toBe(
      'desk_or_bundid',
    )
  })
})

describe('Where only settled credentials count', () => {
  test('what is done rests on settled proofs alone, and a mark changes nothing where none is asked for', () => {
    const ends = { done: 0, refused: 0 }
    for (const wallet of WALLETS)
      for (const ids of [['pk'], ['totp'], ['eid', 'elster'], ['pw', 'pk']]) {
        const facts = factsOf({ wallet, required: SETTLED })
        const found = decide(newly(facts, ids))
        if (found.kind === 'done') {
          ends.done++
          const firm = facts.proofs.filter((p) => !ids.includes(p.credentialId))
          expect([wallet, ids, closed(gap(strengths(firm), MFA))]).toEqual([wallet, ids, true])
        }
        if (found.kind === 'refuse' && found.why === 'not_settled') ends.refused++
        if (found.kind === 'enrol') expect(groundOf(newly(facts, ids))).toBeUndefined()
        const lax = factsOf({ wallet, required: MFA })
        expect(decide(newly(lax, ids))).toEqual(decide(lax))
      }
    expect(Math.min(...Object.values(ends))).toBeGreaterThan(20)
  })

  test('the way that is settled is asked for; where there is none, it is said from when on there will be', () => {
    const both = factsOf({ wallet: { pw: 'fresh', totp: 'fresh', pk: 'idle' }, required: SETTLED })
    expect(decide(newly(both, ['totp']))).toMatchObject({ kind: 'verify', offer: ['webauthn'] })
    const one = factsOf({ wallet: { pw: 'fresh', totp: 'fresh' }, required: SETTLED })
    expect(decide(newly(one, ['totp']))).toEqual({
      kind: 'refuse',
      error: 'unmet_authentication_requirements',
      why: 'not_settled',
      until: NEW.until,
    })
  })

  test('a level that is closed is not reported, where another will do', () => {
    const sensitive = { acr: 'sensitive', requirement: SETTLED }
    const world = { wallet: { pw: 'fresh', totp: 'fresh' }, levels: [sensitive, LEVELS.mfa] } as const
    expect(decide(factsOf(world))).toMatchObject({ assurance: { acr: 'sensitive' } })
    expect(decide(newly(factsOf(world), ['totp']))).toMatchObject({ assurance: { acr: 'mfa' } })
    const asked = [sensitive, LEVELS.mfa]
    expect(decide(newly(factsOf({ ...world, asked }), ['totp']))).toMatchObject({ assurance: { acr: 'mfa' } })
  })
})

describe('The ground that a credential is bound on', () => {
  const codes = { id: 'codes', factor: 'recovery-codes', strength: TOTP, suspended: false } as const
  const recovery: Unsettled = { ground: 'recovery', until: Infinity }
  const factors = [
    ...FACTORS,
    {
      id: 'recovery-codes',
      identifies: false,
      enrollable: true,
      helpsOut: true,
      yields: TOTP,
      maxPerAccount: 1,
    },
  ]

  test('is that of a first factor beside a password, and firm after the strongest proof there is', () => {
    expect(groundOf(factsOf({ wallet: { pw: 'fresh' } }))).toBe('first_factor')
    expect(groundOf(factsOf({ wallet: { pw: 'fresh', totp: 'fresh' } }))).toBeUndefined()
    expect(groundOf(factsOf({ wallet: { pk: 'fresh' } }))).toBeUndefined()
  })

  test('is handed on by what is not settled itself', () => {
    const facts = factsOf({ wallet: { pw: 'fresh', totp: 'fresh' } })
    expect(groundOf(newly(facts, ['totp']))).toBe('first_factor')
  })

  test('is that of recovery after a code from paper, though the code got the person in', () => {
    const facts = factsOf({ wallet: { pw: 'fresh', totp: 'idle' }, factors })
    const used = { ...codes, unsettled: recovery }
    const world = {
      ...facts,
      credentials: [...facts.credentials, used],
      proofs: [...facts.proofs, { ...used, credentialId: 'codes', at: NOW }],
    }
    expect(groundOf(world)).toBe('recovery')
    expect(decide({ ...world, required: MFA }).kind).toBe('done')
    expect(decide({ ...world, required: SETTLED })).toMatchObject({ kind: 'verify', offer: ['totp'] })
  })
})

describe('A mailed code in the place of the password', () => {
  test('leads past no other factor: all that the account can prove besides is asked for, in any small world', () => {
    const ends = { enrol: 0, verify: 0, refuse: 0 }
    for (const wallet of WALLETS) {
      if (!wallet.pw) continue
      const facts = factsOf({ wallet, lost: ['password'], required: MFA })
      const rest = facts.credentials.filter((c) => c.factor !== 'password')
      const found = decide(facts)
      expect([wallet, ['enrol', 'verify', 'refuse']]).toEqual([
        wallet,
        expect.arrayContaining([[found.kind]].flat()),
      ])
      if (found.kind === 'enrol') {
        ends.enrol++
        expect(found.offer).toEqual(['password'])
        const fresh = facts.proofs.filter((p) => p.factor !== 'password' && p.at >= facts.enrolSince)
        const proven = rest.length === 0 || closed(gap(strengths(fresh), ceiling(strengths(rest))))
        expect([wallet, proven]).toEqual([wallet, true])
      } else if (found.kind === 'verify') {
        ends.verify++
        expect([wallet, found.offer]).toEqual([wallet, expect.not.arrayContaining(['password'])])
      } else ends.refuse++
    }
    expect(Math.min(...Object.values(ends))).toBeGreaterThan(3)
  })

  test('in the place of everything but the password, the password is asked for, and then any factor may be set up', () => {
    const wallet = { pw: 'idle', totp: 'idle', pk: 'idle' } as const
    const lost = ['totp', 'webauthn']
    expect(step({ wallet, lost })).toMatchObject({ kind: 'verify', offer: ['password'] })
    const proven = { ...wallet, pw: 'fresh' } as const
    expect(step({ wallet: proven, lost })).toMatchObject({
      kind: 'enrol',
      offer: ['totp', 'webauthn', 'bundid'],
    })
    expect(step({ wallet: proven, lost: ['totp'] })).toMatchObject({ kind: 'verify', offer: ['webauthn'] })
    expect(step({ wallet, lost: ['password', ...lost] })).toMatchObject({
      kind: 'enrol',
      offer: ['password'],
    })
  })

  test('opens no locked account', () => {
    expect(step({ wallet: { pw: 'idle' }, lost: ['password'], account: { locked: true } })).toMatchObject({
      why: 'account_locked',
    })
  })
})
