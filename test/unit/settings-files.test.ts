import { join } from 'node:path'
import { loadSettings } from '../../src/settings/load.ts'
import { testConfig } from '../support/config.ts'

const PFORTE = 'operator: {name: Jobcenter, zone: Europe/Berlin}\n'
const POLICY = 'levels: [{acr: mfa, distinct_kinds: 2}, {acr: sfa}]\n'
const rule = (more: string) => `${POLICY}rules: [{name: a, demand: {acr: mfa}, ${more}}]\n`

describe('A mistake in pforte.yaml is found:', () => {
  test.each([
    ['an unknown key', `${PFORTE}sesion: {idle: 5}\n`, 'sesion: is not a known setting'],
    [
      'one deep inside',
      'operator: {name: J, zone: Europe/Berlin, support: {fone: 1}}',
      'operator.support.fone: is not a known setting',
    ],
    ['a prototype as a key', `${PFORTE}__proto__: {a: 1}\n`, '__proto__: is not a known setting'],
    ['a wrong type', `${PFORTE}session: {idle: half an hour}\n`, 'session.idle: is not a number'],
    ['a missing key', 'operator: {zone: Europe/Berlin}', 'operator.name: is missing'],
    ['an empty value', 'operator: {name: " ", zone: Europe/Berlin}', 'operator.name: is empty'],
    ['an empty file', '', 'operator: is missing'],
    ['no group of keys', 'just text', ': is not a group of keys'],
    ['an unknown zone', 'operator: {name: J, zone: Mars/Base}', 'operator.zone: is not a known time zone'],
    [
      'a language there is not',
      'operator: {name: J, zone: Europe/Berlin, languages: [fr]}',
      'operator.languages[0]: is not a known value',
    ],
    [
      'a link that is none',
      'operator: {name: J, zone: Europe/Berlin, links: {imprint: /impressum}}',
      'operator.links.imprint: is not an absolute URL',
    ],
    ['a logo that is not there', 'operator: {name: J, zone: Europe/Berlin, logo: no.svg}', 'operator.logo: '],
    [
      'a logo that is no picture',
      'operator: {name: J, zone: Europe/Berlin, logo: policy.yaml}',
      'operator.logo: is not an SVG or PNG file',
    ],
    [
      'code among the colours',
      'operator: {name: J, zone: Europe/Berlin, colors: {--a: "red;}"}}',
      'operator.colors.--a: is not of the form',
    ],
    ['a fraction of a second', `${PFORTE}session: {idle: 1.5}\n`, 'session.idle: is not a whole number'],
    ['no time at all', `${PFORTE}session: {idle: 0}\n`, 'session.idle: is too small'],
    [
      'longer than a life',
      `${PFORTE}refresh_token_lifetime: 99999999999\n`,
      'refresh_token_lifetime: is too large',
    ],
    [
      'idle beyond absolute',
      `${PFORTE}session: {idle: 500, absolute: 100}\n`,
      'session: idle is longer than absolute',
    ],
    ['weak hashing', `${PFORTE}password: {memory_kib: 64}\n`, 'password.memory_kib: is too small'],
    [
      'hashing that exhausts the memory',
      `${PFORTE}password: {memory_kib: 99999999}\n`,
      'password.memory_kib: is too large',
    ],
    [
      'a colon in the name for apps',
      `${PFORTE}totp: {issuer: "Job: Center"}\n`,
      'totp.issuer: contains a colon',
    ],
    [
      'a colon in the name it comes from',
      'operator: {name: "Job: Center", zone: Europe/Berlin}',
      'totp.issuer: is missing',
    ],
    ['broken YAML', 'operator: {name: J\n  zone: [\n', 'line '],
    ['a key twice', `${PFORTE}${PFORTE}`, 'line 2: Map keys must be unique'],
    ['two documents', `${PFORTE}---\n${PFORTE}`, 'line 2: Source contains multiple documents'],
    ['an unknown tag', 'operator: !secret {name: J, zone: Europe/Berlin}', 'line 1: Unresolved tag'],
    ['an alias to nowhere', 'operator: *there\n', ': Unresolved alias'],
    ['aliases without end', `a: &a [1]\noperator: [${'*a, '.repeat(50)}]\n`, ': Excessive alias count'],
    ['a huge file', `${PFORTE}# ${'x'.repeat(300_000)}\n`, ': is larger than 256 kB'],
  ])('%s', (_what, text, expected) => {
    const config = testConfig()
    config.write('pforte.yaml', text)
    expect(config.findings().join('\n')).toContain(`pforte.yaml: ${expected}`)
  })

  test('another encoding than UTF-8', () => {
    const config = testConfig()
    config.write('pforte.yaml', Buffer.from('operator: {name: K\xf6ln, zone: Europe/Berlin}', 'latin1'))
    expect(config.findings()).toEqual(['pforte.yaml: : is not UTF-8'])
  })

  test('no file at all, and where it should be', () => {
    const config = testConfig()
    config.write('pforte.yaml', undefined)
    expect(config.findings()).toEqual(['pforte.yaml: : cannot be read (ENOENT)'])
    expect(() => loadSettings(config.env)).toThrow(join(config.folder, 'pforte.yaml'))
  })
})

describe('A mistake in policy.yaml is found:', () => {
  test.each([
    ['no levels', 'levels: []', 'levels: is empty'],
    ['an acr twice', 'levels: [{acr: mfa}, {acr: mfa}]', 'levels: "mfa" stands there twice'],
    ['an acr with blanks', 'levels: [{acr: two words}]', 'levels[0].acr: contains a blank'],
    [
      'three kinds',
      'levels: [{acr: a, distinct_kinds: 3}]',
      'levels[0].distinct_kinds: is not a known value',
    ],
    ['an unknown factor', 'levels: [{acr: a, factors: [sms]}]', 'levels[0].factors[0]: is not a known value'],
    [
      'an unknown acr',
      `${POLICY}rules: [{name: a, demand: {acr: mfaa}, stages: {require: 2025-01-01T00:00Z}}]`,
      'rules[0].demand.acr: "mfaa" is not a configured acr',
    ],
    [
      'an empty demand',
      `${POLICY}rules: [{name: a, demand: {}, stages: {require: 2025-01-01T00:00Z}}]`,
      'rules[0].demand: is empty',
    ],
    ['a rule that never begins', rule('stages: {}'), 'rules[0].stages: is empty'],
    [
      'a date without zone',
      rule('stages: {require: 2025-04-29T00:00:00}'),
      'rules[0].stages.require: is not an instant',
    ],
    [
      'a day without time',
      rule('stages: {require: 2025-04-29}'),
      'rules[0].stages.require: is not an instant',
    ],
    [
      'a day that its month does not have',
      rule('stages: {require: 2025-02-30T00:00:00Z}'),
      'rules[0].stages.require: is not a valid date',
    ],
    [
      'the 29th of February in another year',
      rule('stages: {require: 2025-02-29T00:00:00Z}'),
      'rules[0].stages.require: is not a valid date',
    ],
    [
      'a 25th hour',
      rule('stages: {require: 2025-04-29T25:00:00Z}'),
      'rules[0].stages.require: is not a valid date',
    ],
    [
      'an offset beyond a day',
      rule('stages: {require: "2025-04-29T00:00:00+99:00"}'),
      'rules[0].stages.require: is not a valid date',
    ],
    [
      'stages in another order',
      rule('stages: {announce: 2025-05-01T00:00Z, require: 2025-04-01T00:00Z}'),
      'rules[0].stages.require: begins before',
    ],
    [
      'a client there is not',
      rule('for: {clients: [portall]}, stages: {require: 2025-04-01T00:00Z}'),
      'rules[0].for.clients: there is no clients/portall.yaml',
    ],
    [
      'two rules of one name',
      `${POLICY}rules: [${'{name: a, demand: {acr: mfa}, stages: {require: 2025-01-01T00:00Z}},'.repeat(2)}]`,
      'rules: two rules are named "a"',
    ],
  ])('%s', (_what, text, expected) => {
    const config = testConfig()
    config.write('policy.yaml', text)
    expect(config.findings().join('\n')).toContain(`policy.yaml: ${expected}`)
  })

  test('and a leap day is none', () => {
    const config = testConfig()
    config.write('policy.yaml', rule('stages: {require: 2028-02-29T23:59:59+14:00}'))
    expect(config.findings()).toEqual([])
  })
})
