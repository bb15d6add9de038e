import { DatabaseError } from 'pg'
import { AppError } from '../domain/errors.ts'
import { SettingsError } from '../settings/load.ts'
import { FolderInUse } from '../store/folder-lock.ts'
import { ImportOvertaken } from '../store/import.ts'
import { SealError } from '../store/seal.ts'

/** Exit codes of sysexits.h. */
export const EXIT = {
  usage: 64,
  data: 65,
  noInput: 66,
  noAccount: 67,
  unavailable: 69,
  internal: 70,
  cannotWrite: 73,
  configuration: 78,
} as const

/** What the person at the terminal can mend: says what is wrong and what to do. */
export class CommandError extends Error {
  readonly code: number

  constructor(exit: keyof typeof EXIT, message: string) {
    super(message)
    this.name = 'CommandError'
    this.code = EXIT[exit]
  }
}

/** Table or column missing: the schema is older than this program. */
const OUTDATED_SCHEMA = new Set(['42P01', '42703'])

/** Any error as an exit code and a text for the terminal. A stack is shown for what nobody foresaw alone. */
export function explain(error: unknown): { code: number; text: string } {
  if (error instanceof CommandError) return { code: error.code, text: error.message }
  if (error instanceof SettingsError) return { code: EXIT.configuration, text: error.message }
  if (error instanceof SealError) {
    const text = `PFORTE_KEY_RING is not that of this database: ${error.message}.`
    return { code: EXIT.configuration, text }
  }
  if (error instanceof FolderInUse || error instanceof ImportOvertaken)
    return { code: EXIT.unavailable, text: sentence(error.message) }
  if (error instanceof AppError && error.code === 'store_unavailable' && isPooler(error.cause)) {
    const text = 'This is a pooler of connections. Add ?pgbouncer=true to DATABASE_URL.'
    return { code: EXIT.configuration, text }
  }
  if (error instanceof AppError && error.code === 'store_unavailable') {
    const reasons = [...new Set(causesOf(error.cause).map(reasonOf))]
    const advice = ADVICE.find(([sign]) => reasons.some((reason) => sign.test(reason)))?.[1]
    const text = `The database cannot be reached: ${reasons.join('; ')}.`
    return advice ? { code: EXIT.configuration, text: `${text} ${advice}` } : { code: EXIT.unavailable, text }
  }
  if (error instanceof DatabaseError && OUTDATED_SCHEMA.has(error.code ?? '')) {
    const text = 'The database does not have the tables of this version. Run "npx pforte migrate" first.'
    return { code: EXIT.unavailable, text }
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    const text = 'The port is in use. Stop what uses it, or set PORT to another one.'
    return { code: EXIT.unavailable, text }
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: EXIT.internal, text: `This should not have happened.\n${text}` }
}

/** PgBouncer's answer to parameters that it does not hand on. */
const isPooler = (cause: unknown): boolean =>
  cause instanceof Error && cause.message.startsWith('unsupported startup parameter')

/** What is wrong with DATABASE_URL and not with the server, by what Node and the driver say. */
const ADVICE: [RegExp, string][] = [
  [/altnames/, 'Write the host into DATABASE_URL as the certificate of the server names it.'],
  [
    /issuer certificate|first certificate|self-signed/,
    'Name the authority of the server in DATABASE_URL: ?sslrootcert=.',
  ],
  [/does not support SSL/, 'Switch TLS on at the server (ssl = on), or correct the host in DATABASE_URL.'],
  [/^E[A-Z]+: .* open '/, 'Correct the name of this file in DATABASE_URL, or let Pforte read it.'],
]

/** An error, or what stands behind one of several servers or addresses. */
function causesOf(error: unknown): unknown[] {
  if (error instanceof AggregateError) return error.errors.flatMap(causesOf)
  const behind = error instanceof Error && error.cause instanceof AggregateError ? causesOf(error.cause) : []
  return [error, ...behind]
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : 'no reason given')

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, '.')}`
