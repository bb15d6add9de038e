import type { Context } from 'koa'
import { errors, type Provider } from 'oidc-provider'
import { AppError } from '../domain/errors.ts'
import type { Asked } from '../journey/deps.ts'
import { consentFor, type Registered } from './clients.ts'
import { type Detail, detailsIn } from './details.ts'
import { consentItems } from './grants.ts'
import type { EndSession } from './observe.ts'
import { askedBy } from './request.ts'
import { missing } from './twice.ts'

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
  /** Nobody is asked for consent: the file admits the application. */
  unasked: boolean
  /** What the person is asked to agree to: scopes and APIs; absent where nobody is asked now. */
  consent?: string[]
  /** And in detail, this once. */
  details?: Detail[]
}

/** Who came through; `remember`: the session outlives the browser's. */
export type Login = { accountId: string; remember: boolean }

export interface Interactions {
  /** The interaction this browser is in; throws `interaction_expired` or `cookies_missing`. */
  find(ctx: Context, uid: string): Promise<Pause>
  /** Lets the request go on, to be judged by the gate again. Answers with a redirect. */
  finish(ctx: Context, pause: Pause, login: Login): Promise<void>
  /** The same, with the person's agreement to what `pause.consent` lists. */
  agree(ctx: Context, login: Login): Promise<void>
  /** Ends the request with an OAuth error at the client. Answers with a redirect. */
  refuse(ctx: Context, error: string, description: string): Promise<void>
  /** Ends the session of this browser, and tells the applications. */
  leave(ctx: Context): Promise<void>
}

export function createInteractions(
  provider: () => Provider,
  client: (clientId: string) => Promise<Registered | undefined>,
  ends: EndSession,
): Interactions {
  const resume = async (ctx: Context, login: Login, consent: { agreed?: true } | undefined) => {
    ctx.status = 303
    const result = { login, ...(consent ? { consent } : {}) }
    ctx.redirect(await provider().interactionResult(ctx.req, ctx.res, result))
  }

  return {
    async find(ctx, uid) {
      const found = await provider()
        .interactionDetails(ctx.req, ctx.res)
        .catch((error: unknown) => {
          throw error instanceof errors.SessionNotFound ? missing(ctx, error) : error
        })
      if (found.uid !== uid) throw new AppError('interaction_expired')
      const { params, session, prompt } = found
      const registered = await client(String(params.client_id))
      const asks = registered && consentFor(registered, params)
      return {
        uid,
        cid: found.cid ?? uid,
        clientId: String(params.client_id),
        sessionUid: session?.uid,
        sessionAccountId: session?.accountId,
        prompt: prompt.name,
        asked: askedBy(params, found.deviceCode !== undefined),
        loginHint: text(params.login_hint),
        uiLocales: text(params.ui_locales),
        redirectUri: text(params.redirect_uri),
        unasked: asks === 'never',
        ...(registered && prompt.name === 'consent' && asks !== 'never'
          ? { consent: consentItems(params, registered), details: detailsIn(params) }
          : {}),
      }
    },

    async finish(ctx, pause, login) {
      const { sessionUid, sessionAccountId, unasked } = pause
      if (sessionUid && sessionAccountId !== login.accountId) await forget(provider(), ctx, sessionUid, ends)
      // At the operator's own clients, being asked for consent is answered by the file that admits them.
      const consent = unasked ? {} : undefined
      await resume(ctx, login, consent)
    },

    agree: (ctx, login) => resume(ctx, login, { agreed: true }),

    async refuse(ctx, error, description) {
      const result = { error, error_description: description }
      const options = { mergeWithLastSubmission: false }
      ctx.status = 303
      ctx.redirect(await provider().interactionResult(ctx.req, ctx.res, result, options))
    },

    async leave(ctx) {
      const session = await provider().Session.get(ctx)
      if (session.accountId) await ends(session.accountId, session.uid, String(ctx.state.requestId))
      await session.destroy()
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

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
