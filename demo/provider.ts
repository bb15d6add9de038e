import { createServer } from 'node:http'
import { type App, build } from '../src/app.ts'
import { createLogger } from '../src/observe/logger.ts'
import { loadSettings } from '../src/settings/load.ts'
import type { Env } from '../src/settings/secrets.ts'
import type { Live, Settings } from '../src/settings/types.ts'
import { watchSettings } from '../src/settings/watch.ts'
import { close, listen, type Place } from './listen.ts'

export interface DemoProvider {
  issuer: string
  /** Stands beside the codes in people's apps. */
  totpIssuer: string
  app: App
  settings: Settings
  listen(place: Place): Promise<void>
  close(): Promise<void>
}

/** The provider as production builds it, with its configuration read again while it runs. */
export async function openProvider(env: Env, portalOrigin: string): Promise<DemoProvider> {
  const settings = loadSettings(env)
  const log = createLogger(settings.logLevel, process.stderr)
  const app = await build({ ...settings, live: withPortalAt(portalOrigin, settings.live) }, { log })
  const watcher = watchSettings(env, {
    change: (live) => app.reload(withPortalAt(portalOrigin, live)),
    failure: (findings) => log.error({ findings }, 'configuration not taken over'),
  })
  const server = createServer(app.handler)
  return {
    issuer: settings.issuer,
    totpIssuer: settings.live.totpIssuer,
    app,
    settings,
    listen: async (place) => void (await listen(server, place)),
    async close() {
      watcher.stop()
      if (server.listening) await close(server)
      await app.close()
    },
  }
}

/** The portal's client file names the addresses of the ports it has by itself; they are moved to where it is. */
function withPortalAt(origin: string, live: Live): Live {
  const portal = live.clients.get('portal')
  if (!portal) return live
  const moved = (address: string): string => new URL(new URL(address).pathname, origin).href
  const there = {
    ...portal,
    redirectUris: portal.redirectUris.map(moved),
    postLogoutRedirectUris: portal.postLogoutRedirectUris.map(moved),
    ...(portal.initiateLoginUri ? { initiateLoginUri: moved(portal.initiateLoginUri) } : {}),
  }
  return { ...live, clients: new Map(live.clients).set('portal', there) }
}
