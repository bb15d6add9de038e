import { X509Certificate } from 'node:crypto'
import type { Federation } from './types.ts'

/** Sixty days, milliseconds: a new certificate must be taken up by the other side before the old one ends. */
const NOTICE = 60 * 24 * 3600_000

/** A certificate of a federation; `until` in milliseconds. */
export interface Expiry {
  certificate: string
  until: number
  /** It has ended, or will soon. */
  urgent: boolean
}

/** When the certificates of both sides of every federation end. */
export const expiries = (of: Readonly<Record<string, Federation>>, now: number): Expiry[] =>
  Object.entries(of).flatMap(([id, federation]) => expiriesOf(id, federation, now))

function expiriesOf(id: string, { us, them }: Federation, now: number): Expiry[] {
  const expiry = (certificate: string, pem: string): Expiry => {
    const until = new X509Certificate(pem).validToDate.getTime()
    return { certificate, until, urgent: until < now + NOTICE }
  }
  return [
    expiry(`our signing certificate for ${id}`, us.signing.certificate),
    ...us.encryption.map((one) => expiry(`our encryption certificate for ${id}`, one.certificate)),
    ...them.certificates.map((one) => expiry(`the certificate of ${id}`, one)),
  ]
}
