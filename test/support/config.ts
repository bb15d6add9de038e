import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SettingsError } from '../../src/settings/findings.ts'
import { loadSettings } from '../../src/settings/load.ts'

/** A configuration folder of its own with one client, and the environment that goes with it. */
export interface TestConfig {
  folder: string
  env: Record<string, string>
  /** Writes a file of the folder; undefined removes it. */
  write(name: string, text: string | Uint8Array | undefined): void
  /** What loading finds, each as `file: path: reason`. */
  findings(): string[]
}

export const CLIENT_FILE = `client_id: portal
name: Jobcenter-Portal
redirect_uris: [https://portal.example/callback]
client_secret: env:PORTAL_SECRET
`

export function testConfig(): TestConfig {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-config-'))
  for (const name of ['pforte.yaml', 'policy.yaml']) cpSync(join('config', name), join(folder, name))
  mkdirSync(join(folder, 'clients'))
  const write: TestConfig['write'] = (name, text) => {
    if (text === undefined) rmSync(join(folder, name), { recursive: true })
    else writeFileSync(join(folder, name), text)
  }
  write('clients/portal.yaml', CLIENT_FILE)
  const env = {
    PFORTE_CONFIG: folder,
    PFORTE_DATA: join(folder, 'data'),
    PORTAL_SECRET: 'a secret of the portal, for the tests',
    PFORTE_DRAIN_SECONDS: '0',
  }
  const findings = () => {
    try {
      loadSettings(env)
      return []
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      return error.findings.map(({ file, path, reason }) => `${file}: ${path}: ${reason}`)
    }
  }
  return { folder, env, write, findings }
}
