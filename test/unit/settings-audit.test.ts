import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../src/settings/load.ts'
import { testConfig } from '../support/config.ts'

const config = testConfig()
const base = readFileSync(join(config.folder, 'pforte.yaml'), 'utf8')
const audit = (written: string) => config.write('pforte.yaml', `${base}\naudit: ${written}\n`)

describe('The settings of the audit trail', () => {
  test('keep all of it where nothing is said', () => {
    config.write('pforte.yaml', base)
    expect(loadSettings(config.env)).not.toHaveProperty('auditMonths')
  })

  test('keep it for whole months', () => {
    audit('{ keep_months: 36 }')
    expect(loadSettings(config.env).auditMonths).toBe(36)
  })

  test.each([
    ['{ keep_months: 0 }', 'audit.keep_months: is too small'],
    ['{ keep_months: -1 }', 'audit.keep_months: is too small'],
    ['{ keep_months: 2.5 }', 'audit.keep_months: '],
    ['{ keep_months: 5000 }', 'audit.keep_months: is too large'],
    ['{ keep_months: for ever }', 'audit.keep_months: '],
    ['{}', 'audit.keep_months: '],
    ['{ keep_month: 36 }', 'audit.keep_month: is not a known setting'],
    ['', 'audit: '],
  ])('are refused as %s, with what to do, and nothing is removed by mistake', (written, finding) => {
    audit(written)
    expect(config.findings().join('\n')).toContain(`pforte.yaml: ${finding}`)
  })
})
