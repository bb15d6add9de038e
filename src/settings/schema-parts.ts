import { z } from 'zod'

export const text = z.string().trim().min(1)

/** What is wrong with a value, and how to mend it. */
export const problem = (message: string, fix: string) => ({ error: message, params: { fix } })

/** Where a secret is. */
export const reference = text.refine(
  (value) => /^(env|file):.+/.test(value),
  problem('is not a reference', 'Write env:NAME or file:path; a secret never stands in this file.'),
)

export const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(host)

/** An absolute https address; plain http on this machine alone. */
export const address = text.superRefine((value, ctx) => {
  const wrong = wrongWith(value)
  if (wrong) ctx.addIssue({ code: 'custom', message: wrong[0], params: { fix: wrong[1] } })
})

/** An address, or one of a private-use scheme in the form of a reversed domain name (RFC 8252, 7.1). */
export const returnAddress = text.superRefine((value, ctx) => {
  const wrong = wrongWith(value)
  if (wrong && !(wrong === NOT_HTTPS && isPrivateUse(value)))
    ctx.addIssue({ code: 'custom', message: wrong[0], params: { fix: wrong[1] } })
})

/** `de.jobcenter.app:/callback`: nobody else may use the scheme of a domain that is yours. */
export const isPrivateUse = (value: string): boolean => /^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+:\/(?!\/)/.test(value)

const NOT_HTTPS = ['is not an https address', 'Use an https address.'] as const

function wrongWith(value: string): readonly [message: string, fix: string] | undefined {
  const url = URL.parse(value)
  if (!url) return ['is not an absolute URL', 'Write the whole address, for example https://portal.example/']
  if (value.includes('#')) return ['has a fragment (#…)', 'Remove everything from # on.']
  if (value.includes('*'))
    return ['contains a wildcard', 'List each address exactly; wildcards are not supported.']
  if (url.username || url.password)
    return ['contains credentials', 'Remove user name and password from the URL.']
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return ['uses http on a public host', 'Use https. Plain http is accepted for localhost only.']
  return ['https:', 'http:'].includes(url.protocol) ? undefined : NOT_HTTPS
}

/** A scope of an API: what RFC 6749, 3.3 permits; the provider's own names are taken. */
export const scopeName = text.refine(
  (value) =>
    /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(value) &&
    !['openid', 'offline_access', 'profile', 'email', 'kundennummer', 'groups', 'identity'].includes(value),
  problem(
    'is not usable as a scope',
    'Use letters, digits, dots and dashes, and no name of the provider itself.',
  ),
)
