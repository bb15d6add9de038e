import type { ServerOptions } from 'node:http'

/**
 * What one connection may cost. Whoever sends headers or a body slowly is cut off, so that many who do so hold places
 * for half a minute at most. Headers: 16 KiB hold the cookies of a login and the certificate of an application.
 */
export const REQUEST_LIMITS: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 2_000,
  // Longer than a proxy keeps its idle connections: it is the proxy that closes them, never we under its request.
  keepAliveTimeout: 75_000,
  maxHeaderSize: 16_384,
}
