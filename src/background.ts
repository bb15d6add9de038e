import type { Logger } from 'pino'
import { type Job, repeat } from './jobs/repeat.ts'
import { eraseDue } from './journey/deletion.ts'
import type { Deps } from './journey/deps.ts'
import { type SenderDeps, startSender } from './mail/sender.ts'
import { createSmtp } from './mail/smtp.ts'
import { startLogouts } from './oidc/backchannel.ts'
import type { Rotating } from './oidc/rotating.ts'
import type { Settings } from './settings/types.ts'
import type { AuditMonths } from './store/audit-months.ts'

/** Milliseconds between two looks for accounts whose deletion is due. */
const ERASE_MS = 60_000
/** Between two looks for months of the audit trail that are missing, or old enough to go. */
const MONTHS_MS = 3_600_000
/** Twice in it, every instance has seen a key that was made. */
const TURN_MS = 60_000

interface Parts {
  log: Logger
  journey: Deps
  rotating: Rotating
  months: AuditMonths
  /** Milliseconds before each attempt to tell an application of a logout. */
  logoutAttempts: readonly number[]
  compose: SenderDeps['compose']
}

/** What goes on without anybody asking. Each instance does it; rows are claimed, so that none is done twice. */
export function startBackground(
  { mail, auditMonths }: Settings,
  { log, journey, rotating, months, ...parts }: Parts,
): Job {
  const { stores } = journey
  const fails = (what: string) => (err: unknown) => log.error({ err }, what)
  const turning = repeat(() => rotating.turn().then(() => false), TURN_MS, fails('signing keys'))
  const erasing = repeat(() => eraseDue(journey), ERASE_MS, fails('deletion'))
  const keeping = repeat(
    async () => {
      await months.ahead()
      return auditMonths !== undefined && (await months.removeOldest(auditMonths))
    },
    MONTHS_MS,
    fails('audit trail'),
  )
  const logouts = startLogouts(rotating.current, {
    logouts: stores.logouts,
    attempts: parts.logoutAttempts,
    onGivenUp: (err, clientId) => log.error({ err, clientId }, 'application not told of a logout'),
    onError: fails('logout'),
  })
  const sending = mail && startMail(mail, stores, parts.compose, log)
  if (!sending) log.warn('no mail is sent: pforte.yaml has no mail')
  return {
    async stop() {
      await Promise.all([turning, erasing, keeping, logouts, sending].map((job) => job?.stop()))
    },
  }
}

function startMail(
  { from, smtpUrl }: NonNullable<Settings['mail']>,
  { outbox, freezes }: Deps['stores'],
  compose: SenderDeps['compose'],
  log: Logger,
): Job {
  const onError: SenderDeps['onError'] = (err, letter) =>
    log.error({ err, letter: letter?.id, tries: letter?.tries }, 'mail')
  return startSender({ outbox, freezes, smtp: createSmtp(smtpUrl, from), compose, onError })
}
