import { X509Certificate } from 'node:crypto'
import type { Account } from '../../domain/account.ts'

/** Which makes of authenticators new passkeys may be kept by, and for whom that holds. */
export interface Models {
  /** Customer groups; absent: everybody. */
  groups?: readonly string[]
  allowed: readonly Model[]
}

interface Model {
  /** In lower case, with hyphens. */
  aaguid: string
  /** The maker's root certificates: whoever wants to pass for this model needs their keys. */
  roots: readonly X509Certificate[]
}

/** The models this account is held to; undefined where it may use whatever it has. */
export const modelsFor = (
  { group }: Pick<Account, 'group'>,
  models: Models | undefined,
): readonly Model[] | undefined =>
  models && (models.groups?.includes(group) ?? true) ? models.allowed : undefined

/**
 * Whether the certificates of an attestation (DER, the authenticator's first) lead to a root of an allowed model
 * (WebAuthn L3, 7.1, step 23). No address that they name is called: what is revoked is taken off the list.
 */
export function isAllowed(
  aaguid: string,
  chain: readonly Uint8Array[],
  models: readonly Model[],
  now: number,
): boolean {
  const roots = models.find((model) => model.aaguid === aaguid)?.roots ?? []
  const certificates = chain.flatMap((der) => read(der) ?? [])
  if (certificates.length === 0 || certificates.length < chain.length) return false
  if (!certificates.every((one) => isValidAt(one, now))) return false
  const linked = certificates.every((one, n) => {
    const issuer = certificates[n + 1]
    return issuer === undefined || (issuer.ca && isIssuedBy(one, issuer))
  })
  const last = certificates.at(-1)
  return linked && roots.some((root) => last && (last.raw.equals(root.raw) || isIssuedBy(last, root)))
}

function read(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined
  }
}

const isIssuedBy = (one: X509Certificate, issuer: X509Certificate): boolean =>
  one.checkIssued(issuer) && one.verify(issuer.publicKey)

const isValidAt = ({ validFromDate, validToDate }: X509Certificate, now: number): boolean =>
  validFromDate.getTime() <= now && now <= validToDate.getTime()
