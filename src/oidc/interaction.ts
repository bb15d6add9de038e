import type { Context } from 'koa'
import { errors, type Provider } from 'oidc-provider'
import { AppError } from '../domain/errors.ts'
import type { Asked } from '../journey/deps.ts'
import type { EndSession } from './observe.ts'
import { askedBy } from './request.ts'

/** oidc-provider's pause of one authorization request, as the pages need to know it. */
export interface Pause {
  uid: string
  /** Stays the same over all prompts of one authorization request. */
  cid: string
  clientId: string
  sessionUid: string | undefined
  sessionAccountId: string | undefined
  prompt: string
  asked: Asked
  loginHint: string | undefined
  uiLocales: string | undefined
  redirectUri: string | undefined
}

export interface Interactions {
  /** The interaction this browser is in; throws `interaction_expired` or `cookies_missing`. */
  find(ctx: Context, uid: string): Promise<Pause>
  /** Lets the request go on, to be judged by the gate again. Answers with a redirect. */
  finish(ctx: Context, pause: Pause, login: { accountId: string; remember: boolean }): Promise<void>
  /** Ends the request with an OAuth error at the client. Answers with a redirect. */
  refuse(ctx: Context, error: string, description: string): Promise<void>
}

export function createInteractions(provider: Provider, ends: EndSession): Interactions {
  return {
    async find(ctx, uid) {
      const found = await provider.interactionDetails(ctx.req, ctx.res).catch((error: unknown) => {
        throw error instanceof errors.SessionNotFound ? missing(ctx, error) : error
      })
      if (found.uid !== uid) throw new AppError('interaction_expired')
      const { params, session, prompt } = found
      return {
        uid,
        cid: found.cid ?? uid,
        clientId: String(params.client_id),
        sessionUid: session?.uid,
        sessionAccountId: session?.accountId,
        prompt: prompt.name,
        asked: askedBy(params),
        loginHint: text(params.login_hint),
        uiLocales: text(params.ui_locales),
        redirectUri: text(params.redirect_uri),
      }
    },

    async finish(ctx, pause, login) {
      const { sessionUid, sessionAccountId } = pause
      if (sessionUid && sessionAccountId !== login.accountId) await forget(provider, ctx, sessionUid, ends)
      ctx.status = 303
      // Clients are the operator's own: asking for consent is answered by the file that admits them.
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login, consent: {} }))
    },

    async refuse(ctx, error, description) {
      const result = { error, error_description: description }
      const options = { mergeWithLastSubmission: false }
      ctx.status = 303
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, options))
    },
  }
}

/** Somebody else signs in on this browser: the session that was there ends here and now. */
async function forget(provider: Provider, ctx: Context, sessionUid: string, ends: EndSession): Promise<void> {
  const interaction = await provider.interactionDetails(ctx.req, ctx.res)
  const session = await provider.Session.findByUid(sessionUid)
  // The library finds no interaction whose session is gone: the tie is cut first.
  delete interaction.session
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000))
  if (session?.accountId) await ends(session.accountId, session.uid, String(ctx.state.requestId))
  await session?.destroy()
}

/** No cookie at all means that the browser keeps none, or came here by a link; else the interaction has ended. */
const missing = (ctx: Context, cause: unknown): AppError =>
  new AppError(ctx.headers.cookie ? 'interaction_expired' : 'cookies_missing', { cause })

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
