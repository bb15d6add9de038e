import * as oidc from 'openid-client'
import { disclose } from '../../src/journey/disclose.ts'
import type { ClientSettings } from '../../src/settings/types.ts'
import { createPool } from '../../src/store/postgres.ts'
import { authorization, configured, passThrough, THIRD_PARTY } from '../support/applications.ts'
import { postgres } from '../support/backends.ts'
import { federation, them, us } from '../support/bundid.ts'
import { CLIENT, startProvider, type TestProvider } from '../support/provider.ts'

const PERSONAL: ClientSettings = {
  ...THIRD_PARTY,
  scope: ['openid', 'identity'],
  verifiedClaims: ['given_name', 'birthdate'],
}
const STRENGTH = { kinds: ['possession', 'knowledge'], amr: ['sc', 'pin'], phishingResistant: false } as const
const ENROLLED = {
  label: 'bundid',
  strength: { ...STRENGTH, kinds: [...STRENGTH.kinds], amr: [...STRENGTH.amr], identity: 'high' as const },
  data: {
    level: 4,
    attested: {
      level: 4,
      source: them.entityId,
      at: Date.UTC(2026, 10, 24, 12),
      attributes: { given_name: 'Ayşe', family_name: 'Özdemir', birthdate: '1991-05-04' },
    },
  },
}

describe('What BundID has said of a person', () => {
  let provider: TestProvider
  let database: string
  beforeAll(async () => {
    const backend = await postgres.open()
    database = 'url' in backend.database ? backend.database.url : ''
    const bundid = (issuer: string) => ({ us: { ...us, consumer: `${issuer}/saml/bundid/acs` }, them })
    provider = await startProvider({ ...backend, bundid, clients: [CLIENT, PERSONAL] })
  })
  afterAll(() => provider?.close())

  /** Signed in at this application with the given scope; on the consent page, where there is one. */
  const arrive = async (client: ClientSettings, scope: string) => {
    const config = await configured(provider.issuer, client)
    const { verifier, parameters } = await authorization(client, { scope })
    const url = oidc.buildAuthorizationUrl(config, parameters).href
    const { person, who } = await passThrough(provider, url)
    const event = { event: 'factor.enrolled', factor: 'bundid', credentialId: crypto.randomUUID() } as const
    const enrolled = { ...ENROLLED, externalId: who.id }
    await provider.app.stores.credentials.enrol(event.credentialId, who.id, 'bundid', enrolled, 5, event)
    const finish = async () => {
      const tokens = await oidc.authorizationCodeGrant(config, person.answer, { pkceCodeVerifier: verifier })
      return oidc.fetchUserInfo(config, tokens.access_token, who.id)
    }
    return { person, who, finish }
  }

  test('is shown item by item before it is given, and given with level, source and time', async () => {
    const { person, who, finish } = await arrive(PERSONAL, 'openid identity')
    expect(person.text()).toContain('Ihr geprüfter Vorname')
    expect(person.text()).toContain('Ihr geprüftes Geburtsdatum')
    expect(person.text()).not.toContain('Familienname')
    await person.submit('/agree')
    expect((await finish()).verified_claims).toEqual({
      verification: expect.objectContaining({
        assurance_level: 'http://bsi.bund.de/eID/LoA/hoch',
        time: '2026-11-24T12:00:00.000Z',
      }),
      claims: { given_name: 'Ayşe', birthdate: '1991-05-04' },
    })
    expect(await provider.app.stores.consents.of(who.id, PERSONAL.clientId)).toEqual(
      expect.arrayContaining(['identity.given_name', 'identity.birthdate']),
    )
  })

  test('is not given without the scope, nor to an application whose file does not allow it', async () => {
    const plain = await arrive(PERSONAL, 'openid')
    expect(plain.person.text()).not.toContain('geprüft')
    await plain.person.submit('/agree')
    expect(await plain.finish()).not.toHaveProperty('verified_claims')
    const other = await arrive(CLIENT, 'openid profile')
    expect(await other.finish()).not.toHaveProperty('verified_claims')
  })

  test('is in what people get when they ask for all that is stored of them', async () => {
    const { who } = await arrive(CLIENT, 'openid')
    const { stores } = provider.app
    const account = await stores.accounts.byId(who.id)
    if (!account) throw new Error('no account')
    const credentials = await stores.credentials.ofAccount(who.id)
    const factors = new Map([['bundid', federation().factor]])
    const { signInMethods } = await disclose({ stores, factors }, { account, credentials }, who.id)
    expect(signInMethods.find((one) => one.factor === 'bundid')).toMatchObject({
      attested: {
        source: them.entityId,
        at: '2026-11-24T12:00:00.000Z',
        attributes: { family_name: 'Özdemir' },
      },
    })
  })

  test('lies encrypted in the database', async () => {
    await arrive(CLIENT, 'openid')
    const pool = createPool({ connectionString: database, max: 1 }, () => {})
    const { rows } = await pool.query<{ all: string }>(
      `SELECT (SELECT string_agg(c::text, ' ') FROM credentials c) || (SELECT string_agg(a::text, ' ') FROM audit a) AS all`,
    )
    await pool.end()
    expect(rows[0]?.all).toContain('bundid')
    expect(rows[0]?.all).not.toMatch(/Ayşe|Özdemir|1991-05-04/)
  })
})
