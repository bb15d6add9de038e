import type { Credential, Hint } from '../domain/factor.ts'
import type { Own } from './account.ts'
import type { Deps } from './deps.ts'

/** Gives a credential another name, by the rules of its factor. The hint says what is wrong with the name. */
export async function rename(
  deps: Deps,
  { account, credentials }: Own,
  { id, factor }: Credential,
  typed: string,
  requestId: string,
): Promise<'renamed' | Hint> {
  const others = credentials.filter((c) => c.factor === factor && c.id !== id).map((c) => c.label)
  const named = deps.factors.get(factor)?.rename?.(typed, others)
  if (!named) throw new Error(`a credential of ${factor} has no name of its own`)
  if (typeof named !== 'string') return named
  const event = {
    event: 'factor.renamed',
    factor,
    credentialId: id,
    accountId: account.id,
    requestId,
  } as const
  const outcome = await deps.stores.credentials.rename(id, account.id, named, event)
  return outcome === 'taken' ? { code: 'taken', field: 'name' } : 'renamed'
}
