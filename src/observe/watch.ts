import type { Logger } from 'pino'
import type { Watcher } from '../journey/watcher.ts'
import type { Metrics } from './metrics.ts'
import { routeOf } from './routes.ts'

export interface WatchDeps {
  metrics: Metrics
  log: Logger
  rollout: Pick<Watcher, 'prompted' | 'answered' | 'ended'>
  /** The profile of an application. */
  profileOf: (clientId: string) => string
}

/** Where what becomes of logins becomes numbers. */
export function createWatcher({ metrics, log, profileOf, rollout }: WatchDeps): Watcher {
  return {
    prompted(prompt, passage) {
      log.info({ requestId: passage.interaction.requestId, prompt }, 'prompt')
      rollout.prompted(prompt, passage)
      const { stage, reason } = prompt
      metrics.prompts.inc({ stage, reason })
    },
    answered(passage, factor, given) {
      const { step } = passage
      rollout.answered(passage, factor, given)
      const answers = step.kind === 'enrol' ? metrics.enrolments : metrics.verifications
      answers.inc({ factor, outcome: given.ok ? 'accepted' : given.reason })
    },
    completed({ step, interaction }) {
      if (step.kind !== 'done') return
      metrics.logins.inc({
        profile: profileOf(interaction.client.clientId),
        acr: step.assurance.acr ?? 'none',
      })
    },
    ended(passage) {
      const { step } = passage
      rollout.ended(passage)
      metrics.refusals.inc({ reason: step.kind === 'refuse' ? step.why : 'cancelled' })
    },
  }
}

/** Grants of the token endpoint (RFC 6749, 8628, 8693). */
const GRANTS = new Set([
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
])
/** Errors of the token endpoint (RFC 6749, 5.2; RFC 8628, 3.5; RFC 8707; RFC 9449). */
const ERRORS = new Set(
  `success invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope
  invalid_target invalid_dpop_proof use_dpop_nonce authorization_pending slow_down access_denied expired_token
  temporarily_unavailable server_error`.split(/\s+/),
)

/** Counts one request, by what it was for and how it ended. */
export const countRequest =
  ({ requests }: Metrics) =>
  (path: string, status: number, ms: number): void =>
    requests.observe({ route: routeOf(path), status: `${Math.floor(status / 100)}xx` }, ms / 1000)

/** Counts one answer of the token endpoint. */
export const countToken =
  ({ tokens }: Metrics) =>
  (grant: unknown, outcome: unknown): void => {
    const known = (names: Set<string>, name: unknown) => (names.has(name as string) ? String(name) : 'other')
    tokens.inc({ grant: known(GRANTS, grant), outcome: known(ERRORS, outcome) })
  }
