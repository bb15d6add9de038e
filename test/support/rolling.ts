import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createHasher } from '../../src/factors/password/hash.ts'
import { passwordCredential } from '../../src/factors/password/index.ts'
import { environmentOf, withStores } from './admin.ts'
import { type Backend, postgresAndRedis } from './backends.ts'
import { testConfig } from './config.ts'
import { openMailbox } from './mailbox.ts'
import { portalFile } from './portal-file.ts'
import { type Running, start } from './process.ts'
import { CLIENT } from './provider.ts'
import { freePort } from './servers.ts'

/** Milliseconds between two looks at an instance's readiness. */
const LOOK_MS = 100

interface Instance {
  port: number
  running: Running
  ready: boolean
  /** Requests that it has not answered yet. */
  serving: Set<IncomingMessage>
  killed: boolean
}

export const PASSWORD = 'correct horse battery'
/** What a login costs in production. */
const COST = { memoryKiB: 19_456, passes: 2, parallelism: 1, queue: 100 }

/** Accounts with an address and a password; their ids by user name. */
export const register = (backend: Backend, names: readonly string[]): Promise<Map<string, string>> =>
  withStores(backend, async ({ stores }) => {
    const credential = passwordCredential(await createHasher(COST).hash(PASSWORD))
    const ids = new Map<string, string>()
    for (const username of names) {
      const email = `${username}@mail.example`
      const account = { username, email, emailVerified: false, group: 'citizens', locale: 'de' }
      ids.set(
        username,
        await stores.accounts.create(account, credential, { event: 'account.created', by: 'cli' }),
      )
    }
    return ids
  })

/**
 * Two instances as operators run them, behind a proxy that sends requests in turn to those that say they are ready. It
 * sends a request elsewhere only where the connection was refused, so that nothing is ever done twice.
 */
export async function startRolling() {
  const backend = await postgresAndRedis.open()
  const mailbox = await openMailbox()
  const config = testConfig()
  config.write('clients/portal.yaml', portalFile())
  config.write('pforte.yaml', `${PFORTE}mail: {from: konto@jobcenter.example, smtp: env:SMTP}\n`)
  const front = createServer((req, res) => pass(req, res))
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const env = {
    ...config.env,
    ...environmentOf(backend),
    PFORTE_ISSUER: issuer,
    PORTAL_SECRET: CLIENT.secret ?? '',
    SMTP: mailbox.url,
    LOG_LEVEL: 'info',
    PFORTE_DRAIN_SECONDS: '2',
  }
  const launch = (at: number): Running => start(['src/main.ts'], { ...env, PORT: String(at) })
  const instances: Instance[] = []
  for (const at of [await freePort(), await freePort()])
    instances.push({ port: at, running: launch(at), ready: false, serving: new Set(), killed: false })
  await Promise.all(instances.map(({ running }) => running.seen(/Pforte is ready/)))

  /** Requests that wait for an instance, while one was killed and the other is not ready. */
  const held: (() => void)[] = []
  const look = async (one: Instance): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${one.port}/health/ready`, {
      headers: { host: new URL(issuer).host, connection: 'close' },
    }).catch(() => undefined)
    one.ready = answer?.status === 200
    if (one.ready) for (const go of held.splice(0)) go()
  }
  await Promise.all(instances.map(look))
  const looking = setInterval(() => void Promise.all(instances.map(look)), LOOK_MS)

  let turn = 0
  const broken: { what: string; killed: boolean }[] = []
  let onServing = (): void => {}
  const pass = (req: IncomingMessage, res: ServerResponse, tried = 0): void => {
    const ready = instances.filter((one) => one.ready)
    const one = ready[turn++ % ready.length]
    if (!one && instances.some(({ killed }) => killed)) return void held.push(() => pass(req, res, tried))
    if (!one) return void res.writeHead(502).end('no instance is ready')
    const onward = request(
      {
        host: '127.0.0.1',
        port: one.port,
        method: req.method,
        path: req.url,
        headers: req.headers,
        agent: false,
      },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(res)
        answer.once('end', () => one.serving.delete(req))
      },
    )
    onward.on('error', (error: NodeJS.ErrnoException) => {
      one.serving.delete(req)
      if (error.code === 'ECONNREFUSED' && tried < 2) {
        one.ready = false
        return pass(req, res, tried + 1)
      }
      broken.push({ what: `${req.method} ${req.url}: ${error}`, killed: one.killed })
      if (res.headersSent) res.destroy()
      else res.writeHead(502).end(String(error))
    })
    // The body is sent once there is a connection: until then it can go to the other one.
    onward.on('socket', (socket) =>
      socket.once('connect', () => {
        one.serving.add(req)
        req.pipe(onward)
        onServing()
      }),
    )
  }
  await new Promise<void>((listening) => front.listen(port, '127.0.0.1', listening))

  return {
    issuer,
    backend,
    mailbox,
    /** Requests that got no answer, and whether the instance that had them was killed. */
    broken,
    /** Kills one while it has so many requests, and starts it anew. */
    async kill(n: number, many: number): Promise<void> {
      const one = instances[n % instances.length] as Instance
      while (one.serving.size < many)
        await new Promise<void>((served) => {
          onServing = served
        })
      one.killed = true
      await this.replace(n, 'SIGKILL')
      one.killed = false
    },
    /** Ends one as a deployment does, waits for it to go, and starts it anew. Resolves to its exit code. */
    async replace(n: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
      const one = instances[n % instances.length] as Instance
      one.running.kill(signal)
      const { code } = await one.running.ended
      one.ready = false
      one.running = launch(one.port)
      await one.running.seen(/Pforte is ready/)
      await look(one)
      return code
    },
    async close(): Promise<void> {
      clearInterval(looking)
      front.closeAllConnections()
      front.close()
      for (const { running } of instances) running.kill('SIGTERM')
      await Promise.all(instances.map(({ running }) => running.ended))
      await mailbox.close()
    },
  }
}

const PFORTE = `operator: {name: Jobcenter Musterstadt, zone: Europe/Berlin, languages: [de, en]}
`
