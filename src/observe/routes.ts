/** First parts of paths by what a request is for: pages of a login, of the account, of staff, or the protocol. */
const ROUTES: Record<string, string> = {
  interaction: 'login',
  phone: 'login',
  account: 'account',
  freeze: 'account',
  desk: 'desk',
  workplace: 'workplace',
  next: 'workplace',
  authorize: 'authorize',
  token: 'token',
  userinfo: 'userinfo',
  introspect: 'introspect',
  revoke: 'revoke',
  par: 'par',
  register: 'register',
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
