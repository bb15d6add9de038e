import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { migrate } from '../src/store/migrate.ts'
import { createSeal } from '../src/store/seal.ts'
import { freePort, startPostgres, startRedis } from '../test/support/servers.ts'
import type { Stored } from './driver/population.ts'
import type { Servers } from './measure/cell.ts'
import { type Asked, askedOf } from './measure/stores.ts'
import { type Config, writeConfig } from './systems/config.ts'
import { type Starting, type System, startNode } from './systems/process.ts'

/** PostgreSQL, Redis and a configuration of their own, and what goes with them at the end. */
export interface World extends Stored {
  config: Config
  env: Record<string, string>
  /** Where a second one of the same servers keeps what it stores. */
  bare: { DATABASE_URL: string; REDIS_URL: string }
  servers: Servers
  /** Starts a program of ours beside it; it ends with the world, if not before. */
  start(args: readonly string[], env: Record<string, string>, more?: Partial<Starting>): Promise<System>
  asked(): Promise<Asked>
  /** Ends everything. With `failed`, what the programs have last written that is an error is shown. */
  close(failed?: unknown): Promise<void>
}

/** PostgreSQL with the memory that a server for accounts would have; it syncs nothing, since disks are not measured. */
const POSTGRES = ['shared_buffers=1GB', 'max_wal_size=4GB', 'autovacuum_naptime=15s']

export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-bench-'))
  const [postgres, redis] = await Promise.all([startPostgres(POSTGRES), startRedis()])
  const config = writeConfig(join(folder, 'config'), `http://localhost:${await freePort()}`)
  const urlOf = (database: string): string => postgres.url.replace(/\/postgres$/, `/${database}`)
  const admin = new Pool({ connectionString: postgres.url, max: 1 })
  for (const name of ['pforte', 'bare']) await admin.query(`CREATE DATABASE ${name}`)
  const pool = new Pool({ connectionString: urlOf('pforte') })
  for (const one of [admin, pool]) one.on('error', () => {})
  await migrate(pool)
  const counting = new Redis(redis.url)
  const running: System[] = []
  const log = join(folder, 'log')
  writeFileSync(log, '')
  return {
    config,
    pool,
    seal: createSeal(config.keyRing),
    env: { ...config.env, DATABASE_URL: urlOf('pforte'), REDIS_URL: `${redis.url}/0` },
    bare: { DATABASE_URL: urlOf('bare'), REDIS_URL: `${redis.url}/1` },
    servers: { postgres: postgres.pid, redis: redis.pid },
    async start(args, env, more) {
      const system = await startNode(args, env, { log, ...more })
      running.push(system)
      return system
    },
    asked: () => askedOf(admin, 'pforte', counting),
    async close(failed) {
      for (const system of running) await system.stop()
      if (failed !== undefined) console.error(failed, ...troublesIn(log))
      counting.disconnect()
      await pool.end()
      await admin.end()
      await Promise.all([postgres.stop(), redis.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The last lines that are neither of a lower level nor empty. */
const troublesIn = (log: string): string[] =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => /^\{"level":[56]0,/.test(line))
    .slice(-5)
