/** An account: the subject of tokens. Personal data stays out of logs and audit; both name accounts by `id`. */
export interface Account {
  /** The `sub` of every token; random, never reused. */
  id: string
  username: string
  email?: string
  emailVerified: boolean
  givenName?: string
  familyName?: string
  /** Kundennummer; unique where present. */
  customerNumber?: string
  /** What the person says it is, where nobody has checked: it opens nothing and stands in no token. */
  claimedNumber?: string
  /** Customer group; policy rules select by it. */
  group: string
  /** BCP 47 language of mails and pages where the browser says nothing else. */
  locale: string
  locked: boolean
  /** Milliseconds since 1970. */
  createdAt: number
}

/**
 * The one form in which login names (user name or e-mail) are stored and compared:
 * compatibility-normalised, case-folded, without surrounding white space (PRECIS UsernameCaseMapped, RFC 8265).
 */
export function loginName(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
}

/** A name longer than this has no room in the index over all names. */
const LONGEST_NAME = 1024

/** Whether a name can be signed in with. Characters that nobody sees would make two names look alike. */
export function isNameToSignIn(typed: string, longest: number): boolean {
  const bytes = new TextEncoder().encode(loginName(typed)).length
  const visible = typed.isWellFormed() && !/[\p{Cc}\p{Cf}]/u.test(typed)
  return visible && typed.length <= longest && bytes > 0 && bytes <= LONGEST_NAME
}

/** Whether the account has an address that is known to be its owner's. */
export const isReachable = ({ email, emailVerified }: Pick<Account, 'email' | 'emailVerified'>): boolean =>
  email !== undefined && emailVerified
