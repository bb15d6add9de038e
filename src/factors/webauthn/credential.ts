import { z } from 'zod'
import type { Strength } from '../../domain/factor.ts'
import { credentialId, transports } from './answers.ts'

/** What is kept of a passkey (WebAuthn L3, 4, credential record); its id is the credential's `externalId`. */
export const data = z.object({
  /** COSE key, base64url. */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]+$/),
  counter: z.number().int().nonnegative(),
  transports,
  aaguid: z.string(),
  /** May be synced to other devices (BE); never changes. */
  backupEligible: z.boolean(),
  /** Is synced now (BS). */
  backedUp: z.boolean(),
  rpId: z.string(),
  userHandle: z.string(),
})
export type Passkey = z.infer<typeof data>

/** A passkey as the browser must be told of it. */
export const descriptor = z.object({ id: credentialId, transports })
export type Descriptor = z.infer<typeof descriptor>

/**
 * User verification is demanded always. Whether it was a finger, a face or a PIN stays with the authenticator
 * (WebAuthn L3, 6.4): the second kind is named inherence, `amr` says no more than `user`. A synced key is not bound
 * to hardware.
 */
export const strengthOf = ({ backupEligible }: Pick<Passkey, 'backupEligible'>): Strength => ({
  kinds: ['possession', 'inherence'],
  amr: [backupEligible ? 'swk' : 'hwk', 'user'],
  phishingResistant: true,
  identity: 'none',
})
