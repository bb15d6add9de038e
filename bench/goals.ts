import type { Results } from './results.ts'

/** A ratio within one run, or a count by login; less is better. */
export interface Goal {
  name: string
  value: number
  must: number
  aim: number
}

/**
 * The least a login can cost besides its hash, as a share of bare oidc-provider's: hand-written on node:http with the
 * fewest store calls it took 0.98 milliseconds where bare oidc-provider took 4.44.
 */
const FLOOR = 0.22

/** What is to hold. Whatever was not measured is left out. */
export function goals({ readings, asked, memory, loaded }: Results): Goal[] {
  const cpu = (name: string): number => readings[name]?.cpu ?? NaN
  const bare = (journey: string): number => cpu(`bare, Redis: ${journey}`)
  const ours = (journey: string): number => cpu(`pforte: ${journey}`) / bare(journey)
  const hash = cpu('argon2id: hash') - cpu('koa: request')
  const floor = FLOOR * bare('login without hash') + hash
  const guesses = ['known', 'unknown', 'locked'].map((name) => cpu(`pforte: guesses, ${name}`))
  const login = readings['pforte: login']
  const kept = asked['pforte: login']
  const [pforte, other] = [memory.pforte, memory['bare, Redis']]
  const all: [string, number | undefined, number, number][] = [
    ['login without its hash / bare', cpu('unhashed: login') / bare('login without hash'), 1, 0.5],
    ['login / floor and hash', cpu('pforte: login') / floor, 1.35, 1.1],
    ['hash among people / alone', (cpu('pforte: login') - cpu('unhashed: login')) / hash, 1.15, 1.05],
    ['wrong password, dearest / cheapest name', Math.max(...guesses) / Math.min(...guesses), 1.1, 1.05],
    ['client credentials / bare', ours('client credentials'), 0.8, 0.5],
    ['refresh / bare', ours('refresh'), 0.55, 0.3],
    ['userinfo / bare', ours('userinfo'), 1, 0.4],
    ['introspection / bare', ours('introspection'), 1, 0.4],
    ['discovery and JWKS / bare', ours('discovery and JWKS'), 0.5, 0.3],
    ['start / bare', pforte && other && pforte.ready / other.ready, 2, 1.2],
    ['memory, idle / bare', pforte && other && pforte.idle / other.idle, 1.5, 1.2],
    ['memory, loaded, MB', pforte?.loaded, 150, 100],
    ['p99 of client credentials among logins / alone', loaded.crowded / loaded.alone, 5, 3],
    ['event loop p99 among logins, ms', loaded.loop.p99, 20, 10],
    ['login p99 / p50', login && login.p99 / login.p50, 2.5, 1.6],
    ['login, two processes / one', cpu('pforte ×2: login') / cpu('pforte: login'), 1.1, 1],
    ['Redis commands by login', kept?.commands, 25, 14],
    ['Redis keys by login', kept?.keys, 6, 4],
    ['Redis bytes by login', kept?.bytes, 3_000, 2_000],
    ['PostgreSQL statements by login', kept?.transactions, 4, 3],
  ]
  return all.flatMap(([name, value, must, aim]) =>
    value === undefined || Number.isNaN(value) ? [] : [{ name, value, must, aim }],
  )
}
