import { ceiling, closed, gap, strengths } from '../../src/domain/assurance.ts'
import { decide } from '../../src/domain/decide.ts'
import { FACTORS, factsOf, wallets } from '../support/worlds.ts'

const SMALL = wallets(['suspended', 'idle', 'stale', 'recent', 'fresh'], 3)

describe('Whoever changes their own account', () => {
  test('has proven the most that it can prove, freshly; and where that is so, is asked for nothing more', () => {
    const ends = { done: 0, asked: 0, refused: 0 }
    for (const wallet of SMALL) {
      const facts = factsOf({ wallet })
      const step = decide({ ...facts, confirm: true })
      const fresh = facts.proofs.filter((p) => p.at >= facts.enrolSince)
      const proven = closed(gap(strengths(fresh), ceiling(strengths(facts.credentials))))
      if (decide(facts).kind === 'done' && facts.proofs.length > 0)
        expect([wallet, step.kind === 'done']).toEqual([wallet, proven])
      if (step.kind === 'done') ends.done++
      else if (step.kind === 'verify') ends.asked++
      else if (step.kind === 'refuse') ends.refused++
    }
    expect(Object.values(ends).every((n) => n > 20)).toBe(true)
  })

  test('is not asked but turned away where nothing may be shown', () => {
    const facts = factsOf({ wallet: { pw: 'stale' }, interactive: false })
    expect(decide({ ...facts, confirm: true })).toMatchObject({ kind: 'refuse', error: 'login_required' })
  })

  test('sets up anew what there can be one of, and no eleventh of what there can be ten', () => {
    const facts = factsOf({ wallet: { pw: 'fresh', totp: 'fresh' } })
    expect(decide({ ...facts, wanted: 'totp' })).toMatchObject({
      kind: 'enrol',
      offer: ['totp'],
      skippable: true,
    })
    expect(decide({ ...facts, wanted: 'password' }).kind).toBe('done')
    const full = FACTORS.map((f) => (f.id === 'webauthn' ? { ...f, maxPerAccount: 0 } : f))
    expect(decide({ ...facts, factors: full, wanted: 'webauthn' }).kind).toBe('done')
  })
})
