/** Why an answer was not believed; for the audit. Persons read one plain sentence, whichever it is. */
export type Cause =
  | 'encoding'
  | 'too_large'
  | 'too_complex'
  | 'markup'
  | 'malformed'
  | 'schema'
  | 'structure'
  | 'algorithm'
  | 'signature'
  | 'decryption'
  | 'issuer'
  | 'destination'
  | 'in_response_to'
  | 'relay_state'
  | 'time'
  | 'audience'
  | 'recipient'
  | 'confirmation'
  | 'authn_instant'
  | 'attributes'
  | 'level'
  | 'means'
  | 'status'
  | 'replayed'

/** Leaves the reading of an answer at the first thing that is wrong with it. */
export class Refused extends Error {
  readonly reason: Cause

  constructor(reason: Cause) {
    super(reason)
    this.name = 'Refused'
    this.reason = reason
  }
}
