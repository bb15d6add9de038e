import type { Attestation, Credential } from '../domain/factor.ts'
import type { Own } from './account.ts'
import type { Deps } from './deps.ts'
import type { AuditRow } from './ports.ts'

const BATCH = 1_000

/**
 * Everything that is stored of a person (GDPR, articles 15 and 20), as JSON: instants in ISO 8601, no secrets. That it
 * was handed out is itself recorded, and is the newest entry.
 */
export async function disclose(
  { stores, factors }: Pick<Deps, 'stores' | 'factors'>,
  { account, credentials }: Own,
  requestId: string,
) {
  const { id } = account
  await stores.audit.append({ event: 'data.disclosed', accountId: id, requestId })
  const [sessions, connections, dismissed, tokens, activity] = await Promise.all([
    stores.sessions.ofAccount(id),
    stores.connections.ofAccount(id),
    stores.dismissals.ofAccount(id),
    stores.tokens.ofAccount(id),
    everything(stores.audit.ofAccount, id),
  ])
  const described = ({ data, accountId: _, version: __, ...one }: Credential) => ({
    ...one,
    createdAt: time(one.createdAt),
    ...(one.lastUsedAt === undefined ? {} : { lastUsedAt: time(one.lastUsedAt) }),
    ...factors.get(one.factor)?.describe?.(data),
    ...attested(factors.get(one.factor)?.attests?.(data)),
  })
  return {
    account: { ...account, createdAt: time(account.createdAt) },
    signInMethods: credentials.map(described),
    sessions: sessions.map(({ browser, system, createdAt, lastSeenAt, endedAt }) => ({
      browser,
      system,
      createdAt: time(createdAt),
      lastSeenAt: time(lastSeenAt),
      ...(endedAt === undefined ? {} : { endedAt: time(endedAt) }),
    })),
    applications: connections.map(({ since, lastUsedAt, ...one }) => ({
      ...one,
      since: time(since),
      lastUsedAt: time(lastUsedAt),
    })),
    tokens: tokens.map(({ expiresAt, ...one }) => ({ ...one, expiresAt: time(expiresAt) })),
    pagesNotShownAgain: dismissed,
    activity: activity.map(({ at, id: _, ...row }) => ({ at: time(at), ...row })),
  }
}

const attested = (said: Attestation | undefined): object =>
  said ? { attested: { ...said, at: time(said.at) } } : {}

async function everything(read: Deps['stores']['audit']['ofAccount'], accountId: string) {
  const all: AuditRow[] = []
  for (;;) {
    const rows = await read(accountId, BATCH, all.at(-1)?.id)
    all.push(...rows)
    if (rows.length < BATCH) return all
  }
}

const time = (ms: number): string => new Date(ms).toISOString()
