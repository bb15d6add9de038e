/**
 * How applications are called (their `jwks_uri`, `backchannel_logout_uri`). The library's dispatcher breaks off
 * connections to private and special addresses; only hosts that the operator names are called without it.
 * Redirects are never followed: they would lead past the name that was permitted.
 */
export function outbound(privateHosts: () => readonly string[]) {
  return (url: string | URL | Request, options: RequestInit = {}): Promise<Response> => {
    const { host } = new URL(url instanceof Request ? url.url : url)
    const { dispatcher, ...rest } = options as RequestInit & { dispatcher?: unknown }
    const trusted = privateHosts().includes(host)
    if (!trusted && dispatcher === undefined)
      throw new Error('applications are not called without a check of their addresses')
    return fetch(url, { ...rest, redirect: 'error', ...(trusted ? {} : { dispatcher }) } as RequestInit)
  }
}
