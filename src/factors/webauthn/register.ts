import { verifyRegistrationResponse } from '@simplewebauthn/server'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import type { z } from 'zod'
import { clientProblem, read, registration } from './answers.ts'
import type { Passkey } from './credential.ts'
import { ALGORITHMS, isSound } from './key.ts'
import { isAllowed, type Models } from './models.ts'
import type { Created } from './state.ts'

export interface Registering {
  challenge: string
  rpId: string
  origins: readonly string[]
  userHandle: string
  /** Nothing may be left on this computer. */
  shared: boolean
  /** The models it must be of; absent: any. */
  models?: Models['allowed'] | undefined
  /** Milliseconds since 1970, for the certificates of a model. */
  now: number
}

/** Checks the answer to a creation (WebAuthn L3, 7.1); a string names what was wrong with it. */
export async function register(
  field: string,
  { challenge, rpId, origins, userHandle, shared, models, now }: Registering,
): Promise<Created | 'failed' | 'stale' | 'origin' | 'model' | 'shared'> {
  const response = read(registration, field)
  if (!response) return 'failed'
  const problem = clientProblem(response.response.clientDataJSON, {
    type: 'webauthn.create',
    challenge,
    origins,
  })
  if (problem) return problem
  if (shared && response.authenticatorAttachment === 'platform') return 'shared'
  const attested = attestation(response.response.attestationObject)
  if (!attested || (attested.chain && !models)) return 'failed'
  const info = await verified(response, challenge, rpId, origins)
  if (info?.credential.id !== response.id) return 'failed'
  if (models && !isAllowed(info.aaguid, attested.chain ?? [], models, now)) return 'model'
  const passkey: Passkey = {
    publicKey: Buffer.from(info.credential.publicKey).toString('base64url'),
    counter: info.credential.counter,
    transports: response.response.transports ?? [],
    aaguid: info.aaguid,
    backupEligible: info.credentialDeviceType === 'multiDevice',
    backedUp: info.credentialBackedUp,
    rpId,
    userHandle,
  }
  return { externalId: response.id, data: passkey }
}

/** The library throws for whatever is wrong; here it is nothing but an answer that does not fit. */
async function verified(
  response: z.infer<typeof registration>,
  challenge: string,
  rpId: string,
  origins: readonly string[],
) {
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: { ...response, clientExtensionResults: {} } as never,
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    return registrationInfo && isSound(registrationInfo.credential.publicKey) ? registrationInfo : undefined
  } catch {
    return undefined
  }
}

/**
 * Two formats are read: "none", and "packed" with the key's own signature or with certificates, which are looked at
 * only where models are demanded (WebAuthn L3, 8.2 and 8.7). Checking others makes requests to addresses they name.
 */
function attestation(attestationObject: string): { chain?: Uint8Array[] } | undefined {
  try {
    const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')))
    const format = decoded.get('fmt')
    const chain = format === 'packed' ? decoded.get('attStmt').get('x5c') : undefined
    return format === 'none' || format === 'packed' ? { ...(chain ? { chain } : {}) } : undefined
  } catch {
    return undefined
  }
}
