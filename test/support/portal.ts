import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPortal } from '../../demo/portal/app.ts'
import type { Backend } from './backends.ts'
import { CLIENT, startProvider, type TestProvider } from './provider.ts'

export interface TestPortal {
  origin: string
  provider: TestProvider
  /** Failures the portal has reported, newest last. */
  errors: Error[]
  /** Ends the provider alone. */
  closeProvider(): Promise<void>
  close(): Promise<void>
}

/** The demo's portal and a provider that knows it, on free ports, with one clock. */
export async function startPortal(backend: Backend): Promise<TestPortal> {
  const server = createServer()
  const origin = await listen(server)
  const client = {
    ...CLIENT,
    redirectUris: [`${origin}/callback`],
    postLogoutRedirectUris: [`${origin}/abgemeldet`],
  }
  const provider = await startProvider({ ...backend, clients: [client] }).catch(async (error) => {
    await close(server)
    throw error
  })
  const errors: Error[] = []
  server.on('request', portalOf(provider.issuer, origin, provider.clock.now, errors))
  let ended: Promise<void> | undefined
  const closeProvider = (): Promise<void> => {
    ended ??= provider.close()
    return ended
  }
  return {
    origin,
    provider,
    errors,
    closeProvider,
    async close() {
      await close(server)
      await closeProvider()
    },
  }
}

/** The portal alone; nobody answers at the issuer's address. */
export async function startLonelyPortal(): Promise<Pick<TestPortal, 'origin' | 'errors' | 'close'>> {
  const nobody = createServer()
  const issuer = await listen(nobody)
  await close(nobody)
  const server = createServer()
  const origin = await listen(server)
  const errors: Error[] = []
  server.on('request', portalOf(issuer, origin, Date.now, errors))
  return { origin, errors, close: () => close(server) }
}

function portalOf(issuer: string, origin: string, now: () => number, errors: Error[]) {
  const onError = (error: Error): void => void errors.push(error)
  const { clientId, secret = '' } = CLIENT
  return createPortal({ issuer, clientId, clientSecret: secret, origin, now, onError }).handler
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
}
