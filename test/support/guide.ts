import { readFileSync } from 'node:fs'
import { loadSettings } from '../../src/settings/load.ts'
import type { ClientSettings, Settings } from '../../src/settings/types.ts'
import { testConfig } from './config.ts'

const GUIDE = readFileSync('docs/integrating.md', 'utf8')

/** The configuration as the guide shows it, read as a server would read it. */
export function settingsOfTheGuide(): Settings {
  const config = testConfig()
  config.write('clients/portal.yaml', undefined)
  const env: Record<string, string> = { ...config.env, TRUSTED_PROXIES: '127.0.0.1' }
  const parts = [...GUIDE.matchAll(/```yaml\n# pforte\.yaml\n([\s\S]*?)```/g)].map(([, part = '']) => part)
  config.write('pforte.yaml', [readFileSync('config/pforte.yaml', 'utf8'), ...parts].join('\n'))
  for (const [, name = '', text = ''] of GUIDE.matchAll(
    /```yaml\n# (clients\/[a-z-]+\.yaml)\n([\s\S]*?)```/g,
  )) {
    config.write(name, text)
    const secret = /env:([A-Z_]+)/.exec(text)?.[1]
    if (secret) env[secret] = `secret-of-${name}`
  }
  return loadSettings(env)
}

export const clientsOfTheGuide = (): Map<string, ClientSettings> => new Map(settingsOfTheGuide().live.clients)

/** The block of Apache's configuration. */
export const apacheOfTheGuide = (): string => /```apache\n([\s\S]*?)```/.exec(GUIDE)?.[1] ?? ''

/** The script of the single-page application. */
export const scriptOfTheGuide = (): string => /```js\n\/\/ termine\.js\n([\s\S]*?)```/.exec(GUIDE)?.[1] ?? ''
