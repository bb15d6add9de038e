import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * `node scripts/secrets.js [folder]`: the secrets of docker-compose.yml, made once. Nobody else may enter the folder;
 * the files in it are readable, because containers run under accounts of their own.
 */
const folder = process.argv[2] ?? 'secrets'
if (existsSync(folder)) {
  console.error(`${folder} is there already and left as it is: a new key ring could not open what is stored.`)
  process.exit(1)
}
mkdirSync(folder, { recursive: true, mode: 0o700 })
const password = randomBytes(24).toString('hex')
const secrets = {
  postgres_password: password,
  database_url: `postgres://pforte:${password}@postgres:5432/pforte`,
  key_ring: `k1:${randomBytes(32).toString('base64')}`,
  portal_client_secret: randomBytes(32).toString('base64url'),
}
for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), value, { mode: 0o644 })
console.log(`Made ${Object.keys(secrets).join(', ')} in ${folder}. Keep a copy of key_ring in a safe place.`)
