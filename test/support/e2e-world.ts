import type { Browser } from 'playwright-core'
import { NOTHING } from '../../src/domain/assurance.ts'
import { BINDING } from '../../src/domain/binding.ts'
import { type Application, application } from './application.ts'
import { KIOSK, THIRD_PARTY } from './applications.ts'
import { embedded } from './backends.ts'
import { openBrowser } from './browser.ts'
import { DESK as SERVICE_DESK, SITE } from './desk-world.ts'
import { openMailbox } from './mailbox.ts'
import { policyOf } from './policy.ts'
import { type Options, startProvider } from './provider.ts'
import { relyingParty } from './relying-party.ts'
import { startStandIn } from './stand-in.ts'
import type { World } from './walk.ts'
import { DESK, SETTLED } from './walk-entry.ts'

/** Provider, application and browser of one test file. */
export interface Stage extends World {
  app: Application
  browser: Browser
  close(): Promise<void>
}

/** `bundid`: with BundID, on another site than provider and application; `desk`: with a service desk on this machine. */
export async function openStage(
  options: Pick<Options, 'policy'> & { bundid?: 'post' | 'redirect'; desk?: boolean } = {},
): Promise<Stage> {
  const { bundid: binding, desk, ...rest } = options
  const app = await application()
  const bundid = binding && (await startStandIn(binding))
  const somebodyElses = { ...THIRD_PARTY, redirectUris: app.client.redirectUris }
  const mailbox = await openMailbox()
  const provider = await startProvider({
    ...(await embedded.open()),
    mail: { from: 'konto@jobcenter.example', smtpUrl: mailbox.url },
    registration: { group: 'citizens' },
    policy: policyWithEverything(),
    ...rest,
    ...(bundid ? { bundid: bundid.federation } : {}),
    ...(desk
      ? { desk: { ...SERVICE_DESK, sites: [SITE.name] }, sites: [{ ...SITE, networks: ['127.0.0.0/8'] }] }
      : {}),
    clients: [app.client, KIOSK, somebodyElses],
  })
  const portal = await relyingParty(provider.issuer, app.client)
  const browser = await openBrowser()
  return {
    app,
    provider,
    mailbox,
    portal,
    third: await relyingParty(provider.issuer, somebodyElses),
    browser,
    ...(bundid ? { bundid } : {}),
    async close() {
      await browser.close()
      await provider.close()
      await mailbox.close()
      await bundid?.close()
      await app.close()
    },
  }
}

/** MFA for everybody; one group at the desk, and a level that nothing new reaches. */
function policyWithEverything() {
  const policy = policyOf({})
  const level = { acr: SETTLED, requirement: { ...NOTHING, distinctKinds: 2, settled: true } } as const
  const binding = { ...BINDING, groups: { [DESK]: 'desk_or_bundid' } } as const
  return { ...policy, levels: [...policy.levels, level], binding }
}
