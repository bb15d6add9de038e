import {
  type AuthenticatorTransport,
  generateAuthenticationOptions,
  generateRegistrationOptions,
} from '@simplewebauthn/server'
import type { Json, Show } from '../../domain/factor.ts'
import type { Descriptor } from './credential.ts'
import { ALGORITHMS } from './key.ts'
import { NAME_LENGTH } from './name.ts'
import type { Enrolling, Verifying } from './state.ts'

/** Milliseconds the browser waits for the person (WebAuthn L3, 15.1: five to ten minutes). */
const TIMEOUT = 300_000
/** This device or a phone by QR code first; nothing is ruled out. */
const HINTS = ['client-device', 'hybrid']
/** Never on a computer that others use: a phone by QR code, or a key that one takes along. */
const HINTS_SHARED = ['hybrid', 'security-key']

/** The page that makes a passkey. `created`: it is made, and the name alone is still to be mended. */
export async function enrolPage(
  pending: Enrolling,
  rpID: string,
  rpName: string,
  limit: number,
): Promise<Show> {
  const options = await generateRegistrationOptions({
    rpID,
    rpName,
    userName: pending.username,
    userDisplayName: pending.username,
    userID: bytes(pending.userHandle),
    challenge: bytes(pending.challenge),
    timeout: TIMEOUT,
    attestationType: pending.attested ? 'direct' : 'none',
    excludeCredentials: forBrowser(pending.existing),
    authenticatorSelection: {
      residentKey: 'required',
      userVerification: 'required',
      ...(pending.shared ? { authenticatorAttachment: 'cross-platform' } : {}),
    },
    supportedAlgorithmIDs: ALGORITHMS,
  })
  const { name, names, created } = pending
  return {
    as: 'page',
    view: 'factors/webauthn/enrol',
    data: {
      options: plain({ ...options, hints: pending.shared ? HINTS_SHARED : HINTS }),
      shared: pending.shared,
      name,
      length: { ...NAME_LENGTH },
      count: names.length,
      limit,
      created: created !== undefined,
    },
  }
}

/** The page that asks for a passkey. */
export async function verifyPage(asked: Verifying, rpID: string): Promise<Show> {
  const options = await generateAuthenticationOptions({
    rpID,
    challenge: bytes(asked.challenge),
    timeout: TIMEOUT,
    allowCredentials: forBrowser(asked.allow),
    userVerification: 'required',
  })
  return {
    as: 'page',
    view: 'factors/webauthn/verify',
    data: { options: plain({ ...options, hints: asked.shared ? HINTS_SHARED : HINTS }) },
  }
}

/** The library's type lists today's transports; those of tomorrow are handed back to the browser as well. */
const forBrowser = (list: readonly Descriptor[]) =>
  list as { id: string; transports: AuthenticatorTransport[] }[]

const bytes = (base64url: string) => new Uint8Array(Buffer.from(base64url, 'base64url'))

/** Options as the page gets them: JSON, without members that are undefined. */
const plain = (options: object): Json => JSON.parse(JSON.stringify(options))
