import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening, type TestServer } from './servers.ts'

/** PgBouncer before the server of this address: each transaction may meet another of its three connections. */
export async function startPooler(url: string): Promise<TestServer> {
  const to = new URL(url)
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pforte-pooler-'))
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
* = host=127.0.0.1 port=${to.port} user=pforte
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`,
  )
  chmodSync(folder, 0o755)
  // Like PostgreSQL it refuses to run as root.
  const as = process.getuid?.() === 0 ? ['--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  const child = spawn('setpriv', [...as, '/usr/sbin/pgbouncer', file], { stdio: 'ignore' })
  await listening(port, child)
  to.port = String(port)
  to.searchParams.set('pgbouncer', 'true')
  return {
    url: to.href,
    async stop() {
      child.removeAllListeners('exit')
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
