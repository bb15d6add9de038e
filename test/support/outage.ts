import { connect, createServer, type Socket } from 'node:net'

/** A line to a server that can be cut and restored: connections break, and new ones are refused, as in an outage. */
export async function outage(url: string) {
  const address = new URL(url)
  const { port: to, hostname } = address
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (isCut) return socket.resetAndDestroy()
    const onward = connect(Number(to), hostname)
    onward.on('error', () => socket.destroy())
    for (const end of [socket, onward]) {
      open.add(end)
      end.on('close', () => open.delete(end))
    }
    socket.pipe(onward).pipe(socket)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  address.port = String(port)
  const drop = (): void => {
    for (const socket of open) socket.resetAndDestroy()
  }
  return {
    url: address.href,
    cut: () => {
      isCut = true
      drop()
    },
    restore: () => {
      isCut = false
    },
    /** Sends something and waits for an answer. */
    knock: () =>
      new Promise<void>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => socket.write('x'))
        socket.once('data', () => resolve(void socket.destroy()))
        socket.on('error', reject)
        socket.once('close', () => reject(new Error('closed')))
      }),
    close: () => {
      drop()
      server.close()
    },
  }
}
