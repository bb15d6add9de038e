import { z } from 'zod'
import { data, descriptor } from './credential.ts'

/** What is remembered while the browser asks the person; `challenge` is 32 random bytes, base64url like all bytes. */
const enrolling = z.strictObject({
  purpose: z.literal('enrol'),
  challenge: z.string(),
  userHandle: z.string(),
  username: z.string(),
  /** Others use this computer, too: the passkey must be made on something else, a phone. */
  shared: z.boolean().default(false),
  /** The account is held to certain models, which the authenticator must prove. */
  attested: z.boolean(),
  existing: z.array(descriptor),
  names: z.array(z.string()),
  /** The name in the field: proposed at first, then as typed. */
  name: z.string(),
  /** Made already, while its name was refused: only the name is asked for again. */
  created: z.strictObject({ externalId: z.string(), data }).exactOptional(),
})
const verifying = z.strictObject({
  purpose: z.literal('verify'),
  challenge: z.string(),
  /** The passkeys asked for; empty where any will do, because nobody is known yet. */
  allow: z.array(descriptor),
  /** As at set-up. */
  shared: z.boolean().default(false),
})

export const state = z.discriminatedUnion('purpose', [enrolling, verifying]).nullable()
export type State = z.infer<typeof state>
export type Enrolling = z.infer<typeof enrolling>
export type Verifying = z.infer<typeof verifying>

/** A passkey that was made, but has no name yet. */
export type Created = NonNullable<Enrolling['created']>
