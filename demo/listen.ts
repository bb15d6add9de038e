import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { codeOf, Trouble } from './trouble.ts'

const DRAIN_MS = 2_000

/** Where to listen: `variable` is the environment variable that people change it by. Port 0 takes a free one. */
export interface Place {
  port: number
  host: string
  variable: string
}

/** A port from the environment, free to choose only where that is the default. Throws `Trouble` where it is none. */
export function placeOf(env: NodeJS.ProcessEnv, variable: string, fallback: number, host: string): Place {
  const written = env[variable] || String(fallback)
  const port = Number(written)
  if (Number.isInteger(port) && port >= Math.min(fallback, 1) && port < 65_536)
    return { port, host, variable }
  throw new Trouble(`${variable}: "${written}" is not a port. Use a whole number from 1 to 65535.`)
}

/** Resolves to the port once the server listens. Throws `Trouble` where the port is not to be had. */
export async function listen(server: Server, { port, host, variable }: Place): Promise<number> {
  try {
    await once(server.listen(port, host), 'listening')
  } catch (error) {
    const why = codeOf(error) === 'EADDRINUSE' ? 'is in use' : `cannot be used (${codeOf(error)})`
    throw new Trouble(`Port ${port} ${why}. Set ${variable} to another one.`)
  }
  return (server.address() as AddressInfo).port
}

/** Lets requests under way finish, for a moment. */
export async function close(server: HttpServer): Promise<void> {
  const closed = once(server, 'close')
  const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  server.close()
  await closed
  clearTimeout(late)
}
