import type { Context } from 'koa'
import type { Answer } from '../domain/factor.ts'
import type { Deps, Relying } from '../journey/deps.ts'
import { offered, open, type Passage, suggested } from '../journey/passage.ts'
import type { Watcher } from '../journey/watcher.ts'
import type { Interactions, Pause } from '../oidc/interaction.ts'
import { fieldsOf } from './body.ts'
import type { Csrf } from './csrf.ts'
import type { Devices } from './device.ts'
import type { ErrorPages } from './error-pages.ts'
import type { NetworkOf } from './networks.ts'
import type { PageOptions, Pages } from './page.ts'
import { seeOther } from './see-other.ts'
import type { Views } from './views.ts'
import { isWorkplace } from './workplace.ts'

export interface InteractionDeps {
  journey: Deps
  interactions: Interactions
  issuer: string
  relying: (clientId: string) => Relying
  csrf: Csrf
  devices: Devices
  networkOf: NetworkOf
  /** Fewest characters of a new password. */
  passwordLeast: number
  pages: Pages
  errorPages: Pick<ErrorPages, 'rememberClient'>
  consentView: (pause: Pause) => Views['steps/consent']
  watcher: Watcher
}

export type RoutedContext = Context & { params: Record<string, string> }

/** One request of one interaction: where it is, and what is known. */
export interface Visit {
  ctx: RoutedContext
  pause: Pause
  passage: Passage
  base: string
}

export type Handler = (visit: Visit, fields: Answer) => Promise<void>

/** How every page of a login is come to, and left. */
export function createVisits(deps: InteractionDeps) {
  const visit = async (ctx: RoutedContext): Promise<Visit> => {
    const uid = ctx.params.uid ?? ''
    const pause = await deps.interactions.find(ctx, uid)
    deps.errorPages.rememberClient(ctx, pause.clientId)
    const { cid, sessionUid, clientId, asked } = pause
    const requestId = String(ctx.state.requestId)
    const client = deps.relying(clientId)
    const passage = await open(deps.journey, {
      cid,
      sessionUid,
      client,
      asked,
      requestId,
      workplace: isWorkplace(ctx),
    })
    return { ctx, pause, passage, base: `/interaction/${uid}` }
  }

  const get = (handler: Handler) => async (ctx: RoutedContext) => handler(await visit(ctx), {})

  const post = (handler: Handler) => async (ctx: RoutedContext) => {
    const fields = fieldsOf(ctx)
    deps.csrf.check(ctx, ctx.params.uid ?? '', fields._csrf)
    return handler(await visit(ctx), fields)
  }

  const back = ({ ctx, base }: Visit): void => seeOther(ctx, base)

  const page = <V extends keyof Views & string>(
    at: Visit,
    view: V,
    data: Views[V],
    options: PageOptions = {},
  ): void =>
    deps.pages.show(at.ctx, view, data, {
      values: at.pause.loginHint ? { identifier: at.pause.loginHint } : {},
      ...options,
      base: at.base,
      csrf: deps.csrf.token(at.pause.uid),
      clientId: at.pause.clientId,
      redirectUri: at.pause.redirectUri,
      uiLocales: at.pause.uiLocales,
      announced: at.passage.ask.announced,
      ...(options.cause === undefined ? {} : { step: stepOf(at.passage) }),
    })

  return { visit, get, post, back, page }
}

const stepOf = (passage: Passage): string =>
  [passage.step.kind, offered(passage.step).length > 0 ? suggested(passage) : ''].filter(Boolean).join(' ')
