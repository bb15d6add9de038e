import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientSettings } from '../../src/settings/types.ts'
import { CLIENT } from './provider.ts'

export interface Application {
  origin: string
  client: ClientSettings
  close(): Promise<unknown>
}

/** The relying party of a browser test: its pages say that one is back, and nothing more. */
export async function application(): Promise<Application> {
  const server = createServer((_, response) => response.end('back at the application'))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const client = {
    ...CLIENT,
    redirectUris: [`${origin}/callback`],
    postLogoutRedirectUris: [`${origin}/`],
    initiateLoginUri: `${origin}/login`,
  }
  return {
    origin,
    client,
    close: () => {
      server.closeAllConnections()
      return new Promise((closed) => server.close(closed))
    },
  }
}
