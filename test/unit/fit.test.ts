import { type Circumstance, rank } from '../../src/domain/fit.ts'
import { suits as bundid } from '../../src/factors/bundid/suits.ts'
import { suits as totp } from '../../src/factors/totp/suits.ts'
import { suits as webauthn } from '../../src/factors/webauthn/suits.ts'

const WAYS = { webauthn, totp, bundid }
const OFFER = ['webauthn', 'totp', 'bundid']
const ranked = (person: Circumstance, offer = OFFER) =>
  rank(offer, (id, who) => WAYS[id as keyof typeof WAYS]?.(who), person)
const order = (person: Circumstance) => ranked(person).map(({ id }) => id)
const impossible = (person: Circumstance) =>
  ranked(person).flatMap(({ id, fit }) => (fit && !fit.able ? [`${id}: ${fit.why}`] : []))

describe('„Was passt zu mir?“', () => {
  test('leaves the order as it is, and recommends nothing, as long as nothing is known', () => {
    expect(ranked({})).toEqual(OFFER.map((id) => ({ id, best: false })))
  })

  test.each<[string, Circumstance, string[]]>([
    [
      'own phone',
      { phone: true, card: false, shared: false, scripts: true, passkeys: 'here' },
      ['webauthn', 'totp', 'bundid'],
    ],
    [
      'own phone, computers of others',
      { phone: true, card: false, shared: true, scripts: true, passkeys: 'elsewhere' },
      ['totp', 'webauthn', 'bundid'],
    ],
    [
      'card and phone, computers of others',
      { phone: true, card: true, shared: true, scripts: true, passkeys: 'none' },
      ['totp', 'bundid', 'webauthn'],
    ],
    [
      'card, no phone, computers of others',
      { phone: false, card: true, shared: true, scripts: true, passkeys: 'elsewhere' },
      ['bundid', 'webauthn', 'totp'],
    ],
    [
      'nothing but the own computer',
      { phone: false, card: false, shared: false, scripts: true, passkeys: 'here' },
      ['webauthn', 'totp', 'bundid'],
    ],
  ])('puts first what fits: %s', (_, person, expected) => {
    expect(order(person)).toEqual(expected)
  })

  test('keeps what is impossible, last and with the reason', () => {
    expect(impossible({ card: false, scripts: false })).toEqual(['webauthn: scripts', 'bundid: card'])
    expect(impossible({ passkeys: 'none', scripts: true })).toEqual(['webauthn: browser'])
    expect(impossible({ phone: false, shared: true, scripts: true })).toEqual([])
  })

  test('recommends at most one, never one that is impossible or for which something must be bought', () => {
    const yesNo = [undefined, true, false]
    const can = [undefined, 'here', 'elsewhere', 'none'] as const
    let cases = 0
    for (const phone of yesNo)
      for (const card of yesNo)
        for (const shared of yesNo)
          for (const scripts of yesNo)
            for (const passkeys of can) {
              const given = Object.entries({ phone, card, shared, scripts, passkeys })
              const person = Object.fromEntries(
                given.filter(([, value]) => value !== undefined),
              ) as Circumstance
              const ways = ranked(person)
              expect(ways.map(({ id }) => id).toSorted()).toEqual(OFFER.toSorted())
              const best = ways.filter((one) => one.best)
              expect(best.length).toBeLessThanOrEqual(1)
              for (const { fit } of best) expect(fit).toMatchObject({ able: true, ease: expect.any(Number) })
              const firstImpossible = ways.findIndex(({ fit }) => fit && !fit.able)
              if (firstImpossible >= 0)
                expect(ways.slice(firstImpossible).every(({ fit }) => fit && !fit.able)).toBe(true)
              cases++
            }
    expect(cases).toBe(324)
  })

  test('knows nothing of ways that say nothing of themselves: they stand before the impossible ones', () => {
    const ways = ranked({ card: false, scripts: true }, ['saml', 'bundid', 'totp'])
    expect(ways.map(({ id }) => id)).toEqual(['totp', 'saml', 'bundid'])
  })
})
