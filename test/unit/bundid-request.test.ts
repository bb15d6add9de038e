import { elements, parse } from '../../demo/bundid/saml/canonical.ts'
import { readRequest } from '../../demo/bundid/saml/request.ts'
import { schemaErrors } from '../../demo/bundid/saml/schema.ts'
import type { Requirement } from '../../src/domain/assurance.ts'
import type { Show } from '../../src/domain/factor.ts'
import { encoded, federation, keys, requestIdIn, requestIn, them, us } from '../support/bundid.ts'
import { metadataErrors } from '../support/saml/metadata.ts'

const service = {
  entityId: us.entityId,
  consumer: us.consumer,
  signing: keys.signing.certificate,
  encryption: keys.encryption.certificate,
}
const demand = (identity: Requirement['identity'], distinctKinds: 1 | 2 = 2): Requirement => ({
  distinctKinds,
  phishingResistant: false,
  identity,
})

const begin = async (
  settings: Partial<typeof us> = {},
  wanted: Requirement = demand('none'),
): Promise<Show> => (await federation({ us: settings }).factor.beginVerification([], { demand: wanted })).show

/** As the stand-in reads it: registered, signed, by the schemas of SAML and AKDB. */
const readBy = (show: Show) => {
  if (show.as === 'post') return readRequest({ body: show.fields }, show.action, [service])
  if (show.as !== 'redirect') throw new Error('not sent')
  return readRequest({ query: new URL(show.url).search.slice(1) }, show.url.split('?')[0] ?? '', [service])
}

describe('A request', () => {
  test.each([
    ['post', 'rsa-pss-sha256'],
    ['post', 'rsa-sha256'],
    ['redirect', 'rsa-pss-sha256'],
    ['redirect', 'rsa-sha256'],
  ] as const)('by %s with %s is taken by a strict identity provider', async (binding, signatureAlgorithm) => {
    const show = await begin({ binding, signatureAlgorithm })
    const read = await readBy(show)
    expect(read).toMatchObject({ service, displayName: 'Jobcenter' })
    expect(read.relayState).toMatch(/^[\w-]{32}$/)
  })

  test('keeps to the order of the schema, which notices if it does not', async () => {
    const xml = requestIn(await begin())
    const order = elements(parse(xml)).map((n) => n.localName)
    expect(order).toEqual(['Issuer', 'Signature', 'Extensions', 'NameIDPolicy', 'RequestedAuthnContext'])
    expect(await schemaErrors(xml)).toEqual([])
    const [, policy = ''] = /(<samlp:NameIDPolicy [^>]*>)/.exec(xml) ?? []
    const moved = xml.replace(policy, '').replace('<samlp:Extensions>', `${policy}<samlp:Extensions>`)
    expect(await schemaErrors(moved)).not.toEqual([])
  })

  test.each([
    [demand('none', 1), 1, ['Benutzername', 'Elster', 'FINK', 'eID', 'eIDAS']],
    [demand('none'), 3, ['Elster', 'FINK', 'eID', 'eIDAS']],
    [demand('low'), 3, ['Elster', 'FINK', 'eID', 'eIDAS']],
    [demand('substantial'), 3, ['Elster', 'FINK', 'eID', 'eIDAS']],
    [demand('high', 1), 4, ['FINK', 'eID', 'eIDAS']],
  ])(
    'asks for the level that is needed, and for the means that reach it (case %#)',
    async (wanted, level, means) => {
      const read = await readBy(await begin({}, wanted))
      expect(read.level).toBe(level)
      expect([...read.means].sort()).toEqual(means)
    },
  )

  test('asks for nothing about the person but their name at this service, the level and the means', async () => {
    const names = [...requestIn(await begin()).matchAll(/RequestedAttribute Name="([^"]+)"/g)].map(
      ([, name]) => name,
    )
    expect(names).toEqual([
      'urn:oid:1.3.6.1.4.1.25484.494450.3',
      'urn:oid:1.2.40.0.10.2.1.1.261.94',
      'urn:oid:1.3.6.1.4.1.25484.494450.2',
    ])
  })

  test('writes whatever stands in the settings as text', async () => {
    const displayName = `Jobcenter <&"'> {ID} ]]> Köln`
    const show = await begin({ displayName })
    expect((await readBy(show)).displayName).toBe(displayName)
  })

  test('says the language of the page, in one that BundID speaks, and the way back to this login', async () => {
    const { factor } = federation()
    const shown = async (language?: string) => {
      const { show } = await factor.beginVerification([], { language })
      const [, lang] = /<classic-ui:Lang>(.*?)</.exec(requestIn(show)) ?? []
      const [, back] = /<classic-ui:BackURL>(.*?)</.exec(requestIn(show)) ?? []
      return { lang, back, relayState: show.as === 'post' ? show.fields.RelayState : '' }
    }
    expect((await shown()).lang).toBe('de')
    expect((await shown('en')).lang).toBe('en')
    expect((await shown('ar"><x')).lang).toBe('en')
    const { back, relayState } = await shown()
    expect(back).toBe(`https://login.example/saml/bundid/back?RelayState=${relayState}`)
  })

  test('asks for what the operator wants to know about people, and never insists on it', async () => {
    const xml = requestIn(await begin({ attributes: ['given_name', 'birthdate'] }))
    expect(await schemaErrors(xml)).toEqual([])
    for (const oid of ['2.5.4.42', '1.2.40.0.10.2.1.1.55'])
      expect(xml).toContain(`Name="urn:oid:${oid}" RequiredAttribute="false"`)
  })

  test('to an identity provider that is not BundID names every level that will do, and nothing of BundID', async () => {
    const levels = { 'urn:x:low&"': 2, 'urn:x:substantial&"': 3, 'urn:x:high': 4 } as const
    const { factor } = federation({ them: { dialect: { person: 'urn:x:person', levels } } })
    const { show } = await factor.beginVerification([], { demand: demand('none') })
    const xml = requestIn(show)
    expect(await schemaErrors(xml)).toEqual([])
    expect([...xml.matchAll(/ClassRef [^>]*>([^<]+)</g)].map(([, ref]) => ref)).toEqual([
      'urn:x:substantial&amp;"',
      'urn:x:high',
    ])
    expect(xml).toContain('Comparison="exact"')
    expect(xml).not.toMatch(/akdb|Extensions/)
    expect(show).not.toHaveProperty('ready')
  })

  test('is a new one each time it is shown, and the answer to any of them counts', async () => {
    const { factor } = federation()
    const { show, remember } = await factor.beginVerification([])
    const again = await factor.resume(factor.state.parse(JSON.parse(JSON.stringify(remember))), 'verify')
    expect(requestIdIn(again)).not.toBe(requestIdIn(show))
    const prefix = (remember as { requests: string }).requests
    for (const one of [show, again]) expect(requestIdIn(one).startsWith(prefix)).toBe(true)
  })

  test.each([
    ['its display name changed', (xml: string) => xml.replace('Jobcenter', 'Jobcentre')],
    ['its level changed', (xml: string) => xml.replace('Level-3', 'Level-1')],
    ['its signature taken away', (xml: string) => xml.replace(/<ds:Signature .*<\/ds:Signature>/, '')],
  ])('with %s is refused there', async (_, change) => {
    const show = await begin()
    if (show.as !== 'post') throw new Error('not posted')
    const body = { ...show.fields, SAMLRequest: encoded(change(requestIn(show))) }
    await expect(readRequest({ body }, show.action, [service])).rejects.toThrow(/signature|not-signed/)
  })

  test('goes nowhere but to the address in the metadata', async () => {
    expect(await begin()).toMatchObject({ as: 'post', action: them.sso.post })
    const show = await begin({ binding: 'redirect' })
    expect(show.as === 'redirect' && show.url.startsWith(`${them.sso.redirect}?`)).toBe(true)
  })
})

describe('The metadata', () => {
  const document = (settings: Partial<typeof us> = {}) => {
    const { documents = {} } = federation({ us: settings }).factor
    return documents['/saml/bundid/metadata']?.() ?? { type: '', body: '' }
  }

  test('is valid, and has what BundID wants: no validUntil, no ID', async () => {
    const { type, body } = document()
    expect(type).toBe('application/samlmetadata+xml')
    expect(await metadataErrors(body)).toEqual([])
    expect(body).not.toMatch(/validUntil| ID=/)
    expect(body).toContain(`entityID="${us.entityId}"`)
    expect(body).toContain(`Location="${us.consumer}"`)
  })

  test('names the signing key and the newest encryption key, certificates alone', () => {
    const { body } = document({ encryption: [keys.encryption, keys.attacker] })
    const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '')
    const published = [...body.matchAll(/use="(\w+)">.*?<ds:X509Certificate>([^<]+)/gs)]
    expect(published.map(([, use, certificate]) => [use, certificate])).toEqual([
      ['signing', bare(keys.signing.certificate)],
      ['encryption', bare(keys.encryption.certificate)],
    ])
    expect(body).not.toContain(bare(keys.attacker.certificate))
    for (const { key } of Object.values(keys)) expect(body).not.toContain(bare(key).slice(-300, -200))
  })
})
