import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { PoolConfig } from 'pg'
import { lockFolder } from './folder-lock.ts'

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
  const path = resolve(folder)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const release = lockFolder(path)
  const run = mkdtempSync(join(tmpdir(), 'pforte-'))
  const workerData = { folder: path, socket: join(run, '.s.PGSQL.5432') }
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), { workerData })
  const cleanUp = (): void => {
    release()
    rmSync(run, { recursive: true, force: true })
  }
  try {
    await once(worker, 'message')
  } catch (error) {
    cleanUp()
    throw error
  }
  return {
    connection: { host: run, port: 5432, user: 'postgres', database: 'postgres', password: 'unused', max: 10 },
    async close() {
      worker.postMessage('stop')
      await once(worker, 'exit')
      cleanUp()
    },
  }
}
