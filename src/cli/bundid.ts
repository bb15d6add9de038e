import { serviceProviderMetadata } from '../factors/bundid/metadata.ts'
import { loadSettings } from '../settings/load.ts'
import { CommandError } from './exit.ts'

/** Prints our SAML metadata, which is uploaded at BundID. Throws `SettingsError`, `CommandError`. */
export function printMetadata(): number {
  const { bundid } = loadSettings(process.env)
  if (!bundid) throw new CommandError('configuration', 'There is no bundid block in pforte.yaml.')
  console.log(serviceProviderMetadata(bundid.us))
  return 0
}
