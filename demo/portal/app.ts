import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import Koa from 'koa'
import { createAccess } from './access.ts'
import { assets } from './assets.ts'
import { securityHeaders } from './headers.ts'
import { languageOf } from './language/index.ts'
import { loginRoutes } from './login.ts'
import { createPages } from './pages.ts'
import { problems } from './problems.ts'
import { createRelyingParty } from './relying-party.ts'
import { routes } from './routes.ts'
import { createSessions } from './session.ts'

export interface PortalOptions {
  /** The OpenID provider. */
  issuer: string
  clientId: string
  clientSecret: string
  /** Where browsers reach the portal, without trailing slash; no header changes it. */
  origin: string
  /** Milliseconds since 1970. */
  now: () => number
  /** Hears of logins that failed for a reason no person can mend. */
  onError: (error: Error) => void
}

/** A job centre's portal: a relying party as any other, with nothing to do with the provider but OpenID Connect. */
export function createPortal(options: PortalOptions): { handler: RequestListener } {
  const { issuer, origin, now } = options
  const secure = origin.startsWith('https:')
  const pages = createPages()
  const sessions = createSessions({ secure, now })
  const relyingParty = createRelyingParty({
    ...options,
    redirectUri: `${origin}/callback`,
    postLogoutRedirectUri: `${origin}/abgemeldet`,
  })

  const access = createAccess({ origin, now, sessions, relyingParty })
  const login = loginRoutes({ issuer, origin, access, sessions, relyingParty })

  const app = new Koa({ keys: [randomBytes(32).toString('base64url')] })
  app.use(securityHeaders(issuer))
  app.use((ctx, next) => {
    // TLS ends at a proxy; what browsers see is the origin.
    ctx.cookies.secure = secure
    ctx.state.language = languageOf(ctx, secure)
    return next()
  })
  app.use(assets)
  app.use(problems({ pages, sessions, onError: options.onError }))
  app.use(routes({ pages, sessions, access, login }))
  return { handler: app.callback() }
}
