import { createHash } from 'node:crypto'
import type { SessionRow } from '../../journey/ports.ts'
import { endOtherSessions, endSession } from '../../journey/sessions.ts'
import type { AccountDeps, Handler, Visit } from './visit.ts'

/** „Wo Sie angemeldet sind“: the sessions of the account, the one at hand first; each can be ended from here. */
export function devicePages({ journey, pages, self }: AccountDeps) {
  const open = async ({ account, login }: Visit): Promise<SessionRow[]> => {
    const all = await journey.stores.sessions.ofAccount(account.id)
    const alive = await Promise.all(all.map((s) => self.alive({ accountId: account.id, sessionUid: s.uid })))
    return all
      .filter((s, i) => alive[i] && (s.endedAt ?? -Infinity) < s.lastSeenAt)
      .sort((a, b) => Number(b.uid === login.sessionUid) - Number(a.uid === login.sessionUid))
  }

  const show: Handler = async (at) => {
    const sessions = (await open(at)).map((s) => ({
      id: nameOf(s.uid),
      browser: s.browser,
      system: s.system,
      seen: pages.moment(at.ctx, s.lastSeenAt),
      current: s.uid === at.login.sessionUid,
    }))
    at.show('account/sessions', { sessions })
  }

  const end: Handler = async (at) => {
    const session = (await open(at)).find((s) => nameOf(s.uid) === at.fields.session)
    if (session) {
      await endSession(journey, at.account.id, session.uid, at.requestId)
      await self.destroy(session.uid)
    }
    at.goTo('/account/sessions')
  }

  const endOthers: Handler = async (at) => {
    const others = (await open(at)).filter((s) => s.uid !== at.login.sessionUid)
    await endOtherSessions(journey, at.account.id, at.login.sessionUid, at.requestId)
    for (const { uid } of others) await self.destroy(uid)
    at.goTo('/account/sessions')
  }

  return { show, end, endOthers }
}

/** A session's name on a page: enough to tell them apart, of no use for anything else. */
const nameOf = (uid: string): string => createHash('sha256').update(uid).digest('base64url').slice(0, 16)
