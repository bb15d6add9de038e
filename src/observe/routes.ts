/** First parts of paths by what a request is for: pages of a login, pages of the account, or the protocol. */
const ROUTES: Record<string, string> = {
  interaction: 'login',
  account: 'account',
  freeze: 'account',
  authorize: 'authorize',
  token: 'token',
  userinfo: 'userinfo',
  introspect: 'introspect',
  revoke: 'revoke',
  par: 'par',
  device: 'device',
  logout: 'logout',
  jwks: 'metadata',
  '.well-known': 'metadata',
  assets: 'assets',
  help: 'help',
  health: 'health',
  metrics: 'metrics',
  saml: 'bundid',
}

/** What a path is for; everything else, with all that is guessed at, is `other`. */
export const routeOf = (path: string): string => {
  const first = path.split('/', 2)[1] ?? ''
  return Object.hasOwn(ROUTES, first) ? (ROUTES[first] ?? 'other') : 'other'
}
