import cluster from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { AppError } from '../domain/errors.ts'

const ASK = 'pforte:metrics'

interface Asked {
  type: typeof ASK
  id: number
  text?: string
}

/** In the primary process: gives a worker the metrics of all when it asks. */
export function collectMetrics(): void {
  const all = new AggregatorRegistry()
  cluster.on('message', async (worker, message: Asked) => {
    if (message.type !== ASK) return
    // A worker that has ended answers nobody; whoever asked hears that there is no answer.
    const text = await all.clusterMetrics().catch(() => undefined)
    if (worker.isConnected()) worker.send({ type: ASK, id: message.id, ...(text ? { text } : {}) })
  })
}

/** What `/metrics` shows: of this process, or of all workers where it is one of them. */
export function exposition(registry: Registry): { contentType: string; metrics(): Promise<string> } {
  if (!cluster.isWorker) return registry
  AggregatorRegistry.setRegistries(registry)
  // It is this that answers the primary process.
  const { contentType } = new AggregatorRegistry()
  const waiting = new Map<number, PromiseWithResolvers<string>>()
  let last = 0
  process.on('message', ({ type, id, text }: Asked) => {
    if (type !== ASK) return
    const asked = waiting.get(id)
    waiting.delete(id)
    if (text === undefined) asked?.reject(new AppError('busy'))
    else asked?.resolve(text)
  })
  return {
    contentType,
    metrics() {
      const asked = Promise.withResolvers<string>()
      waiting.set(++last, asked)
      process.send?.({ type: ASK, id: last } satisfies Asked)
      return asked.promise
    },
  }
}
