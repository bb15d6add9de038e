import { SettingsError } from '../src/settings/load.ts'
import { FolderInUse } from '../src/store/folder-lock.ts'
import { Trouble } from './trouble.ts'

const CONFIGURATION = 78 // EX_CONFIG of sysexits.h

/**
 * Starts something that returns how to stop it, and stops it at Ctrl-C and SIGTERM. What people can mend is said in a
 * sentence. A signal that comes during the start waits for its end; a second one does not wait.
 */
export async function runUntilStopped(start: (env: NodeJS.ProcessEnv) => Promise<() => Promise<void>>) {
  const started = start(process.env).catch(fail)
  const stop = async (): Promise<void> => (await started)?.()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop)
  await started
}

function fail(error: unknown): undefined {
  const plain = [Trouble, SettingsError, FolderInUse].some((kind) => error instanceof kind)
  console.error(plain ? (error as Error).message : error)
  process.exitCode = error instanceof SettingsError ? CONFIGURATION : 1
}
