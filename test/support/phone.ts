import { generateSync } from 'otplib'

/** An authenticator app (RFC 6238) on a phone whose clock is `offset` seconds ahead of the true time. */
export const codeOnPhone = (secret: string, nowMs: number, offset = 0): string =>
  generateSync({ secret, epoch: Math.floor(nowMs / 1000) + offset })
