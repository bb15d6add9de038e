import { readFileSync } from 'node:fs'
import { loadSettings } from '../../src/settings/load.ts'
import type { ClientSettings } from '../../src/settings/types.ts'
import { testConfig } from './config.ts'

const GUIDE = readFileSync('docs/integrating.md', 'utf8')

/** The client files as the guide shows them, read as a server would read them. */
export function clientsOfTheGuide(): Map<string, ClientSettings> {
  const config = testConfig()
  config.write('clients/portal.yaml', undefined)
  const env: Record<string, string> = { ...config.env }
  for (const [, name = '', text = ''] of GUIDE.matchAll(
    /```yaml\n# (clients\/[a-z]+\.yaml)\n([\s\S]*?)```/g,
  )) {
    config.write(name, text)
    const secret = /env:([A-Z_]+)/.exec(text)?.[1]
    if (secret) env[secret] = `secret-of-${name}`
  }
  return new Map(loadSettings(env).live.clients)
}

/** The block of Apache's configuration. */
export const apacheOfTheGuide = (): string => /```apache\n([\s\S]*?)```/.exec(GUIDE)?.[1] ?? ''

/** The script of the single-page application. */
export const scriptOfTheGuide = (): string => /```js\n\/\/ termine\.js\n([\s\S]*?)```/.exec(GUIDE)?.[1] ?? ''
