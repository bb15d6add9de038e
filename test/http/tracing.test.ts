import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { postgresAndRedis } from '../support/backends.ts'
import { enrolTotp, type Portal } from '../support/login.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

interface SentSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: Record<string, unknown> }[]
}

describe('The traces of a login, at a receiver of OTLP,', () => {
  const spans: SentSpan[] = []
  const services = new Set<unknown>()
  const paths = new Set<string | undefined>()
  let receiver: Server
  let provider: TestProvider
  let portal: Portal
  let who: Awaited<ReturnType<TestProvider['addAccount']>>
  let key: string

  beforeAll(async () => {
    receiver = createServer(async (req, res) => {
      paths.add(req.url)
      const sent = (await json(req)) as { resourceSpans: Sent[] }
      for (const { resource, scopeSpans } of sent.resourceSpans) {
        services.add(resource.attributes.find((one) => one.key === 'service.name')?.value.stringValue)
        spans.push(...scopeSpans.flatMap((scope) => scope.spans))
      }
      res.setHeader('Content-Type', 'application/json').end('{}')
    })
    await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening))
    const { port } = receiver.address() as AddressInfo
    provider = await startProvider({
      ...(await postgresAndRedis.open()),
      tracesTo: `http://127.0.0.1:${port}`,
    })
    portal = await relyingParty(provider.issuer)
    who = await provider.addAccount({ username: 'hermine.musterfrau', email: 'hermine@example.org' })
    const enrolled = await enrolTotp(provider, portal, who)
    key = enrolled.key
    await portal.finish(enrolled.person.answer, enrolled.request)
    // Whoever stops sends what is left.
    await provider.close()
  })
  afterAll(() => new Promise((closed) => receiver?.close(closed)))

  const named = (name: string) => spans.filter((span) => span.name === name)
  const parentOf = ({ parentSpanId }: SentSpan) => spans.find(({ spanId }) => spanId === parentSpanId)

  test('have one root for each request', () => {
    expect([...services]).toEqual(['pforte'])
    expect([...paths]).toEqual(['/v1/traces'])
    expect(named('GET authorize').length).toBeGreaterThan(0)
    expect(named('POST login').length).toBeGreaterThanOrEqual(3)
    expect(named('POST token')).toHaveLength(1)
    for (const span of named('POST login')) expect(span.parentSpanId ?? '').toBe('')
  })

  test('are of requests alone, not of what the server does by itself', () => {
    const roots = spans.filter((span) => !parentOf(span)).map(({ name }) => name)
    expect(roots.filter((name) => !/^(GET|POST) /.test(name))).toEqual([])
    expect(roots.length).toBeLessThan(spans.length / 2)
  })

  test('show the factor within the request, and the store calls where they are made', () => {
    const [verified] = named('password verify')
    const [enrolled] = named('totp enrol')
    if (!verified || !enrolled) throw new Error('no span of a factor')
    expect(parentOf(verified)?.name).toBe('POST login')
    expect(parentOf(enrolled)?.name).toBe('POST login')
    expect(named('accounts.withCredentials').some(({ traceId }) => traceId === verified.traceId)).toBe(true)
    const stored = named('credentials.enrol')[0]
    expect(stored && parentOf(stored)?.name).toBe('POST login')
    expect(stored?.attributes).toContainEqual({ key: 'db.system.name', value: { stringValue: 'postgres' } })
    expect(named('ephemeral.get')[0]?.attributes).toContainEqual({
      key: 'db.system.name',
      value: { stringValue: 'redis' },
    })
  })

  test('carry the id of the request and its status, and nothing that names a person', () => {
    const attributes = new Set(spans.flatMap((span) => span.attributes.map((one) => one.key)))
    expect([...attributes].sort()).toEqual([
      'db.system.name',
      'http.request.method',
      'http.response.status_code',
      'pforte.accepted',
      'pforte.factor',
      'pforte.request_id',
    ])
    const sent = JSON.stringify(spans)
    for (const secret of [who.username, 'hermine', who.password, who.id, key])
      expect(sent).not.toContain(secret)
  })
})

test('A receiver that never answers delays neither a login nor the end of the process', async () => {
  const silent = createServer(() => {})
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
  const { port } = silent.address() as AddressInfo
  const provider = await startProvider({
    ...(await postgresAndRedis.open()),
    tracesTo: `http://127.0.0.1:${port}`,
  })
  const portal = await relyingParty(provider.issuer)
  const { person, request } = await enrolTotp(provider, portal, await provider.addAccount())
  await portal.finish(person.answer, request)
  const began = performance.now()
  await provider.close()
  expect(performance.now() - began).toBeLessThan(10_000)
  silent.closeAllConnections()
  await new Promise((closed) => silent.close(closed))
})

interface Sent {
  resource: { attributes: SentSpan['attributes'] }
  scopeSpans: { spans: SentSpan[] }[]
}
