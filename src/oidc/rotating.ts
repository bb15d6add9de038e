import type { JWK } from 'jose'
import type { Provider } from 'oidc-provider'
import type { Rotation } from '../domain/signing-keys.ts'
import { signingKeys } from './keys.ts'
import { createProvider, type ProviderDeps } from './provider.ts'

export interface RotatingDeps extends ProviderDeps {
  rotation: Rotation
}

export interface Rotating {
  /** The provider with the keys of now. */
  current(): Provider
  /** Looks what keys there are, makes those that are due, and takes them into use; all instances do so in turn. */
  turn(): Promise<void>
}

/**
 * The library's key set cannot change. So another provider takes the place of the one before, which ends what it has
 * begun: neither keeps anything in memory that the other would miss.
 */
export async function createRotating(
  deps: RotatingDeps,
  prepare: (provider: Provider) => void,
): Promise<Rotating> {
  const read = () => signingKeys(deps.stores.keys, deps.rotation, deps.now())
  const open = async (jwks: { keys: JWK[] }): Promise<Provider> => {
    const provider = await createProvider(deps, jwks)
    prepare(provider)
    return provider
  }
  let inUse = await read()
  let provider = await open(inUse)
  return {
    current: () => provider,
    async turn() {
      const next = await read()
      if (kids(next) === kids(inUse)) return
      provider = await open(next)
      inUse = next
    },
  }
}

const kids = ({ keys }: { keys: JWK[] }): string => keys.map(({ kid }) => kid).join()
