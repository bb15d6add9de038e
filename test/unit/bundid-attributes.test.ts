import { loginResponse, OID } from '../../demo/bundid/saml/response.ts'
import type { Credential, Factor } from '../../src/domain/factor.ts'
import { verifiedClaims } from '../../src/oidc/verified-claims.ts'
import { EID, ELSTER, federation, NOON, usual } from '../support/bundid.ts'

const ABOUT = {
  [OID.givenName]: 'Zoe\u0301',
  [OID.surname]: 'Özdemir',
  [OID.birthdate]: '1991-05-04',
  [OID.locality]: '',
}
const WANTED = ['given_name', 'family_name', 'locality'] as const
const asking = () => federation({ us: { attributes: [...WANTED] } })

/** What a credential would hold after this login. */
async function linked(side = asking(), login: typeof EID = EID): Promise<unknown> {
  const { factor, sender, addressee, answerTo } = side
  const { show, remember } = await factor.beginVerification([])
  const answer = answerTo(show, loginResponse(sender, addressee(show), { ...login, about: ABOUT }))
  const verdict = await factor.finishVerification(remember, answer, async () => [])
  if (verdict.ok || !verdict.stranger) throw new Error(`not a stranger: ${JSON.stringify(verdict)}`)
  return factor.data.parse(verdict.stranger.data)
}

describe('What BundID says of a person', () => {
  test('is kept with level, source and time: what was asked for, normalised, and nothing that is empty', async () => {
    expect(await linked()).toEqual({
      level: 4,
      attested: {
        level: 4,
        source: 'https://bundid.example/idp',
        at: NOON,
        attributes: { given_name: 'Zoé', family_name: 'Özdemir' },
      },
    })
  })

  test('is not kept where nothing was asked for, nor where nothing is proven', async () => {
    expect(await linked(usual)).toEqual({ level: 4 })
    const login = { ...EID, means: 'Benutzername', level: 'STORK-QAA-Level-1' }
    expect(await linked(asking(), login)).toEqual({ level: 1 })
  })

  test.each([['too long', { [OID.givenName]: 'x'.repeat(501) }]])(
    'is refused where it is %s',
    async (_, about) => {
      expect(await asking().login({ ...EID, about })).toMatchObject({ hint: { cause: 'attributes' } })
    },
  )

  test('is renewed by what is as well proven, and not by less', async () => {
    const { factor, sender, addressee, answerTo, pass } = asking()
    const data = await linked()
    const [strength] = asking().factor.alternatives ?? []
    const held = { id: 'c1', factor: 'bundid', data, strength } as Credential
    const next = async (login: typeof EID, given: string) => {
      const { show, remember } = await factor.beginVerification([])
      const about = { ...ABOUT, [OID.givenName]: given }
      const answer = answerTo(show, loginResponse(sender, addressee(show), { ...login, about }))
      const verdict = await factor.finishVerification(remember, answer, async () => [held])
      return verdict.ok ? verdict.value.credential : undefined
    }
    expect(await next(EID, 'Zoe\u0301')).toBe(held)
    expect(await next(ELSTER, 'Other')).toBe(held)
    expect((await next(EID, 'Zoé Maria'))?.data).toMatchObject({
      attested: { attributes: { given_name: 'Zoé Maria' } },
    })
    pass(25 * 3600_000)
    expect((await next(EID, 'Zoe\u0301'))?.data).toMatchObject({ attested: { at: NOON + 25 * 3600_000 } })
  })
})

describe('The claim verified_claims', () => {
  const credential = (id: string, level: 3 | 4, at: number, more: object = {}): Credential => ({
    id,
    accountId: 'a',
    factor: 'bundid',
    label: id,
    strength: { kinds: [], amr: [], phishingResistant: false, identity: 'none' },
    data: {
      level,
      attested: {
        level,
        source: 'https://bundid.example/idp',
        at,
        attributes: {
          given_name: id,
          birthdate: '1991-05-04',
          place_of_birth: 'Halle',
          locality: 'Halle',
          country: 'DE',
        },
      },
    },
    version: 1,
    suspended: false,
    createdAt: 0,
    ...more,
  })
  const factors = new Map<string, Factor>([['bundid', usual.factor]])

  test('says what the application may have, with level, source and time', () => {
    const allowed = ['given_name', 'place_of_birth', 'country'] as const
    expect(verifiedClaims([credential('Zoé', 4, NOON)], factors, allowed)).toEqual({
      verified_claims: {
        verification: {
          trust_framework: 'bsi_tr_03107_1',
          assurance_level: 'http://bsi.bund.de/eID/LoA/hoch',
          time: '2026-11-24T12:00:00.000Z',
          evidence: [
            {
              type: 'electronic_record',
              record: { type: 'identity', source: { name: 'https://bundid.example/idp' } },
            },
          ],
        },
        claims: { given_name: 'Zoé', place_of_birth: { locality: 'Halle' }, address: { country: 'DE' } },
      },
    })
  })

  test('is of the best proof, of equal ones the newest, and never of a suspended credential', () => {
    const held = [
      credential('elster', 3, NOON + 9),
      credential('old', 4, NOON),
      credential('new', 4, NOON + 1),
      credential('gone', 4, NOON + 2, { suspended: true }),
    ]
    expect(verifiedClaims(held, factors, ['given_name'])).toMatchObject({
      verified_claims: { claims: { given_name: 'new' } },
    })
  })

  test('is not there where there is nothing to say', () => {
    expect(verifiedClaims([credential('Zoé', 4, NOON)], factors, ['street_address'])).toEqual({})
    expect(verifiedClaims([], factors, ['given_name'])).toEqual({})
    expect(verifiedClaims([credential('Zoé', 4, NOON, { factor: 'totp' })], factors, ['given_name'])).toEqual(
      {},
    )
  })
})
