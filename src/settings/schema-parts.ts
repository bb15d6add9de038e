import { z } from 'zod'

export const text = z.string().trim().min(1)

/** What is wrong with a value, and how to mend it. */
export const problem = (message: string, fix: string) => ({ error: message, params: { fix } })

/** Where a secret is. */
export const reference = text.refine(
  (value) => /^(env|file):.+/.test(value),
  problem('is not a reference', 'Write env:NAME or file:path; a secret never stands in this file.'),
)
