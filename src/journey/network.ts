/**
 * Where requests come from, as the limits see it: one network under one name, however many addresses it has, and how
 * much is permitted to all of it together. Forty people at a job centre are one network.
 */
export interface Network {
  key: string
  /** The name of the registered site it is. */
  site?: string
  /** Failed guesses in a quarter of an hour. */
  guesses: number
  /** Mails with codes in an hour, to people who have proven nothing yet. */
  codes: number
  /** New accounts in an hour. */
  registrations: number
}

/** What a network may do that nobody has registered. */
export const STRANGERS = { guesses: 300, codes: 20, registrations: 10 } as const
