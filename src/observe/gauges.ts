import type { Outbox } from '../journey/ports.ts'
import type { Metrics } from './metrics.ts'

export interface Sources {
  hashing: () => { running: number; waiting: number }
  outbox: Outbox
  /** Connections to PostgreSQL: all, those that are free, and requests that wait for one. */
  pool: { totalCount: number; idleCount: number; waitingCount: number }
  /** Certificates of the federation; `until` in milliseconds. */
  certificates: readonly { certificate: string; until: number }[]
}

/** What is read at the moment when somebody asks. */
export function addGauges({ gauge }: Metrics, { hashing, outbox, pool, certificates }: Sources): void {
  gauge('password_hashes', 'Password hashes at this moment, running and waiting', ['state'], () => {
    const { running, waiting } = hashing()
    return [
      { state: 'running', value: running },
      { state: 'waiting', value: waiting },
    ]
  })
  gauge(
    'database_connections',
    'Connections to PostgreSQL, and requests that wait for one',
    ['state'],
    () => [
      { state: 'idle', value: pool.idleCount },
      { state: 'busy', value: pool.totalCount - pool.idleCount },
      { state: 'awaited', value: pool.waitingCount },
    ],
  )
  const backlog = (part: 'letters' | 'oldest') => async () => [{ value: (await outbox.backlog())[part] }]
  gauge('mail_outbox_letters', 'Mails that wait to be sent', [], backlog('letters'), 'max')
  gauge('mail_outbox_oldest_seconds', 'For how long the oldest mail has waited', [], backlog('oldest'), 'max')
  gauge(
    'certificate_expires_seconds',
    'When a certificate of BundID ends, in seconds since 1970',
    ['certificate'],
    () =>
      // The earliest last, which stays where several have one name.
      certificates
        .toSorted((a, b) => b.until - a.until)
        .map(({ certificate, until }) => ({ certificate, value: until / 1000 })),
    'min',
  )
}
