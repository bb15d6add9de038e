import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { REQUEST_LIMITS } from '../../src/limits.ts'

/** So many that send a part of a request and then a byte now and then. */
function trickling(port: number, count: number, start: string): { ended: Promise<number>[]; stop(): void } {
  const sockets: Socket[] = []
  const ended = Array.from({ length: count }, () => {
    const began = performance.now()
    const socket = connect(port, '127.0.0.1', () => socket.write(start))
    sockets.push(socket)
    socket.on('error', () => {})
    socket.resume()
    // Cut off is cut off, politely or not: `once` of node:events would reject where the connection is reset.
    return new Promise<number>((ended) => socket.once('close', () => ended(performance.now() - began)))
  })
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('a')
  }, 1_000)
  return { ended, stop: () => clearInterval(drip) }
}

test('Hundreds that send slowly, headers or body, are cut off within half a minute; others are served meanwhile', async () => {
  const server = createServer(REQUEST_LIMITS, (req, res) => {
    req.resume().once('end', () => res.end('served'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const headers = trickling(port, 250, 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  const body = trickling(port, 250, 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n')
  const began = performance.now()
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('served')
  expect(performance.now() - began).toBeLessThan(5_000)
  const took = await Promise.all([...headers.ended, ...body.ended])
  headers.stop()
  body.stop()
  server.close()
  expect(took).toHaveLength(500)
  expect(Math.max(...took)).toBeLessThan(30_000)
}, 60_000)

test('Headers larger than any of ours are refused', async () => {
  const server = createServer(REQUEST_LIMITS, (_req, res) => res.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { status } = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-large': 'a'.repeat(17_000) } })
  server.close()
  expect(status).toBe(431)
})
