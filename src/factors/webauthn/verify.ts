import { verifyAuthenticationResponse } from '@simplewebauthn/server'
import type { z } from 'zod'
import type { Answer, Credential, Find, Rejection, Verdict, Verified } from '../../domain/factor.ts'
import { assertion, clientProblem, read } from './answers.ts'
import { type Passkey, strengthOf } from './credential.ts'
import type { Verifying } from './state.ts'

export interface Asserting extends Verifying {
  rpId: string
  origins: readonly string[]
}

/** Checks the answer to a request for a passkey (WebAuthn L3, 7.2). */
export async function verify(
  answer: Answer,
  asked: Asserting,
  find: Find<Passkey>,
): Promise<Verdict<Verified<Passkey>, never>> {
  const response = read(assertion, answer.credential ?? '')
  if (!response) return refused('malformed', 'failed')
  const { challenge, origins, allow } = asked
  const problem = clientProblem(response.response.clientDataJSON, {
    type: 'webauthn.get',
    challenge,
    origins,
  })
  if (problem) return refused('wrong', problem)
  const anonymous = allow.length === 0
  if (!anonymous && !allow.some(({ id }) => id === response.id)) return refused('wrong', 'failed')

  const credential = (await find(response.id)).find((c) => c.externalId === response.id)
  // Beside a typed name only that account was searched: the passkey may well belong to another.
  if (!credential && answer.identifier) return refused('wrong', 'failed')
  if (!credential) {
    const hint = { code: 'unknown', params: { credential: response.id } }
    return { ok: false, reason: 'unknown_credential', hint }
  }
  const { userHandle } = response.response
  if (userHandle ? userHandle !== credential.data.userHandle : anonymous) return refused('wrong', 'failed')

  const info = await signed(response, asked, credential)
  if (!info || info.backupEligible !== credential.data.backupEligible) return refused('wrong', 'failed')
  return counted(credential, info)
}

interface Signed {
  counter: number
  backupEligible: boolean
  backedUp: boolean
}

/**
 * Undefined where signature, relying party, presence or verification of the person do not hold. The counter is not
 * left to the library, which looks at it before the signature: anybody could have another's passkey suspended.
 */
async function signed(
  response: z.infer<typeof assertion>,
  { challenge, rpId, origins }: Asserting,
  { data }: Credential<Passkey>,
): Promise<Signed | undefined> {
  try {
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response: { ...response, clientExtensionResults: {} } as never,
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: true,
      credential: {
        id: response.id,
        publicKey: new Uint8Array(Buffer.from(data.publicKey, 'base64url')),
        counter: 0,
      },
    })
    const backupEligible = info.credentialDeviceType === 'multiDevice'
    return verified
      ? { counter: info.newCounter, backupEligible, backedUp: info.credentialBackedUp }
      : undefined
  } catch {
    return undefined
  }
}

/** A counter that does not rise tells of a copy of the key (WebAuthn L3, 7.2 step 22); many have none and say 0. */
function counted(
  credential: Credential<Passkey>,
  { counter, backedUp }: Signed,
): Verdict<Verified<Passkey>, never> {
  const { data } = credential
  if ((counter > 0 || data.counter > 0) && counter <= data.counter)
    return { ...refused('replayed', 'counter'), suspend: credential.id }
  // Handed back as it came where nothing changed: a synced passkey may be used on two devices at once.
  const same = counter === data.counter && backedUp === data.backedUp
  const used = same ? credential : { ...credential, data: { ...data, counter, backedUp } }
  return { ok: true, value: { credential: used, strength: strengthOf(data) } }
}

const refused = (reason: Rejection, code: string) => ({ ok: false, reason, hint: { code } }) as const
