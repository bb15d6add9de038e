import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certified } from './certificates.ts'

/** A server of its own for one test run, on a free port, in a folder that goes with it. */
export interface TestServer {
  url: string
  stop(): Promise<void>
}

/** The same, with the process that it is. */
export interface ServerProcess extends TestServer {
  pid: number
}

/** `authority`: the file of who issued it. */
export interface Secured extends Certified {
  authority: string
}

/**
 * PostgreSQL refuses to run as root; then it runs as its own account. `settings` as `name=value`, besides those that
 * make it quick to set up and throw away. With a certificate it offers TLS, and its `url` still goes without.
 */
export async function startPostgres(
  settings: readonly string[] = [],
  standbyOf?: string,
  certificate?: Certified,
): Promise<ServerProcess & { kill(): void; promote(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-pg-'))
  const asRoot = process.getuid?.() === 0
  const as = asRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
  if (asRoot) chownSync(folder, idOf('-u'), idOf('-g'))
  chmodSync(folder, 0o700)
  const bin = binaries()
  const data = join(folder, 'data')
  if (standbyOf)
    run([...as, join(bin, 'pg_basebackup'), '-D', data, '-R', '-c', 'fast', '-N', '-d', standbyOf])
  else run([...as, join(bin, 'initdb'), '-D', data, '-U', 'pforte', '-A', 'trust', '-E', 'UTF8', '--no-sync'])
  const port = await freePort()
  const quick = ['fsync=off', 'full_page_writes=off', 'max_connections=300']
  const { key, cert } = certificate ? keep(certificate, folder) : {}
  if (asRoot) for (const file of [key, cert]) if (file) chownSync(file, idOf('-u'), idOf('-g'))
  const tls = cert ? ['ssl=on', `ssl_cert_file=${cert}`, `ssl_key_file=${key}`] : []
  const options = [...quick, ...tls, ...settings].flatMap((setting) => ['-c', setting])
  const [command = '', ...rest] = [
    ...as,
    join(bin, 'postgres'),
    '-D',
    data,
    '-p',
    String(port),
    '-k',
    folder,
    ...options,
  ]
  const child = spawn(command, [...rest, '-h', '127.0.0.1'], { stdio: 'ignore' })
  await listening(port, child)
  // It listens before it has finished starting up.
  while (spawnSync(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]).status !== 0);
  const stop = async () => {
    await ended(child, 'SIGINT')
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    url: `postgres://pforte@127.0.0.1:${port}/postgres`,
    pid: child.pid ?? 0,
    stop,
    kill: () => void child.kill('SIGQUIT'),
    promote: () => run([...as, join(bin, 'pg_ctl'), 'promote', '-w', '-D', data]),
  }
}

/** Redis with further options, by TLS alone where it has a certificate. */
export async function startRedis(
  more: readonly string[] = [],
  secured?: Secured,
): Promise<ServerProcess & { port: number; kill(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-redis-'))
  const port = await freePort()
  const options = [
    ...(secured ? tlsAt(port, secured, folder) : ['--port', String(port)]),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  const child = spawn('redis-server', [...options, '--databases', '256', ...more], { stdio: 'ignore' })
  await listening(port, child)
  const stop = async () => {
    await ended(child, 'SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    url: secured ? `rediss://localhost:${port}` : `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    stop,
    kill: () => void child.kill('SIGKILL'),
  }
}

/** Certificate and key where a server reads them. */
function keep({ key, cert }: Certified, folder: string): { key: string; cert: string } {
  const files = { key: join(folder, 'server.key'), cert: join(folder, 'server.pem') }
  writeFileSync(files.key, key, { mode: 0o600 })
  writeFileSync(files.cert, cert)
  return files
}

/** Options of a Redis that speaks nothing else, and whose clients show a password in place of a certificate. */
export function tlsAt(port: number, secured: Secured, folder: string): string[] {
  const { key, cert } = keep(secured, folder)
  const own = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', secured.authority]
  return ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...own]
}

function binaries(): string {
  const root = '/usr/lib/postgresql'
  const newest = readdirSync(root).sort((a, b) => Number(b) - Number(a))[0]
  return join(root, newest ?? '', 'bin')
}

const run = ([command = '', ...args]: string[]): void => void execFileSync(command, args, { stdio: 'ignore' })
const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Resolves when something accepts connections on the port; rejects when the process ends before. */
export function listening(port: number, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code}`)))
    const knock = () => {
      const socket = createConnection(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve()
      })
      socket.once('error', () => setTimeout(knock, 20))
    }
    knock()
  })
}

const ended = (child: ChildProcess, signal: NodeJS.Signals): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.removeAllListeners('exit')
    child.once('exit', () => resolve())
    child.kill(signal)
  })
