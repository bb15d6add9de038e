import { createHmac } from 'node:crypto'
import type { Account } from '../../domain/account.ts'
import type { Answer, Credential, Enrolled, Factor, Verdict } from '../../domain/factor.ts'
import { brokenOff } from './answers.ts'
import { type Descriptor, data, type Passkey, strengthOf } from './credential.ts'
import { type Models, modelsFor } from './models.ts'
import { defaultName, nameProblem, tidied } from './name.ts'
import { enrolPage, verifyPage } from './pages.ts'
import { providerOf } from './providers.ts'
import { register } from './register.ts'
import { type Enrolling, type State, state, type Verifying } from './state.ts'
import { suits } from './suits.ts'
import { verify } from './verify.ts'

const MOST = 10
/** A name that was refused is shown again for mending, up to this length. */
const LONGEST_TYPED = 100

export interface WebauthnDeps {
  /** Domain of the provider: passkeys belong to it for ever. */
  rpId: string
  /** Where pages may ask for them: the provider's own origin, then related ones (WebAuthn L3, 5.11). */
  origins: readonly string[]
  rpName: () => string
  /** IANA zone of the time in a name that is proposed. */
  zone: () => string
  /** Letters of every script and the space are allowed in names. */
  unicodeNames: boolean
  /** Absent: whatever people have. */
  models?: Models
  /** Makes user handles: 32 bytes that say nothing of the account (WebAuthn L3, 14.6.1). */
  handleKey: Uint8Array
  now: () => number
  random: (bytes: number) => Uint8Array
}

/** Passkeys: discoverable WebAuthn credentials with user verification, so that one alone is two kinds of proof. */
export function createWebauthn(deps: WebauthnDeps): Factor<Passkey, State> {
  const { rpId, origins } = deps
  const challenge = (): string => Buffer.from(deps.random(32)).toString('base64url')
  const showEnrolling = (pending: Enrolling) => enrolPage(pending, rpId, deps.rpName(), MOST)
  const showVerifying = (asked: Verifying) => verifyPage(asked, rpId)

  return {
    id: 'webauthn',
    maxPerAccount: MOST,
    identifies: true,
    enrollable: true,
    yields: strengthOf({ backupEligible: false }),
    alternatives: [strengthOf({ backupEligible: true })],
    data,
    state,
    remembers: () => true,
    suits,
    portable: true,

    async beginEnrolment(account, existing, { shared = false } = {}) {
      const remember: Enrolling = {
        purpose: 'enrol',
        challenge: challenge(),
        userHandle: handleOf(account, existing, deps.handleKey),
        username: account.username,
        shared,
        attested: modelsFor(account, deps.models) !== undefined,
        existing: existing.flatMap(described),
        names: existing.map(({ label }) => label),
        name: defaultName(deps.now(), deps.zone()),
      }
      return { show: await showEnrolling(remember), remember }
    },

    finishEnrolment: async (pending, answer) =>
      pending?.purpose === 'enrol' ? finish(pending, answer, deps) : { ok: false, reason: 'expired' },

    async beginVerification(existing, { shared = false } = {}) {
      const remember: Verifying = {
        purpose: 'verify',
        challenge: challenge(),
        allow: existing.flatMap(described),
        shared,
      }
      return { show: await showVerifying(remember), remember }
    },

    async finishVerification(asked, answer, find) {
      if (asked?.purpose !== 'verify') return { ok: false, reason: 'expired' }
      if (answer.credential) return verify(answer, { ...asked, rpId, origins }, find)
      return { ok: false, reason: 'cancelled', hint: brokenOff(answer, 'verify'), retry: asked }
    },

    async resume(remembered) {
      if (!remembered) throw new Error('every passkey ceremony has a state')
      return remembered.purpose === 'enrol' ? showEnrolling(remembered) : showVerifying(remembered)
    },

    describe: ({ aaguid, backupEligible, backedUp }) => ({
      provider: providerOf(aaguid) ?? null,
      synced: backupEligible,
      backedUp,
    }),

    rename: (typed, others) => nameProblem(tidied(typed), deps.unicodeNames, others) ?? tidied(typed),

    accepted: (account, existing) => ({
      rpId,
      userId: handleOf(account, existing, deps.handleKey),
      allAcceptedCredentialIds: existing.flatMap(({ externalId }) => externalId ?? []),
    }),

    ...(origins.length > 1 ? { documents: { '/.well-known/webauthn': () => related(origins) } } : {}),
  }
}

/** Whatever is wrong, nothing is lost: the same page comes again, with the name, and with the passkey once made. */
async function finish(
  pending: Enrolling,
  answer: Answer,
  { rpId, origins, unicodeNames, models, now }: WebauthnDeps,
): Promise<Verdict<Enrolled<Passkey>, State>> {
  const name = tidied(answer.name ?? pending.name)
  const retry = { ...pending, name: [...name].slice(0, LONGEST_TYPED).join('') }
  const made = answer.credential
    ? await register(answer.credential, {
        ...pending,
        rpId,
        origins,
        models: pending.attested ? (models?.allowed ?? []) : undefined,
        now: now(),
      })
    : pending.created
  if (!made) return { ok: false, reason: 'cancelled', hint: brokenOff(answer, 'enrol'), retry }
  if (typeof made === 'string') return { ok: false, reason: 'wrong', hint: { code: made }, retry }
  const hint = nameProblem(name, unicodeNames, pending.names)
  if (hint) return { ok: false, reason: 'malformed', hint, retry: { ...retry, created: made } }
  return { ok: true, value: { ...made, label: name, strength: strengthOf(made.data) } }
}

/** One account has one handle: authenticators then replace what was left by a set-up that broke off. */
const handleOf = ({ id }: Account, [first]: readonly Credential<Passkey>[], key: Uint8Array): string =>
  first?.data.userHandle ?? createHmac('sha256', key).update(id).digest('base64url')

const described = ({ externalId, data }: Credential<Passkey>): Descriptor[] =>
  externalId === undefined ? [] : [{ id: externalId, transports: data.transports }]

const related = (origins: readonly string[]) => ({
  type: 'application/json',
  body: JSON.stringify({ origins }),
})
