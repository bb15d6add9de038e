import type { IncomingMessage } from 'node:http'
import { type BlockList, isIPv4, isIPv6 } from 'node:net'
import type { Middleware } from 'koa'
import type { ClientCertificate } from '../oidc/provider.ts'
import { type CertificateHeaders, takeCertificate } from './certificate.ts'
import { blockOf } from './networks.ts'

/** Headers by which a sender could claim another host, scheme or address. */
const CLAIMS = [
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-for',
  'forwarded',
  'x-original-host',
  'x-real-ip',
]

/** Pins one request and returns what is known of its sender. */
export type Pin = (req: IncomingMessage) => Sender

export interface Sender {
  address: string
  /** The certificate that an application has shown to a trusted proxy. */
  certificate: ClientCertificate | undefined
  /** A trusted proxy says that the browser is at a workplace. */
  workplace: boolean
}

/**
 * Fixes host and scheme of every request to the issuer's, so that no header changes any address, and returns the
 * client's address: the sender's own, unless it is a trusted proxy, whose `X-Forwarded-For` is read from the right.
 * With `certificates` and `workplace` (lower case) the proxy that the request came from may also hand on a certificate,
 * and say that the browser is at a workplace.
 */
export function createPin(
  issuer: string,
  trustedProxies: readonly string[],
  certificates?: CertificateHeaders,
  workplace?: string,
): Pin {
  const { host, protocol } = new URL(issuer)
  const trusted = blockOf(trustedProxies)
  return (req) => {
    const address = clientAddress(req, trusted)
    const proxied = isIn(trusted, plain(req.socket.remoteAddress ?? ''))
    const certificate = certificates && takeCertificate(req, certificates, proxied)
    const at = workplace !== undefined && req.headers[workplace] !== undefined
    if (workplace) delete req.headers[workplace]
    for (const name of CLAIMS) delete req.headers[name]
    req.headers.host = host
    // Koa reads the scheme from here (`app.proxy`); nothing a sender wrote is left.
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    return { address, certificate, workplace: proxied && at }
  }
}

/** Before anything else reads the request. */
export function pinned(pin: Pin): Middleware {
  return (ctx, next) => {
    Object.assign(ctx.state, pin(ctx.req))
    return next()
  }
}

function clientAddress(req: IncomingMessage, trusted: BlockList): string {
  const chain = [...String(req.headers['x-forwarded-for'] ?? '').split(','), req.socket.remoteAddress ?? '']
  const hops = chain.map(plain).filter((hop) => isIPv4(hop) || isIPv6(hop))
  const outside = hops.findLast((hop) => !isIn(trusted, hop))
  return outside ?? hops.at(-1) ?? ''
}

const isIn = (list: BlockList, hop: string): boolean =>
  (isIPv4(hop) || isIPv6(hop)) && list.check(hop, isIPv4(hop) ? 'ipv4' : 'ipv6')

/** IPv4 mapped into IPv6 is the same address. */
const plain = (hop: string): string => hop.trim().replace(/^::ffff:(?=\d+\.)/i, '')
