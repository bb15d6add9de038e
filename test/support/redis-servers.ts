import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening, type Secured, startRedis, type TestServer, tlsAt } from './servers.ts'

/** A user who may do everything with keys of ours, and nothing with others. */
export const USER = { name: 'pforte', password: 'p@ss/word' }
export const ACL = [
  '--user',
  USER.name,
  'on',
  `>${USER.password}`,
  '~pforte:*',
  '+@all',
  '--user',
  'default',
  'on',
  'nopass',
  '~*',
  '&*',
  '+@all',
]
export const LOGIN = `${USER.name}:${encodeURIComponent(USER.password)}@`

const cli = (secured?: Secured): string[] =>
  secured ? ['-h', 'localhost', '--tls', '--cacert', secured.authority] : []

/** Cluster nodes that speak TLS to each other too, and are known by their name, as their certificate has it. */
const BY_NAME =
  '--tls-cluster yes --cluster-announce-hostname localhost --cluster-preferred-endpoint-type hostname'

/** Three masters that share the slots. */
export async function startCluster(secured?: Secured): Promise<TestServer> {
  const more = ['--cluster-enabled', 'yes', ...(secured ? BY_NAME.split(' ') : []), ...ACL]
  const nodes = await Promise.all(
    [1, 2, 3].map(async () => startRedis(['--cluster-port', String(await freePort()), ...more], secured)),
  )
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', [...cli(secured), '--cluster', 'create', ...addresses, '--cluster-yes'], {
    stdio: 'ignore',
    timeout: 20_000,
  })
  return {
    url: secured
      ? `rediss+cluster://${LOGIN}localhost:${nodes[0]?.port}`
      : `redis+cluster://${LOGIN}${addresses.slice(0, 2).join(',')}`,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  }
}

/** A master, its replica and a sentinel that makes the one the other; with a certificate all three are known by its name. */
export async function startSentinel(secured?: Secured): Promise<TestServer & { killMaster(): void }> {
  const host = secured ? 'localhost' : '127.0.0.1'
  const options = [...ACL, ...(secured ? ['--tls-replication', 'yes', '--replica-announce-ip', host] : [])]
  const master = await startRedis(options, secured)
  const replica = await startRedis([...options, '--replicaof', host, String(master.port)], secured)
  const folder = mkdtempSync(join(tmpdir(), 'pforte-sentinel-'))
  const file = join(folder, 'sentinel.conf')
  const port = await freePort()
  writeFileSync(
    file,
    `bind 127.0.0.1
dir ${folder}
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel monitor login ${host} ${master.port} 1
sentinel down-after-milliseconds login 2500
sentinel failover-timeout login 1000
`,
  )
  const ask = (at: number, ...command: string[]): string =>
    execFileSync('redis-cli', [...cli(secured), '-p', String(at), ...command], { encoding: 'utf8' })
  const deadline = Date.now() + 20_000
  const until = (found: () => boolean): void => {
    while (!found()) if (Date.now() > deadline) throw new Error('the replica is not seen')
  }
  // Nothing can take over before the sentinel knows the replica, which it asks the master for.
  until(() => ask(master.port, 'info', 'replication').includes('state=online'))
  const at = secured
    ? [...tlsAt(port, secured, folder), '--tls-replication', 'yes']
    : ['--port', String(port)]
  const sentinel = spawn('redis-server', [file, '--sentinel', ...at], { stdio: 'ignore' })
  await listening(port, sentinel)
  until(() => ask(port, 'sentinel', 'replicas', 'login').includes(String(replica.port)))
  return {
    url: `redis${secured ? 's' : ''}+sentinel://${LOGIN}${host}:${port}/login`,
    killMaster: master.kill,
    async stop() {
      sentinel.kill('SIGKILL')
      await Promise.all([master.stop(), replica.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
