import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../src/settings/load.ts'
import { testConfig } from '../support/config.ts'

const config = testConfig()
const base = readFileSync(join(config.folder, 'pforte.yaml'), 'utf8')
const SITES = 'sites:\n  - name: Job Point\n    networks: [198.51.100.0/24]\n'
const desk = (more: string) =>
  config.write('pforte.yaml', `${base}\n${SITES}desk:\n  group: staff\n  sites: [Job Point]\n${more}`)

describe('The settings of the service desk', () => {
  test('are left out where there is none', () => {
    expect(loadSettings(config.env).desk).toBeUndefined()
  })

  test('hold officers to short sessions and codes to half an hour by themselves, without letters', () => {
    desk('')
    expect(loadSettings(config.env).desk).toEqual({
      group: 'staff',
      groups: [],
      sites: ['Job Point'],
      siteNetworkOnly: false,
      minutes: 30,
      codesPerHour: 60,
      searchesPerHour: 120,
      idle: 600,
      absolute: 14_400,
    })
  })

  test.each([
    ['  groups: [citizens, staff]\n', 'desk.groups: contains the group of the officers'],
    ['  session: { idle: 900, absolute: 600 }\n', 'desk.session: idle is longer than absolute'],
    ['  code_minutes: 0\n', 'desk.code_minutes'],
  ])('are refused with %s', (more, finding) => {
    desk(more)
    expect(config.findings().join('\n')).toContain(`pforte.yaml: ${finding}`)
  })

  test('are refused with a site that is not registered', () => {
    config.write('pforte.yaml', `${base}\n${SITES}desk:\n  group: staff\n  sites: [Nord]\n`)
    expect(config.findings()).toEqual(['pforte.yaml: desk.sites[0]: there is no site "Nord"'])
  })
})
