/** What people can mend themselves: its message is said, without a stack trace. */
export class Trouble extends Error {}

/** The code of a system error, `EADDRINUSE` for example. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''
