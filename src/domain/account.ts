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
