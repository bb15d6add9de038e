import { z } from 'zod'
import type { Answer, Hint, Purpose } from '../../domain/factor.ts'

/** Largest answer read at all; one without attestation certificates has about two thousand characters. */
const LARGEST = 65_536

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/)
/** Up to 1023 bytes (WebAuthn L3, 4, credential id). */
export const credentialId = base64url.max(1364)
/** Values unknown today are stored as well (WebAuthn L3, 5.8.4); the browser gets them back. */
export const transports = z.array(z.string().regex(/^[a-z0-9-]{1,32}$/)).max(16)

/** What is used of the JSON forms of WebAuthn L3, 5.1; further members are dropped. */
const common = { id: credentialId, rawId: credentialId, type: z.literal('public-key') }
export const registration = z.object({
  ...common,
  authenticatorAttachment: z.string().nullish(),
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: transports.optional(),
  }),
})
export const assertion = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: z.string().nullish(),
  }),
})

/** The browser's answer in a form field; undefined for anything that is not one. */
export function read<T>(schema: z.ZodType<T>, field: string): T | undefined {
  if (field.length > LARGEST) return undefined
  try {
    return schema.parse(JSON.parse(field))
  } catch {
    return undefined
  }
}

/** What the ceremony was for (WebAuthn L3, 5.8.1). Pages of other sites that embed ours get no answer accepted. */
const clientData = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
})

export interface Expected {
  type: 'webauthn.create' | 'webauthn.get'
  challenge: string
  origins: readonly string[]
}

/** Names what is wrong with the client data: garbage or another kind, another challenge, another site. */
export function clientProblem(
  encoded: string,
  expected: Expected,
): 'failed' | 'stale' | 'origin' | undefined {
  const given = read(clientData, Buffer.from(encoded, 'base64url').toString())
  if (given?.type !== expected.type) return 'failed'
  if (!expected.origins.includes(given.origin)) return 'origin'
  return given.challenge === expected.challenge ? undefined : 'stale'
}

/** Names of DOM exceptions (WebAuthn L3, 5.1.3 and 5.1.4), and what the page sends where there was no ceremony. */
const REASONS: Record<string, string> = {
  JavaScriptNotEnabled: 'nojs',
  NotSupportedError: 'nosupport',
  ConstraintError: 'nolock',
  SecurityError: 'origin',
}
const BROKEN_OFF = ['NotAllowedError', 'AbortError', 'TimeoutError']

/** Why the browser has no credential to give. Cancelled, timed out, nothing found: browsers do not tell which. */
export function brokenOff({ authenticationError = '' }: Answer, purpose: Purpose): Hint {
  if (BROKEN_OFF.includes(authenticationError))
    return { code: purpose === 'enrol' ? 'not_created' : 'cancel' }
  if (authenticationError === 'InvalidStateError' && purpose === 'enrol') return { code: 'exists' }
  const known = Object.hasOwn(REASONS, authenticationError)
  return { code: (known && REASONS[authenticationError]) || 'failed' }
}
