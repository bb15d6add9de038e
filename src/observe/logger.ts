import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

/** Fields that are never written, wherever they turn up. The first net is that nobody passes them. */
const SECRETS = [
  'password',
  'code',
  'secret',
  'token',
  'cookie',
  'authorization',
  'identifier',
  'email',
  'key',
]
const REDACT = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** Errors of libraries carry request and response; message, code and stack are what helps. */
const error = (e: Error & { code?: unknown }) => ({
  type: e.name,
  message: e.message,
  // Not `code`: that is what people type, and never written.
  ...(e.code ? { reason: e.code } : {}),
  stack: e.stack,
  ...(e.cause instanceof Error ? { cause: e.cause.message } : {}),
})

export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: REDACT, censor: '[secret]' },
    serializers: { err: error },
  }
  return pino(options, destination ?? inBlocks())
}

/**
 * To standard output, a block at a time: a call of the system for each line took a tenth of a login. Whatever waits is
 * written within a second, and at the end of the process.
 */
const inBlocks = (): DestinationStream =>
  pino.destination({ sync: false, minLength: 4_096, periodicFlush: 1_000 })
