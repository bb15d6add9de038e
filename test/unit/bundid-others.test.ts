import { loginResponse, OID } from '../../demo/bundid/saml/response.ts'
import { element } from '../../demo/bundid/saml/tree.ts'
import { NOTHING } from '../../src/domain/assurance.ts'
import { loadLanguages } from '../../src/web/languages.ts'
import { anyone, BPK2, EID, federation, usual } from '../support/bundid.ts'
import { at } from '../support/saml/edit.ts'

const dialect = { person: OID.bpk2, levels: { 'urn:x:substantial': 3, 'urn:x:high': 4 } } as const
const companies = () => federation({ them: { dialect } })
const saying = (level: string) => ({
  assertion: at('AuthnContextClassRef', (one) => element(one.name, {}, level)),
})

describe('An identity provider that is not BundID', () => {
  test('names people and levels in its own words', async () => {
    const { login } = companies()
    expect(await login(EID, saying('urn:x:substantial'))).toMatchObject({
      ok: true,
      value: { strength: { identity: 'substantial', amr: ['mfa'], kinds: ['possession', 'knowledge'] } },
    })
    expect(await login(EID, saying('urn:x:high'))).toMatchObject({
      value: { strength: { identity: 'high' } },
    })
  })

  test.each(['STORK-QAA-Level-4', 'urn:x:HIGH', 'toString', ''])(
    'is not believed a level it has no word for: "%s"',
    async (level) => {
      expect(await companies().login(EID, saying(level))).toMatchObject({ hint: { cause: 'level' } })
    },
  )

  test('gives less than is asked for: refused, and the login goes on', async () => {
    const high = { ...NOTHING, identity: 'high' } as const
    const verdict = await companies().login(EID, saying('urn:x:substantial'), high)
    expect(verdict).toMatchObject({ ok: false, reason: 'not_permitted', retry: { level: 4 } })
  })

  test('promises no more than its best level', () => {
    const { factor } = federation({ them: { dialect: { ...dialect, levels: { 'urn:x:substantial': 3 } } } })
    expect(factor.yields.identity).toBe('substantial')
    expect(factor.alternatives).toHaveLength(1)
  })

  test('has pages in its own name, in every language', async () => {
    const names = { de: 'Mein Unternehmenskonto', en: 'My business account' }
    const { all } = await loadLanguages(false, { companies: names })
    for (const { code, t } of all) {
      const name = code === 'de' ? names.de : names.en
      for (const key of ['way', 'login', 'method']) expect(t(`${key}.companies`)).toContain(name)
      expect(t('companies.err.cancelled')).not.toBe('')
    }
  })

  test('may leave its envelope unsigned where the operator says so, its assertion never', async () => {
    const lax = federation({ them: { responseSignature: 'optional' } })
    expect((await lax.login(EID, { signResponse: false })).ok).toBe(true)
    expect(await lax.login(EID, { signResponse: false, signAssertion: false })).toMatchObject({
      hint: { cause: 'signature' },
    })
    expect(await lax.tampered((xml) => xml.replace(/Destination="[^"]+"/, ''))).toMatchObject({ ok: false })
    expect(await usual.login(EID, { signResponse: false })).toMatchObject({
      hint: { cause: 'signature' },
    })
  })
})

test('Two identity providers that give one person the same name mean two persons', async () => {
  const names = []
  for (const entityId of ['https://bundid.example/idp', 'https://other.example/idp']) {
    const { factor, sender, addressee, answerTo } = federation({ them: { entityId } })
    const { show, remember } = await factor.beginVerification([])
    const answer = answerTo(
      show,
      loginResponse({ ...sender, entityId }, addressee(show), { ...EID, bpk2: BPK2 }),
    )
    const verdict = await factor.finishVerification(remember, answer, anyone)
    names.push(verdict.ok && verdict.value.credential.externalId)
  }
  expect(new Set(names).size).toBe(2)
})
