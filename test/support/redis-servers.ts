import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening, type Secured, startRedis, type TestServer } from './servers.ts'

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

/** Cluster nodes that speak TLS to each other too, and are known by their name, as their certificate has it. */
const BY_NAME =
  '--tls-cluster yes --cluster-announce-hostname localhost --cluster-preferred-endpoint-type hostname'

/** Three masters that share the slots. */
export async function startCluster(secured?: Secured): Promise<TestServer> {
  const more = ['--cluster-enabled', 'yes', ...(secured ? BY_NAME.split(' ') : []), ...ACL]
  const nodes = await Promise.all(
    [1, 2, 3].map(async () => startRedis(['--cluster-port', String(await freePort()), ...more], secured)),
  )
  const tls = secured ? ['--tls', '--cacert', secured.authority] : []
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', [...tls, '--cluster', 'create', ...addresses, '--cluster-yes'], {
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

/** A master, its replica and a sentinel that makes the one the other. */
export async function startSentinel(): Promise<TestServer & { killMaster(): void }> {
  const master = await startRedis(ACL)
  const replica = await startRedis([...ACL, '--replicaof', '127.0.0.1', String(master.port)])
  const folder = mkdtempSync(join(tmpdir(), 'pforte-sentinel-'))
  const file = join(folder, 'sentinel.conf')
  const port = await freePort()
  writeFileSync(
    file,
    `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor login 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds login 2500
sentinel failover-timeout login 1000
`,
  )
  const ask = (at: number, ...command: string[]): string =>
    execFileSync('redis-cli', ['-p', String(at), ...command], { encoding: 'utf8' })
  const deadline = Date.now() + 20_000
  const until = (found: () => boolean): void => {
    while (!found()) if (Date.now() > deadline) throw new Error('the replica is not seen')
  }
  // Nothing can take over before the sentinel knows the replica, which it asks the master for.
  until(() => ask(master.port, 'info', 'replication').includes('state=online'))
  const sentinel = spawn('redis-server', [file, '--sentinel'], {
    stdio: 'ignore',
  })
  await listening(port, sentinel)
  until(() => ask(port, 'sentinel', 'replicas', 'login').includes(String(replica.port)))
  return {
    url: `redis+sentinel://${LOGIN}127.0.0.1:${port}/login`,
    killMaster: master.kill,
    async stop() {
      sentinel.kill('SIGKILL')
      await Promise.all([master.stop(), replica.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
