import type { Browser } from 'playwright-core'
import { type Application, application } from './application.ts'
import { embedded } from './backends.ts'
import { openBrowser } from './browser.ts'
import { startProvider } from './provider.ts'
import { relyingParty } from './relying-party.ts'
import type { World } from './walk.ts'

/** Provider, application and browser of one test file. */
export interface Stage extends World {
  app: Application
  browser: Browser
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const app = await application()
  const provider = await startProvider({ ...(await embedded.open()), clients: [app.client] })
  const portal = await relyingParty(provider.issuer, app.client)
  const browser = await openBrowser()
  return {
    app,
    provider,
    portal,
    browser,
    async close() {
      await browser.close()
      await provider.close()
      await app.close()
    },
  }
}
