import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { testConfig } from '../support/config.ts'

const found = (workplaces: string, proxies: string): string[] => {
  const config = testConfig()
  const file = readFileSync(join(config.folder, 'pforte.yaml'), 'utf8')
  config.write('pforte.yaml', `${file}\nworkplaces: ${workplaces}\n`)
  config.env.TRUSTED_PROXIES = proxies
  return config.findings()
}

test.each([
  ['{ header: X-Workplace }', '10.0.0.1', []],
  ['{ header: X-Workplace }', '', ['pforte.yaml: workplaces: no proxy is trusted to mark workplaces']],
  ['{ header: X-Forwarded-For }', '10.0.0.1', ['pforte.yaml: workplaces.header: is not a header for this']],
])(
  'a header that marks workplaces needs a name of its own and a proxy that is trusted: %s by "%s"',
  (yaml, proxies, expected) => {
    expect(found(yaml, proxies)).toEqual(expected)
  },
)
