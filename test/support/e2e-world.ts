import type { Browser } from 'playwright-core'
import { type Application, application } from './application.ts'
import { KIOSK, THIRD_PARTY } from './applications.ts'
import { embedded } from './backends.ts'
import { openBrowser } from './browser.ts'
import { type Options, startProvider } from './provider.ts'
import { relyingParty } from './relying-party.ts'
import { startStandIn } from './stand-in.ts'
import type { World } from './walk.ts'

/** Provider, application and browser of one test file. */
export interface Stage extends World {
  app: Application
  browser: Browser
  close(): Promise<void>
}

/** `bundid`: with BundID, on another site than provider and application. */
export async function openStage(
  options: Pick<Options, 'policy'> & { bundid?: 'post' | 'redirect' } = {},
): Promise<Stage> {
  const { bundid: binding, ...rest } = options
  const app = await application()
  const bundid = binding && (await startStandIn(binding))
  const somebodyElses = { ...THIRD_PARTY, redirectUris: app.client.redirectUris }
  const provider = await startProvider({
    ...(await embedded.open()),
    // Nobody listens there: mails wait.
    mail: { from: 'konto@jobcenter.example', smtpUrl: 'smtp://127.0.0.1:9' },
    ...rest,
    ...(bundid ? { bundid: bundid.federation } : {}),
    clients: [app.client, KIOSK, somebodyElses],
  })
  const portal = await relyingParty(provider.issuer, app.client)
  const browser = await openBrowser()
  return {
    app,
    provider,
    portal,
    third: await relyingParty(provider.issuer, somebodyElses),
    browser,
    ...(bundid ? { bundid } : {}),
    async close() {
      await browser.close()
      await provider.close()
      await bundid?.close()
      await app.close()
    },
  }
}
