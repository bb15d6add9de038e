import { createHash } from 'node:crypto'
import { errors, type Provider } from 'oidc-provider'
import { ownCallback } from './clients.ts'

/** What a page of ours asks of a login. */
export interface Wish {
  /** The most the account can prove, freshly. */
  confirm?: boolean
  /** A factor to set up. */
  wanted?: string
}

/** Who came through the gate, in which session. */
export interface SelfLogin {
  accountId: string
  sessionUid: string
}

/** The provider as its own pages see it: an authorization server like any other, reached without a detour. */
export interface Self {
  /** Where a login begins; `verifier` is the PKCE secret (RFC 7636). */
  authorization(flow: { state: string; verifier: string }, wish: Wish): string
  /** Redeems a code, once. Undefined where it is none of ours, spent, or begun elsewhere. */
  redeem(code: string, verifier: string): Promise<SelfLogin | undefined>
  /** Whether a session still is, and of this account. */
  alive(login: SelfLogin): Promise<boolean>
  /** Ends a session here and now. */
  destroy(sessionUid: string): Promise<void>
}

export function createSelf(provider: () => Provider, issuer: string, clientId: string): Self {
  const redirectUri = ownCallback(issuer, clientId)
  const digest = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')
  return {
    authorization({ state, verifier }, { confirm, wanted }) {
      const query = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        scope: 'openid',
        redirect_uri: redirectUri,
        code_challenge: digest(verifier),
        code_challenge_method: 'S256',
        state,
        ...(confirm ? { pforte_confirm: 'yes' } : {}),
        ...(wanted ? { pforte_wanted: wanted } : {}),
      })
      return `/authorize?${query}`
    },

    async redeem(code, verifier) {
      const found = await provider().AuthorizationCode.find(code)
      if (!found?.isValid || found.clientId !== clientId || found.redirectUri !== redirectUri)
        return undefined
      if (found.codeChallenge !== digest(verifier) || !found.accountId || !found.sessionUid) return undefined
      try {
        await found.consume()
      } catch (error) {
        if (error instanceof errors.InvalidGrant) return undefined
        throw error
      }
      return { accountId: found.accountId, sessionUid: found.sessionUid }
    },

    async alive({ accountId, sessionUid }) {
      const session = await provider().Session.findByUid(sessionUid)
      return session?.accountId === accountId
    },

    async destroy(sessionUid) {
      const session = await provider().Session.findByUid(sessionUid)
      await session?.destroy()
    },
  }
}
