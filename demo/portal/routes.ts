import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import type { Middleware } from 'koa'
import type { Access, Handler } from './access.ts'
import { APPLY_DEMAND, applicationRoutes, SIGN_DEMAND } from './application.ts'
import { BANK_DEMAND, bankRoutes } from './bank.ts'
import { APPOINTMENTS, HISTORY, MESSAGES, NOTICES } from './content.ts'
import { masked } from './iban.ts'
import type { Pages, Views } from './pages.ts'
import { ProblemError } from './problems.ts'
import type { Session, Sessions } from './session.ts'

export interface RouteDeps {
  pages: Pages
  sessions: Sessions
  access: Access
  login: Record<'begin' | 'callback' | 'logout', Handler>
}

/** Every address of the portal. */
export function routes({ pages, sessions, access, login }: RouteDeps): Middleware {
  const { signedIn } = access
  const bank = bankRoutes(pages, sessions)
  const application = applicationRoutes(pages)
  const form = bodyParser({ enableTypes: ['form'], formLimit: '16kb' })
  const router = new Router()

  /** A page for those who are signed in, the same for all of them or with data of theirs. */
  const page = <V extends keyof Views>(view: V, data: (session: Session, id: string) => Views[V]): Handler =>
    signedIn((ctx, session) => pages.show(ctx, view, data(session, ctx.params.id ?? ''), session))
  router.get('/', start(pages, access))
  router.get('/login', login.begin)
  router.get('/callback', login.callback)
  router.post('/logout', form, login.logout)
  router.get('/abgemeldet', (ctx) => pages.show(ctx, 'signed-out', {}, undefined))
  router.get(
    '/profil',
    page('profile', ({ iban }) => ({ iban: iban && masked(iban) })),
  )
  router.get(
    '/postfach',
    page('mailbox', () => ({ messages: MESSAGES })),
  )
  router.get(
    '/postfach/:id',
    page('message', (_, id) => ({ message: one(MESSAGES, id) })),
  )
  router.get(
    '/bescheide',
    page('notices', () => ({ notices: NOTICES })),
  )
  router.get(
    '/bescheide/:id',
    page('notice', (_, id) => ({ notice: one(NOTICES, id) })),
  )
  router.get(
    '/termine',
    page('entries', () => ({ title: 'appointments.title', entries: APPOINTMENTS })),
  )
  router.get(
    '/verlauf',
    page('entries', () => ({ title: 'history.title', entries: HISTORY })),
  )
  router.get('/token', page('token', tables))
  router.get('/antrag', signedIn(application.show, APPLY_DEMAND))
  router.get('/antrag/unterschrift', signedIn(application.confirm, SIGN_DEMAND))
  router.post('/antrag/unterschrift', form, signedIn(application.sign, SIGN_DEMAND))
  router.get('/bankverbindung', signedIn(bank.show, BANK_DEMAND))
  router.post('/bankverbindung', form, bank.keep, signedIn(bank.save, BANK_DEMAND))
  return router.routes() as unknown as Middleware
}

/** The public home page, or the own start page of those who are signed in. */
function start(pages: Pages, access: Access): Handler {
  return async (ctx) => {
    const session = await access.current(ctx)
    if (!session?.login) return pages.show(ctx, 'home', {}, session)
    const data = { messages: MESSAGES, notices: NOTICES, appointments: APPOINTMENTS, history: HISTORY }
    pages.show(ctx, 'start', data, session)
  }
}

/** The claims of the login; never the tokens themselves. */
const tables = ({ login }: Session): Views['token'] => ({
  tables: [
    { title: 'token.id', claims: Object.entries(login?.claims ?? {}) },
    { title: 'token.userinfo', claims: Object.entries(login?.profile ?? {}) },
  ],
})

function one<T extends { id: string }>(items: readonly T[], id: string): T {
  const found = items.find((item) => item.id === id)
  if (!found) throw new ProblemError('missing')
  return found
}
