import fc from 'fast-check'
import { due, inOrder, obsolete, signer } from '../../src/domain/signing-keys.ts'

const ALGS = ['ES256', 'RS256']
const rotation = { every: 90, ahead: 10, keep: 5 }
const key = (kid: string, notBefore: number, alg = 'ES256') => ({ kid, alg, notBefore })

describe('The signing key', () => {
  test('is the newest that has begun', () => {
    const keys = [key('next', 200), key('old', 0), key('now', 100), key('other', 150, 'RS256')]
    expect(signer(keys, 'ES256', 150)?.kid).toBe('now')
    expect(inOrder(keys, ALGS, 150).map(({ kid }) => kid)).toEqual(['now', 'old', 'next', 'other'])
  })

  test('is the first to begin where a clock was set back before all of them', () => {
    expect(signer([key('b', 200), key('a', 100)], 'ES256', 50)?.kid).toBe('a')
  })
})

describe('Rotation', () => {
  test('makes the first keys, which sign at once', () => {
    expect(due([], ALGS, rotation, 7)).toEqual([
      { alg: 'ES256', notBefore: 7 },
      { alg: 'RS256', notBefore: 7 },
    ])
  })

  test('publishes the next one before it is its turn, and only one', () => {
    const es =
      (...keys: { kid: string; alg: string; notBefore: number }[]) =>
      (now: number) =>
        due(keys, ['ES256'], rotation, now)
    expect(es(key('a', 0))(79)).toEqual([])
    expect(es(key('a', 0))(80)).toEqual([{ alg: 'ES256', notBefore: 90 }])
    expect(es(key('a', 0), key('b', 90))(85)).toEqual([])
  })

  test('lets a next one be published for its whole time, however late it is made', () => {
    expect(due([key('a', 0)], ['ES256'], rotation, 500)).toEqual([{ alg: 'ES256', notBefore: 510 }])
  })

  test('keeps a key as long as something it signed may be shown', () => {
    const keys = [key('a', 0), key('b', 90)]
    expect(obsolete(keys, rotation, 95)).toEqual([])
    expect(obsolete(keys, rotation, 96)).toEqual(['a'])
  })

  test('never leaves relying parties without the key of a token, at any pace and whoever looks when', () => {
    const paces = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(paces, (steps) => {
        let [now, count] = [0, 0]
        let keys: ReturnType<typeof key>[] = []
        const published = new Map<string, number>()
        const signed = new Map<string, number>()
        for (const step of steps) {
          now += step
          keys.push(
            ...due(keys, ['ES256'], rotation, now).map(({ notBefore }) => key(`k${++count}`, notBefore)),
          )
          const gone = obsolete(keys, rotation, now)
          for (const kid of gone) expect((signed.get(kid) ?? -Infinity) + rotation.keep).toBeLessThan(now)
          keys = keys.filter(({ kid }) => !gone.includes(kid))
          for (const { kid } of keys) if (!published.has(kid)) published.set(kid, now)
          const kid = signer(keys, 'ES256', now)?.kid ?? ''
          expect(kid).not.toBe('')
          if (kid !== 'k1') expect(now - (published.get(kid) ?? now)).toBeGreaterThanOrEqual(rotation.ahead)
          signed.set(kid, now)
        }
      }),
    )
  })
})
