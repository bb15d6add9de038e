import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type DemoAccount, demoAccounts } from './accounts.ts'
import { demoBundid } from './federation.ts'
import { kept } from './kept.ts'
import { close, listen, placeOf } from './listen.ts'
import { openMailCatcher } from './mail/catcher.ts'
import { createPortal } from './portal/app.ts'
import { openProvider } from './provider.ts'

export interface Demo {
  issuer: string
  portal: string
  /** The BundID stand-in. */
  bundid: string
  /** The page that lists the mails, and the port that takes them. */
  mail: { page: string; smtpPort: number }
  accounts: DemoAccount[]
  /** What is kept between starts. */
  folder: string
  stop(): Promise<void>
}

/**
 * Starts provider, portal, BundID stand-in and mail catcher in this process. Databases of production are left alone:
 * the demo has its own, in its data folder. Throws `Trouble`, `SettingsError` or `FolderInUse`, with nothing left running.
 */
export async function start(env: NodeJS.ProcessEnv): Promise<Demo> {
  const host = env.HOST || '127.0.0.1'
  const places = {
    provider: placeOf(env, 'PORT', 3000, host),
    portal: placeOf(env, 'PORTAL_PORT', 3001, host),
    bundid: placeOf(env, 'BUNDID_PORT', 3002, host),
    mailPage: placeOf(env, 'MAIL_PORT', 0, host),
    smtp: placeOf(env, 'SMTP_PORT', 0, host),
  }
  const folder = env.PFORTE_DATA || join(import.meta.dirname, 'data')
  const secret = kept(folder, 'portal-secret', () => randomBytes(32).toString('base64url'))
  const portal = `http://localhost:${places.portal.port}`
  // To browsers another site than the others on localhost, as BundID is.
  const bundid = `http://127.0.0.1:${places.bundid.port}`
  const standIn = demoBundid(bundid, folder)

  const running: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of running.reverse()) await end()
  }
  try {
    const mail = await openMailCatcher(places.mailPage, places.smtp)
    running.push(mail.close)
    const environment = environmentOf(env, folder, places.provider.port, mail.smtpPort)
    const provider = await openProvider({ ...environment, ...standIn.env }, portal)
    running.push(provider.close)
    const { issuer, app, totpIssuer, settings } = provider
    const accounts = await demoAccounts(app, folder, totpIssuer)
    const ours = settings.identityProviders.bundid
    if (ours) standIn.register(ours.us)
    const erika = await app.stores.accounts.byLogin('erika')
    if (erika) await standIn.link(app, erika.id, 'erika', settings)
    const onError = (error: Error): void => console.error('portal:', error)
    const { handler } = createPortal({
      issuer,
      clientId: 'portal',
      clientSecret: secret,
      origin: portal,
      now: Date.now,
      onError,
    })
    const portalServer = createServer(handler)
    await listen(portalServer, places.portal)
    running.push(() => close(portalServer))
    const bundidServer = createServer(standIn.handler)
    await listen(bundidServer, places.bundid)
    running.push(() => close(bundidServer))
    await provider.listen(places.provider)
    return { issuer, portal, bundid, mail, accounts, folder, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What the provider is told: nothing of a database server, the rest as in production. */
const environmentOf = (env: NodeJS.ProcessEnv, folder: string, port: number, smtpPort: number) => ({
  PORT: String(port),
  PFORTE_ISSUER: env.PFORTE_ISSUER || `http://localhost:${port}`,
  PFORTE_CONFIG: env.PFORTE_CONFIG || join(import.meta.dirname, 'config'),
  PFORTE_DATA: folder,
  PORTAL_CLIENT_SECRET_FILE: join(folder, 'portal-secret'),
  SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
  LOG_LEVEL: env.LOG_LEVEL || 'error',
})
