import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { PoolConfig } from 'pg'
import { lockFolder } from './folder-lock.ts'

/**
 * All connections share the database's one session, and the socket server takes their messages one by one as they
 * come: with two connections, a statement can meet the values of another. So there is one.
 */
const ONE_SESSION = 1

export interface Embedded {
  /** How to reach it, with the same driver and pool as any PostgreSQL. */
  connection: PoolConfig
  close(): Promise<void>
}

/**
 * Starts the embedded database in a worker thread. Its socket has no authentication: it lies in a directory that
 * only this account may enter. One folder, one process: the lock file beside the folder sees to that.
 */
export async function startEmbedded(folder: string): Promise<Embedded> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = realpathSync(folder)
  const release = lockFolder(path)
  const run = mkdtempSync(join(tmpdir(), 'pforte-'))
  const workerData = { folder: path, socket: join(run, '.s.PGSQL.5432') }
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), { workerData })
  const cleanUp = (): void => {
    release()
    rmSync(run, { recursive: true, force: true })
  }
  try {
    await started(worker)
  } catch (error) {
    await worker.terminate()
    cleanUp()
    throw error
  }
  return {
    connection: {
      host: run,
      port: 5432,
      user: 'postgres',
      database: 'postgres',
      ssl: false,
      max: ONE_SESSION,
    },
    async close() {
      const exit = once(worker, 'exit')
      worker.postMessage('stop')
      await exit
      cleanUp()
    },
  }
}

/** Its first message says that it serves; one that ends before has said why, or not. */
async function started(worker: Worker): Promise<void> {
  const settled = new AbortController()
  const { signal } = settled
  const ended = once(worker, 'exit', { signal }).then(([code]) => {
    throw new Error(`the embedded database ended with code ${code} before it was ready`)
  })
  try {
    await Promise.race([once(worker, 'message', { signal }), ended])
  } finally {
    settled.abort()
    await ended.catch(() => {})
  }
}
