import type { KeyTimes, NewKey } from '../domain/signing-keys.ts'

export interface Keys {
  /** A secret of the provider that outlives every key of the ring; made on first use, by one instance only. */
  secret(name: string, make: () => string): Promise<string>
  /** All signing keys, oldest first. Those that `missing` names are made before, by one instance only. */
  signing(
    missing: (stored: SigningKey[]) => NewKey[],
    make: (key: NewKey) => Promise<SigningKey>,
  ): Promise<SigningKey[]>
  /** Deletes a signing key; false where there is none of that name. */
  retire(kid: string, reason: 'expired' | 'asked'): Promise<boolean>
  /** Throws where a value may be sealed with a key that the ring lacks, or holds otherwise. */
  fits(): Promise<void>
  /** Seals everything anew with the first key of the ring; the others are then needed no more. */
  reseal(): Promise<Resealed>
}

/** Values that were sealed anew, and those that other instances have sealed with an older key meanwhile. */
export interface Resealed {
  done: number
  left: number
}

/** A private JWK. */
export interface SigningKey extends KeyTimes {
  jwk: Record<string, unknown>
}
