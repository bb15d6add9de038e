import type { Asked } from '../journey/deps.ts'

/** Parameters of an authorization request as oidc-provider keeps them (defaults of the client already filled in). */
export type Params = Record<string, unknown>

interface AcrClaim {
  essential?: boolean
  value?: unknown
  values?: unknown
}

/**
 * What a request asks of the login: `acr_values`, `claims.id_token.acr`, `max_age` and `prompt`
 * (OIDC Core 3.1.2.1, 5.5.1.1). An essential acr claim stands above `acr_values`, which are voluntary. A sign-in for a
 * device is always proven anew: whoever has a session open must notice that something asks for more. Parameters that
 * begin with `pforte_` are for pages of ours.
 */
export function askedBy(params: Params, forDevice: boolean): Asked {
  const claim = acrClaim(params.claims)
  const claimed = [claim?.value, ...(Array.isArray(claim?.values) ? claim.values : [])].filter(isText)
  const prompts = words(params.prompt)
  const maxAge = params.max_age === undefined ? undefined : Number(params.max_age)
  return {
    acrValues: claimed.length > 0 ? claimed : words(params.acr_values),
    essential: claim?.essential === true && claimed.length > 0,
    ...(maxAge === undefined ? {} : { maxAge }),
    reauthenticate: forDevice || prompts.includes('login') || maxAge === 0,
    interactive: !prompts.includes('none'),
    ...(params.pforte_confirm ? { confirm: true } : {}),
    ...(isText(params.pforte_wanted) ? { wanted: params.pforte_wanted } : {}),
  }
}

function acrClaim(claims: unknown): AcrClaim | undefined {
  if (!isText(claims)) return undefined
  const parsed = JSON.parse(claims) as { id_token?: { acr?: AcrClaim | null } }
  return parsed.id_token?.acr ?? undefined
}

const isText = (value: unknown): value is string => typeof value === 'string'

const words = (value: unknown): string[] => (isText(value) ? value.split(' ').filter(Boolean) : [])
