import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { makeKeyPair } from '../../demo/bundid/certificate.ts'
import { identityProviderMetadata } from '../../demo/bundid/saml/metadata.ts'
import type { Finding } from '../../src/settings/findings.ts'
import { TAKEN } from '../../src/settings/identity-providers.ts'
import { loadSettings, SettingsError } from '../../src/settings/load.ts'

const [signing, encryption, next, small] = [3072, 3072, 3072, 2048].map((bits, n) =>
  makeKeyPair(`key ${n}`, bits),
)
const pem = (pair: typeof signing): string => `${pair?.key}${pair?.certificate}`
const metadata = identityProviderMetadata(
  'https://bundid.example/idp',
  { post: 'https://bundid.example/post', redirect: 'https://bundid.example/redirect' },
  [signing?.certificate ?? '', next?.certificate ?? ''],
)

const GOOD = {
  metadata: 'file:idp.xml',
  entity_id: 'https://login.example',
  signing_key: 'file:signing.pem',
  encryption_keys: ['file:encryption.pem', 'env:NEXT_KEY'],
  display_name: 'Jobcenter',
  online_service_id: 'BMI-A1234',
}

const load = (block: object, files: Record<string, string> = {}) =>
  loadAll({ bundid: { ...GOOD, ...block } }, files)

function loadAll(identity_providers: object, files: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-settings-'))
  const written = {
    'pforte.yaml': stringify({
      operator: { name: 'Jobcenter', zone: 'Europe/Berlin' },
      identity_providers,
    }),
    'policy.yaml': stringify({ levels: [{ acr: 'mfa', distinct_kinds: 2 }] }),
    'idp.xml': metadata,
    'signing.pem': pem(signing),
    'encryption.pem': pem(encryption),
    ...files,
  }
  for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), text)
  return loadSettings({
    PFORTE_CONFIG: folder,
    PFORTE_DATA: folder,
    PFORTE_ISSUER: 'https://login.example:8443',
    NEXT_KEY: pem(next),
  })
}

test('A bundid block gives both sides of the federation', () => {
  const { bundid } = load({}).identityProviders
  expect(bundid?.us).toMatchObject({
    entityId: 'https://login.example',
    consumer: 'https://login.example:8443/saml/bundid/acs',
    displayName: 'Jobcenter',
    binding: 'post',
    signatureAlgorithm: 'rsa-pss-sha256',
  })
  expect(bundid?.us.encryption).toHaveLength(2)
  expect(bundid?.us.signing.key).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  expect(bundid?.them.entityId).toBe('https://bundid.example/idp')
  expect(bundid?.them.certificates).toHaveLength(2)
  expect(bundid?.them.sso).toEqual({
    post: 'https://bundid.example/post',
    redirect: 'https://bundid.example/redirect',
  })
})

const noPost = metadata.replace('HTTP-POST', 'HTTP-Artifact')
const WRONG: [string, string, RegExp, object, Record<string, string>?][] = [
  ['an entity ID with a port', 'entity_id', /without a port/, { entity_id: 'https://login.example:8443' }],
  [
    'an entity ID with the usual port',
    'entity_id',
    /without a port/,
    { entity_id: 'https://login.example:443' },
  ],
  ['an entity ID that is not https', 'entity_id', /https/, { entity_id: 'urn:example' }],
  ['a path that is none', 'acs_path', /path/, { acs_path: 'saml/../x' }],
  ['a secret in the file', 'signing_key', /reference/, { signing_key: pem(signing) }],
  ['a key that is not there', 'signing_key', /cannot be read/, { signing_key: 'file:absent.pem' }],
  ['a key without its certificate', 'signing_key', /certificate/, {}, { 'signing.pem': signing?.key ?? '' }],
  [
    'the certificate of another key',
    'signing_key',
    /another key/,
    {},
    { 'signing.pem': `${signing?.key}${next?.certificate}` },
  ],
  ['a key that is too small', 'signing_key', /3072/, {}, { 'signing.pem': pem(small) }],
  [
    'a broken key',
    'encryption_keys[0]',
    /cannot be read/,
    {},
    { 'encryption.pem': pem(encryption).replace(/MII/g, 'AAA') },
  ],
  ['one key for both purposes', 'encryption_keys', /signing key/, {}, { 'encryption.pem': pem(signing) }],
  [
    'three decryption keys',
    'encryption_keys',
    /./,
    { encryption_keys: Array(3).fill('file:encryption.pem') },
  ],
  ['a long display name', 'display_name', /too large/, { display_name: 'x'.repeat(51) }],
  ['a BMI-ID that is none', 'online_service_id', /BMI-ID/, { online_service_id: '1234' }],
  ['no BMI-ID', 'online_service_id', /missing/, { online_service_id: undefined }],
  ['a path of ours', 'acs_path', /taken here/, { acs_path: '/account/acs' }],
  [
    'levels without the attribute that names people',
    'person_attribute',
    /missing/,
    { levels: { x: 'high' } },
  ],
  ['metadata that is not there', 'metadata', /cannot be read/, { metadata: 'file:absent.xml' }],
  ['metadata that is none', 'metadata', /not the metadata/, {}, { 'idp.xml': '<html></html>' }],
  ['metadata with a DOCTYPE', 'metadata', /not the metadata/, {}, { 'idp.xml': `<!DOCTYPE x>${metadata}` }],
  [
    'metadata with a broken certificate',
    'metadata',
    /certificate/,
    {},
    { 'idp.xml': metadata.replace('>MII', '>AAA') },
  ],
  [
    'metadata without certificates',
    'metadata',
    /certificate/,
    {},
    { 'idp.xml': metadata.replace(/use="signing"/g, 'use="encryption"') },
  ],
  ['metadata without the binding', 'metadata', /post binding/, {}, { 'idp.xml': noPost }],
]

test.each(WRONG)(
  '%s is a finding at its place, with a way to mend it',
  (_, path, reason, block, files = {}) => {
    const [finding, ...more] = findingsOf(() => load(block, files))
    expect(more).toEqual([])
    expect(finding).toMatchObject({ file: 'pforte.yaml', path: `identity_providers.bundid.${path}` })
    expect(finding?.reason).toMatch(reason)
    expect(finding?.fix).not.toBe('')
  },
)

const COMPANIES = {
  ...GOOD,
  online_service_id: undefined,
  names: { de: 'Mein Unternehmenskonto', en: 'My business account' },
  person_attribute: 'urn:example:company',
  levels: { 'urn:example:certificate': 'substantial' },
}

test('A second identity provider has its own path, its own names and its own words for persons and levels', () => {
  const { bundid, companies } = loadAll({ bundid: GOOD, companies: COMPANIES }).identityProviders
  expect(bundid?.them).not.toHaveProperty('dialect')
  expect(companies).toMatchObject({
    names: { de: 'Mein Unternehmenskonto' },
    us: { consumer: 'https://login.example:8443/saml/companies/acs' },
    them: { dialect: { person: 'urn:example:company', levels: { 'urn:example:certificate': 3 } } },
  })
})

test.each([
  [
    'the same path',
    { bundid: GOOD, companies: { ...COMPANIES, acs_path: '/saml/bundid/acs' } },
    'companies.acs_path',
  ],
  [
    'the same folder',
    { bundid: GOOD, companies: { ...COMPANIES, acs_path: '/saml/bundid/x' } },
    'companies.acs_path',
  ],
  [
    'what is for BundID alone',
    { companies: { ...COMPANIES, attributes: ['given_name'] } },
    'companies.attributes',
  ],
  ['no names', { companies: { ...COMPANIES, names: undefined } }, 'companies.names'],
  ['the name of a factor', { totp: COMPANIES }, 'totp'],
])('Identity providers with %s are a finding', (_, providers, path) => {
  expect(findingsOf(() => loadAll(providers)).map((one) => one.path)).toEqual([`identity_providers.${path}`])
})

test('Policy may name an identity provider that is there, and no other', () => {
  const policy = (factor: string) => ({
    'policy.yaml': stringify({ levels: [{ acr: 'mfa', distinct_kinds: 2, factors: [factor] }] }),
  })
  expect(findingsOf(() => loadAll({ companies: COMPANIES }, policy('companies')))).toEqual([])
  expect(findingsOf(() => loadAll({ companies: COMPANIES }, policy('company')))).toMatchObject([
    { file: 'policy.yaml', path: 'levels[0].factors[0]', reason: 'is not a known value' },
  ])
})

test('Proven identity counts for as long as BSI TR-03160-1 lets a session last, where policy says nothing else', () => {
  const levels = [
    { acr: 'mfa', distinct_kinds: 2 },
    { acr: 'substantial', identity: 'substantial' },
    { acr: 'high', identity: 'high' },
    { acr: 'other', identity: 'high', max_age: 60 },
  ]
  const { live } = loadAll({}, { 'policy.yaml': stringify({ levels }) })
  const ages = live.policy.levels.map(({ acr, requirement }) => [acr, requirement.maxAge])
  expect(ages).toEqual([
    ['mfa', undefined],
    ['substantial', 7200],
    ['high', 1800],
    ['other', 60],
  ])
})

test('No path of an identity provider can be one of our own, whatever routes there are', () => {
  const source = ['src/web/routes.ts', 'src/oidc/provider.ts', 'src/oidc/device.ts', 'src/web/assets.ts']
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const firsts = [...source.matchAll(/['`]\/([a-z][a-z.-]*)[/'`]/g)].map(([, first]) => first)
  expect(firsts).toEqual(expect.arrayContaining(['account', 'authorize', 'interaction', 'health']))
  expect([...new Set(firsts)].filter((first) => !TAKEN.includes(first ?? ''))).toEqual([])
})

function findingsOf(load: () => unknown): readonly Finding[] {
  try {
    load()
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.findings
    throw error
  }
}
