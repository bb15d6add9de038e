import { verifyRegistrationResponse } from '@simplewebauthn/server'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import type { z } from 'zod'
import { clientProblem, read, registration } from './answers.ts'
import type { Passkey } from './credential.ts'
import { ALGORITHMS, isSound } from './key.ts'
import type { Created } from './state.ts'

export interface Registering {
  challenge: string
  rpId: string
  origins: readonly string[]
  userHandle: string
}

/** Checks the answer to a creation (WebAuthn L3, 7.1); a string names what was wrong with it. */
export async function register(
  field: string,
  { challenge, rpId, origins, userHandle }: Registering,
): Promise<Created | 'failed' | 'stale' | 'origin'> {
  const response = read(registration, field)
  if (!response) return 'failed'
  const problem = clientProblem(response.response.clientDataJSON, {
    type: 'webauthn.create',
    challenge,
    origins,
  })
  if (problem) return problem
  const info = await verified(response, challenge, rpId, origins)
  if (info?.credential.id !== response.id) return 'failed'
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
    if (!isUnattested(response.response.attestationObject)) return undefined
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
 * No attestation is asked for, so none is looked at but a key's own signature (WebAuthn L3, 5.1.3). Others carry
 * certificates, and checking these makes requests to addresses they name.
 */
function isUnattested(attestationObject: string): boolean {
  const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')))
  const format = decoded.get('fmt')
  return format === 'none' || (format === 'packed' && !decoded.get('attStmt').get('x5c'))
}
