import { X509Certificate } from 'node:crypto'
import type { Federation } from './types.ts'

/** Sixty days, milliseconds: a new certificate must be taken up by the other side before the old one ends. */
const NOTICE = 60 * 24 * 3600_000

/** A certificate of the federation; `until` in milliseconds. */
export interface Expiry {
  certificate: string
  until: number
  /** It has ended, or will soon. */
  urgent: boolean
}

/** When the certificates of both sides end. */
export function expiries({ us, them }: Federation, now: number): Expiry[] {
  const expiry = (certificate: string, pem: string): Expiry => {
    const until = new X509Certificate(pem).validToDate.getTime()
    return { certificate, until, urgent: until < now + NOTICE }
  }
  return [
    expiry('our signing certificate', us.signing.certificate),
    ...us.encryption.map((one) => expiry('our encryption certificate', one.certificate)),
    ...them.certificates.map((one) => expiry("the identity provider's certificate", one)),
  ]
}
