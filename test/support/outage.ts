import { connect, createServer, type Socket } from 'node:net'

type Way = 'open' | 'cut' | 'silent'

/** Where a connection breaks: what was sent never arrives, or it is done and the answer never comes back. */
export type Where = 'before' | 'after'

/** One connection through the line. */
interface Wire {
  near: Socket
  far: Socket
  /** Breaks with the next answer. */
  broken: boolean
  /** Called in place of passing the next answer on. */
  instead?: (() => void) | undefined
}

/** Sees each packet to the server; what it returns is done in place of passing the answer on. */
export type Heed = (packet: Buffer) => (() => void) | undefined

interface Break {
  /** So many packets to the server pass before. */
  left: number
  where: Where
  happened: boolean
}

/**
 * A line to a server that can be cut (connections break, new ones are refused), silenced (nothing arrives and nobody
 * is told), slowed down, and broken at one packet of a conversation.
 */
export async function outage(url: string) {
  const address = new URL(url)
  const { port: to, hostname } = address
  const wires = new Set<Wire>()
  let way: Way = 'open'
  let late = 0
  let planned: Break | undefined
  let heed: Heed | undefined

  const drop = ({ near, far }: Wire): void => {
    near.resetAndDestroy()
    far.resetAndDestroy()
  }
  /** Whether this packet to the server goes on. */
  const sends = (wire: Wire): boolean => {
    if (!planned || planned.happened || planned.left-- > 0) return true
    planned.happened = true
    wire.broken = planned.where === 'after'
    return wire.broken
  }
  const carry = (wire: Wire, from: Socket, onto: Socket): void => {
    const pass = (bytes: Buffer): void => {
      if (onto.writable) onto.write(bytes)
    }
    from.on('data', (bytes: Buffer) => {
      const goesOn = from === wire.near ? sends(wire) : !wire.broken
      if (!goesOn) return drop(wire)
      if (from === wire.near) wire.instead = heed?.(bytes)
      else if (wire.instead) return wire.instead()
      if (late > 0) setTimeout(pass, late, bytes)
      else pass(bytes)
    })
    from.on('error', () => {})
    from.on('close', () => {
      wires.delete(wire)
      onto.destroy()
    })
  }
  const server = createServer((near) => {
    if (way === 'cut') return near.resetAndDestroy()
    const wire: Wire = { near, far: connect(Number(to), hostname), broken: false }
    wires.add(wire)
    carry(wire, near, wire.far)
    carry(wire, wire.far, near)
    if (way === 'silent') hush(wire)
  })
  const hush = ({ near, far }: Wire): void => {
    near.pause()
    far.pause()
  }
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  address.port = String(port)

  return {
    url: address.href,
    cut: () => {
      way = 'cut'
      for (const wire of wires) drop(wire)
    },
    /** Nothing passes, in connections that are there and in new ones; it waits, as TCP would send it again. */
    silence: () => {
      way = 'silent'
      for (const wire of wires) hush(wire)
    },
    /** Each packet takes so many milliseconds longer, in either direction. */
    delay: (ms: number) => {
      late = ms
    },
    /** Breaks one connection at the packet to the server that follows so many others; says whether it came to that. */
    breakAt: (left: number, where: Where) => {
      const own: Break = { left, where, happened: false }
      planned = own
      return () => {
        planned = undefined
        return own.happened
      }
    },
    /** Undefined ends it. */
    attend: (next: Heed | undefined) => {
      heed = next
    },
    restore: () => {
      way = 'open'
      late = 0
      for (const { near, far } of wires) {
        near.resume()
        far.resume()
      }
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
      for (const wire of wires) drop(wire)
      server.close()
    },
  }
}

export type Line = Awaited<ReturnType<typeof outage>>
