import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { Middleware } from 'koa'
import type { Factor, FactorId } from '../domain/factor.ts'
import { routeOf } from './routes.ts'
import type { Around } from './stores.ts'

export interface Tracing {
  /** Runs work within a span of this name, as part of a request; what nobody asked for is not traced. */
  span<T>(name: string, attributes: Attributes, work: Traced<T>): Promise<T>
  /** The same for the request itself. */
  root<T>(name: string, attributes: Attributes, work: Traced<T>): Promise<T>
  /** Sends what is left. */
  stop(): Promise<void>
}

/** A receiver that does not answer must not hold up the end of a process. */
const SEND_MS = 3_000

type Traced<T> = (span: Span | undefined) => Promise<T>

const untraced: Tracing['span'] = (_name, _attributes, work) => work(undefined)
const NONE: Tracing = { span: untraced, root: untraced, stop: async () => {} }

/**
 * Traces, sent by OTLP over HTTP to an endpoint; without one there are none and nothing of OpenTelemetry is loaded. Spans
 * carry names and numbers, never what an error says: that may hold what people typed. What callers say of their own
 * traces is not believed.
 */
export async function createTracing(endpoint: string | undefined): Promise<Tracing> {
  if (endpoint === undefined) return NONE
  const { BatchSpanProcessor, NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node')
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const { resourceFromAttributes } = await import('@opentelemetry/resources')
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'pforte' }),
    spanProcessors: [
      new BatchSpanProcessor(
        new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces`, timeoutMillis: SEND_MS }),
        { exportTimeoutMillis: SEND_MS },
      ),
    ],
  })
  const tracer = provider.getTracer('pforte')
  const current = new AsyncLocalStorage<Context>()
  const under = async <T>(parent: Context, name: string, attributes: Attributes, work: Traced<T>) => {
    const span = tracer.startSpan(name, { attributes }, parent)
    try {
      return await current.run(trace.setSpan(parent, span), () => work(span))
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  }
  return {
    span(name, attributes, work) {
      const parent = current.getStore()
      return parent ? under(parent, name, attributes, work) : work(undefined)
    },
    root: (name, attributes, work) => under(ROOT_CONTEXT, name, attributes, work),
    stop: () => provider.shutdown().catch(() => {}),
  }
}

/** One span for each request, named by what it is for; the id ties it to log lines and audit rows. */
export const tracedRequests =
  ({ root }: Tracing): Middleware =>
  (ctx, next) =>
    root(
      `${ctx.method} ${routeOf(ctx.path)}`,
      { 'http.request.method': ctx.method, 'pforte.request_id': String(ctx.state.requestId) },
      async (at) => {
        await next()
        at?.setAttribute('http.response.status_code', ctx.status)
        if (ctx.status >= 500) at?.setStatus({ code: SpanStatusCode.ERROR })
      },
    )

/** One span for each call of a store, around what else looks at it. */
export const tracedStores =
  ({ span }: Tracing, inner: Around): Around =>
  (call, run) =>
    span(`${call.store}.${call.method}`, { 'db.system.name': call.backend }, () => inner(call, run))

/** One span for each answer that a factor checks. */
export function tracedFactors(
  { span }: Tracing,
  factors: ReadonlyMap<FactorId, Factor>,
): ReadonlyMap<FactorId, Factor> {
  const traced = (factor: Factor): Factor => {
    const within = (what: string, work: () => Promise<{ ok: boolean }>) =>
      span(`${factor.id} ${what}`, { 'pforte.factor': factor.id }, async (at) => {
        const verdict = await work()
        at?.setAttribute('pforte.accepted', verdict.ok)
        return verdict
      }) as never
    return {
      ...factor,
      finishVerification: (...args) => within('verify', () => factor.finishVerification(...args)),
      finishEnrolment: (...args) => within('enrol', () => factor.finishEnrolment(...args)),
    }
  }
  return new Map([...factors].map(([id, factor]) => [id, traced(factor)]))
}
