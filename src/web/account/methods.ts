import { hasTwoKinds } from '../../domain/binding.ts'
import type { Credential, Factor, Json } from '../../domain/factor.ts'
import type { Own } from '../../journey/account.ts'
import type { Language } from '../languages.ts'

/** One credential as its owner sees it: everything in words. */
export interface Item {
  id: string
  name: string
  named: boolean
  created: string
  used: string | undefined
  suspended: boolean
  about: { [key: string]: Json }
}

/** One way to sign in, with what the account has of it. */
export interface Method {
  factor: string
  items: Item[]
  most: number
  /** May be set up by oneself, in the place of the one there is where only one can be; may be given up. */
  settable: boolean
  removable: boolean
  full: boolean
  /** What the browser is told of what there is. */
  accepted: { [key: string]: Json } | undefined
}

/** Ways to sign in that the account has or may set up, in the order in which they are offered, the password last. */
export function methodsOf(
  { account, credentials }: Own,
  factors: Iterable<Factor>,
  day: (at: number) => string,
): Method[] {
  const list = [...factors]
  const methods = list.map((factor) => {
    const held = credentials.filter((c) => c.factor === factor.id)
    const { id, maxPerAccount: most, enrollable: removable } = factor
    const useful = !factor.helpsOut || held.length > 0 || hasTwoKinds(credentials, list)
    const settable = removable ? useful : factor.replaceable === true && held.length > 0
    return {
      factor: id,
      items: held.map((c) => itemOf(c, factor, day)),
      most,
      settable,
      removable,
      full: most > 1 && held.length >= most,
      accepted: factor.accepted?.(account, held),
    }
  })
  return methods
    .filter(({ items, settable }) => items.length > 0 || settable)
    .sort((a, b) => Number(b.removable) - Number(a.removable))
}

export const itemOf = (credential: Credential, factor: Factor, day: (at: number) => string): Item => ({
  id: credential.id,
  name: credential.label,
  named: factor.rename !== undefined,
  created: day(credential.createdAt),
  used: credential.lastUsedAt === undefined ? undefined : day(credential.lastUsedAt),
  suspended: credential.suspended,
  about: factor.describe?.(credential.data) ?? {},
})

/** How the account signs in without this credential: „Passkey, Passwort“. */
export const remaining = ({ credentials }: Own, id: string, t: Language['t']): string => {
  const rest = credentials.filter((c) => c.id !== id && !c.suspended)
  return [...new Set(rest.map((c) => t(`method.${c.factor}`)))].join(', ')
}
