import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { environmentOf } from '../support/admin.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { type Running, start } from '../support/process.ts'
import { freePort } from '../support/servers.ts'

const TOKEN = 'a-token-for-the-metrics-of-the-tests'

/** The provider with two workers, and what one asks of it; each question comes by a connection of its own. */
async function twoWorkers(more: Record<string, string> = {}) {
  const port = await freePort()
  const server = start(['src/main.ts'], {
    ...testConfig().env,
    ...environmentOf(await postgresAndRedis.open()),
    PORT: String(port),
    PFORTE_WORKERS: '2',
    PFORTE_METRICS_TOKEN: TOKEN,
    ...more,
  })
  await server.seen(/Pforte is ready/)
  const ask = (path: string) =>
    fetch(`http://localhost:${port}${path}`, {
      headers: { connection: 'close', authorization: `Bearer ${TOKEN}` },
    })
  return { server, ask, port }
}

/** Process ids of its workers, the oldest first. */
const workersOf = ({ pid }: Running): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)

describe('Two workers on one port', () => {
  let at: Awaited<ReturnType<typeof twoWorkers>>
  beforeAll(async () => {
    at = await twoWorkers({ PFORTE_DRAIN_SECONDS: '2' })
  })
  afterAll(() => at?.server.kill('SIGKILL'))

  test('answer in turn, and the metrics are those of both', async () => {
    const asked = 12
    for (let n = 0; n < asked; n++) expect((await at.ask('/health/live')).status).toBe(200)
    const text = await (await at.ask('/metrics')).text()
    const counted = /^pforte_http_request_duration_seconds_count\{route="health",status="2xx"\} (\d+)$/m.exec(
      text,
    )
    expect(Number(counted?.[1])).toBe(asked)
    // What both read of one database is not counted twice.
    expect(text).toMatch(/^pforte_mail_outbox_letters 0$/m)
  })

  test('are two again after one was killed, and nobody notices', async () => {
    const [first = 0, second] = workersOf(at.server)
    process.kill(first, 'SIGKILL')
    await at.server.seen(/worker ended/)
    for (let n = 0; n < 6; n++) expect((await at.ask('/health/ready')).status).toBe(200)
    const now = workersOf(at.server)
    expect(now).toHaveLength(2)
    expect(now).toContain(second)
    expect(now).not.toContain(first)
  })

  test('told to stop, say first that they are not ready, close each connection with its answer, and end in peace', async () => {
    const agent = new Agent({ keepAlive: true })
    const kept = (path: string) =>
      new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
        get(`http://localhost:${at.port}${path}`, { agent }, (answer) => {
          answer.resume().once('end', () => resolve([answer.statusCode, answer.headers.connection]))
        }).once('error', reject)
      })
    expect(await kept('/health/live')).toEqual([200, 'keep-alive'])
    at.server.kill('SIGTERM')
    while ((await at.ask('/health/ready')).status !== 503);
    expect(await kept('/health/live')).toEqual([200, 'close'])
    expect((await at.server.ended).code).toBe(0)
  })
})

test('Workers that die again and again are not replaced for ever: the process ends and says why', async () => {
  const { server } = await twoWorkers()
  const dead = new Set<number>()
  while (dead.size < 5) {
    const alive = workersOf(server).find((pid) => pid > 0 && !dead.has(pid))
    if (alive === undefined) {
      await new Promise(setImmediate)
      continue
    }
    dead.add(alive)
    process.kill(alive, 'SIGKILL')
  }
  const { code, stdout } = await server.ended
  expect(code).toBe(1)
  expect(stdout).toContain('5 workers ended within a minute')
})
