import { serviceProviderMetadata } from '../factors/bundid/metadata.ts'
import { loadSettings } from '../settings/load.ts'
import { CommandError } from './exit.ts'

/** Prints our SAML metadata, which is uploaded at this identity provider. Throws `SettingsError`, `CommandError`. */
export function printMetadata(id: string): number {
  const federation = loadSettings(process.env).identityProviders[id]
  if (!federation)
    throw new CommandError('configuration', `pforte.yaml has no ${id} under identity_providers.`)
  console.log(serviceProviderMetadata(federation.us))
  return 0
}
