import { hash } from '@node-rs/argon2'
import { Pool } from 'pg'
import { CHEAP, COSTS, PASSWORD, secretOf } from '../driver/population.ts'
import type { World } from '../world.ts'
import { type System, together } from './process.ts'

/** Pforte as `npm start` runs it, on the world's PostgreSQL and Redis; several instances of one issuer. */
export async function startPforte(world: World, instances: number): Promise<System> {
  const issuer = world.config.env.PFORTE_ISSUER ?? ''
  const started: System[] = []
  for (let n = 0; n < instances; n++) started.push(await world.start(['src/main.ts'], world.env, { issuer }))
  return together(started)
}

export const startUnhashed = (world: World): Promise<System> =>
  world.start(['bench/systems/unhashed.ts'], world.env, { issuer: world.config.env.PFORTE_ISSUER ?? '' })

/** Bare oidc-provider; its accounts have the names that those of Pforte have. */
export async function startBare(world: World, redis: boolean): Promise<System> {
  const { DATABASE_URL, REDIS_URL } = world.bare
  const env = { DATABASE_URL, ...(redis ? { REDIS_URL } : {}) }
  return world.start(['bench/systems/bare.ts'], env, { path: '/.well-known/openid-configuration' })
}

export const startKoa = (world: World): Promise<System> =>
  world.start(['bench/systems/koa.ts'], {}, { path: '/' })

export const startHash = (world: World): Promise<System> =>
  world.start(['bench/systems/hash.ts'], {}, { path: '/' })

export async function seedBare(
  { bare }: World,
  populations: { name: string; cheap: boolean; count: number }[],
) {
  const pool = new Pool({ connectionString: bare.DATABASE_URL })
  await pool.query(
    `CREATE TABLE bare_accounts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), preferred_username text UNIQUE,
       given_name text DEFAULT 'Erika', family_name text DEFAULT 'Mustermann', phc text, secret text)`,
  )
  for (const { name, cheap, count } of populations) {
    const names = Array.from({ length: count }, (_, n) => `${name}-${n}`)
    await pool.query(
      `INSERT INTO bare_accounts (preferred_username, phc, secret)
       SELECT name, $2, secret FROM unnest($1::text[], $3::text[]) AS given (name, secret)`,
      [names, await hash(PASSWORD, cheap ? CHEAP : COSTS), names.map(secretOf)],
    )
  }
  await pool.end()
}
