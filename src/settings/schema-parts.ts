import { z } from 'zod'

export const text = z.string().trim().min(1)

/** What is wrong with a value, and how to mend it. */
export const problem = (message: string, fix: string) => ({ error: message, params: { fix } })
