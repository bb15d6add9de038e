import type { Attestation, Credential, Factor, FactorId, Json } from '../domain/factor.ts'
import type { AttributeName } from '../domain/personal.ts'

const LEVEL = {
  low: 'http://bsi.bund.de/eID/LoA/niedrig',
  substantial: 'http://bsi.bund.de/eID/LoA/substantiell',
  high: 'http://bsi.bund.de/eID/LoA/hoch',
} as const
const RANK = Object.keys(LEVEL)
const ADDRESS: readonly AttributeName[] = ['street_address', 'postal_code', 'locality', 'country']

/**
 * The claim `verified_claims` (OpenID Connect for Identity Assurance 1.0, 5): what an authority says of this person, as far
 * as the client may have it, with level, source and time. The best proven counts, of equal ones the newest.
 */
export function verifiedClaims(
  credentials: readonly Credential[],
  factors: ReadonlyMap<FactorId, Factor>,
  allowed: readonly AttributeName[],
): { verified_claims?: Json } {
  const [best] = credentials
    .filter((one) => !one.suspended)
    .flatMap((one) => factors.get(one.factor)?.attests?.(one.data) ?? [])
    .sort((a, b) => RANK.indexOf(b.identity) - RANK.indexOf(a.identity) || b.at - a.at)
  const claims = best ? claimsOf(best, allowed) : {}
  if (!best || Object.keys(claims).length === 0) return {}
  const record = { type: 'identity', source: { name: best.source } }
  const verification = {
    trust_framework: 'bsi_tr_03107_1',
    assurance_level: LEVEL[best.identity],
    time: new Date(best.at).toISOString(),
    evidence: [{ type: 'electronic_record', record }],
  }
  return { verified_claims: { verification, claims } }
}

/** Place of birth and address are objects (OpenID Connect Core 5.1.1; Identity Assurance, 4.1). */
function claimsOf({ attributes }: Attestation, allowed: readonly AttributeName[]): { [claim: string]: Json } {
  const known = allowed.flatMap((name) => {
    const value = attributes[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const part = (of: readonly AttributeName[]) =>
    Object.fromEntries(known.filter(([name]) => of.includes(name)))
  const { place_of_birth: place } = part(['place_of_birth'])
  const address = part(ADDRESS)
  return {
    ...part(allowed.filter((name) => name !== 'place_of_birth' && !ADDRESS.includes(name))),
    ...(place ? { place_of_birth: { locality: place } } : {}),
    ...(Object.keys(address).length > 0 ? { address } : {}),
  }
}
