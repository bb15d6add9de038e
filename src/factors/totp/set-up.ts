import { generateURI } from 'otplib'
import QRCode from 'qrcode'
import type { Show } from '../../domain/factor.ts'

/** The page that hands the secret over: as QR code, as address for an app on the same phone, and to be typed. */
export function setUpPage(issuer: string, username: string, secret: string): Show {
  const names = { issuer: plain(issuer), label: plain(username) }
  const uri = generateURI({ ...names, secret })
  return {
    as: 'page',
    view: 'totp/enrol',
    data: {
      qr: drawing(uri),
      uri,
      account: `${names.issuer}: ${names.label}`,
      key: secret.match(/.{1,4}/g) ?? [],
    },
  }
}

/** In an otpauth address a colon parts issuer and name, even an escaped one. */
const plain = (name: string): string => name.replaceAll(':', ' ')

/** An SVG of paths and attributes only, with the quiet zone of four modules that ISO/IEC 18004 asks for. */
function drawing(text: string): string {
  let svg = ''
  QRCode.toString(text, { type: 'svg', margin: 4, errorCorrectionLevel: 'M' }, (error, drawn) => {
    if (error) throw error
    svg = drawn
  })
  return svg.trim()
}
