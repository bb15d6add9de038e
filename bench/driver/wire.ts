import { Agent, type IncomingMessage, request } from 'node:http'
import { brotliDecompressSync } from 'node:zlib'

/** Requests of virtual people over connections that stay open. */
export interface Wire {
  /** As the platform's `fetch`, at a fifth of its cost; whatever host an address names, the ports are asked in turn. */
  fetch: typeof fetch
  /** Bytes of all pages so far, as they were sent. */
  pageBytes: number
  requests: number
  close(): void
}

export function createWire(ports: readonly number[]): Wire {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  let turn = 0
  const send = (url: URL, init: RequestInit): Promise<Response> => {
    const port = ports[turn++ % ports.length] ?? 0
    const form = init.body instanceof URLSearchParams
    const headers = {
      'accept-encoding': 'gzip, deflate, br, zstd',
      host: url.host,
      'user-agent': AGENT,
      ...Object.fromEntries(new Headers(init.headers)),
      ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    }
    const path = url.pathname + url.search
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path, method: init.method ?? 'GET', headers, agent },
        (reply) => void read(reply).then(resolve, reject),
      )
      sent.once('error', (error: NodeJS.ErrnoException) => {
        // The server ended an idle connection in the moment in which it was to be used again: this has not been asked yet.
        if (sent.reusedSocket && error.code === 'ECONNRESET') send(url, init).then(resolve, reject)
        else reject(error)
      })
      sent.end(init.body ? String(init.body) : undefined)
    })
  }
  const read = async (reply: IncomingMessage): Promise<Response> => {
    const chunks: Buffer[] = []
    for await (const chunk of reply) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    wire.requests++
    if (reply.headers['content-type']?.startsWith('text/html')) wire.pageBytes += body.length
    const plain = reply.headers['content-encoding'] === 'br' ? brotliDecompressSync(body) : body
    const headers = new Headers()
    for (const [name, values = []] of Object.entries(reply.headersDistinct))
      for (const value of values) headers.append(name, value)
    return new Response(plain.toString(), { status: reply.statusCode ?? 0, headers })
  }
  const wire: Wire = {
    fetch: (target, init = {}) => send(new URL(String(target)), init),
    pageBytes: 0,
    requests: 0,
    close: () => agent.destroy(),
  }
  return wire
}

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
