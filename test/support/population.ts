import { randomUUID } from 'node:crypto'
import type { Enrolled, FactorId, Strength } from '../../src/domain/factor.ts'
import { createHasher } from '../../src/factors/password/hash.ts'
import { passwordCredential } from '../../src/factors/password/index.ts'
import { createTotp } from '../../src/factors/totp/index.ts'
import type { Stores } from '../../src/journey/ports.ts'
import { codeAt } from './login.ts'
import { PASSKEY } from './worlds.ts'

export const PASSWORD = 'correct horse battery'
type Ending = 'satisfied' | 'enrols' | 'locked' | 'stuck'

/** A kind of account, how many of it there are, and how a login from the mandatory date on ends for it. */
export interface Kind {
  name: string
  group: string
  many: number
  holds: readonly Holding[]
  locked?: boolean
  ending: Ending
  why?: string
}
type Holding =
  | 'password'
  | 'totp'
  | 'passkey'
  | 'key without PIN'
  | 'retired'
  | `${'password' | 'passkey'} suspended`

const kind = (
  group: string,
  many: number,
  holds: readonly Holding[],
  ending: Ending,
  why?: string,
): Kind => ({
  name: `${group} with ${holds.join(', ') || 'nothing'}`,
  group,
  many,
  holds,
  ending,
  ...(why ? { why } : {}),
})

/** A thousand accounts. Two factors are demanded of all; of partners a passkey, and nothing else. */
export const KINDS: readonly Kind[] = [
  kind('citizens', 290, ['password', 'totp'], 'satisfied'),
  kind('citizens', 150, ['password', 'passkey'], 'satisfied'),
  kind('citizens', 50, ['passkey'], 'satisfied'),
  kind('citizens', 250, ['password'], 'enrols'),
  kind('employers', 60, ['password', 'totp'], 'satisfied'),
  kind('employers', 40, ['password'], 'enrols'),
  kind('partners', 30, ['password', 'passkey'], 'satisfied'),
  kind('partners', 20, ['password', 'totp'], 'enrols'),
  // The kinds of trouble.
  kind('institutions', 10, ['password'], 'stuck', 'desk_first'),
  { ...kind('citizens', 20, ['password', 'totp'], 'locked'), name: 'locked', locked: true },
  kind('citizens', 15, ['password', 'passkey suspended'], 'stuck', 'strongest_is_suspended'),
  kind('citizens', 12, ['password suspended', 'totp'], 'stuck', 'cannot_begin'),
  kind('citizens', 15, ['totp'], 'stuck', 'cannot_begin'),
  kind('employers', 10, [], 'stuck', 'cannot_begin'),
  kind('employers', 20, ['retired'], 'stuck', 'cannot_begin'),
  kind(
    'partners',
    8,
    ['password', ...Array<Holding>(10).fill('key without PIN')],
    'stuck',
    'no_factor_reaches_it',
  ),
]

export interface Member {
  id: string
  username: string
  kind: Kind
}

/** Stores them all. `secret` is the key of everybody's app, set up at `at` (milliseconds). */
export async function populate(stores: Stores, at: number): Promise<{ members: Member[]; secret: string }> {
  const hasher = createHasher({ memoryKiB: 64, passes: 1, parallelism: 1, queue: 10 })
  const { secret, enrolled } = await app(at)
  const made: Record<string, { factor: FactorId; enrolled: Enrolled<unknown> }> = {
    password: { factor: 'password', enrolled: passwordCredential(await hasher.hash(PASSWORD)) },
    totp: { factor: 'totp', enrolled },
    passkey: { factor: 'webauthn', enrolled: { data: {}, label: 'passkey', strength: PASSKEY } },
    key: { factor: 'webauthn', enrolled: { data: {}, label: 'key', strength: withoutPin } },
    retired: { factor: 'sms', enrolled: { data: {}, label: 'phone', strength: withoutPin } },
  }
  const members: Member[] = []
  for (const one of KINDS) {
    for (let n = 0; n < one.many; n++) {
      const username = `${one.group}-${members.length}`
      const account = { username, emailVerified: false, group: one.group, locale: 'de' }
      const id = await stores.accounts.create(account, undefined, { event: 'account.created', by: 'cli' })
      for (const [i, holding] of one.holds.entries()) {
        const [name = '', suspended] = holding.split(' ')
        const { factor, enrolled } = made[name] ?? { factor: '', enrolled: passwordCredential('') }
        const credentialId = randomUUID()
        const event = { factor, credentialId, accountId: id }
        const labelled = { ...enrolled, label: `${enrolled.label} ${i}` }
        await stores.credentials.enrol(credentialId, id, factor, labelled, 10, {
          ...event,
          event: 'factor.enrolled',
        })
        if (suspended === 'suspended')
          await stores.credentials.suspend(credentialId, {
            ...event,
            event: 'factor.suspended',
            reason: 'test',
          })
      }
      if (one.locked) await stores.accounts.setLocked(id, true, Date.now(), { event: 'account.locked' })
      members.push({ id, username, kind: one })
    }
  }
  return { members, secret }
}

const withoutPin: Strength = {
  kinds: ['possession'],
  amr: ['hwk'],
  phishingResistant: true,
  identity: 'none',
}

/** An authenticator app that was set up as people do. */
export async function app(at: number): Promise<{ secret: string; enrolled: Enrolled<unknown> }> {
  const totp = createTotp({
    most: 1,
    issuer: () => 'Jobcenter',
    now: () => at,
    random: (bytes) => Buffer.alloc(bytes, 7),
  })
  const nobody = {
    id: '',
    username: 'x',
    emailVerified: false,
    group: '',
    locale: 'de',
    locked: false,
    createdAt: 0,
  }
  const { remember } = await totp.beginEnrolment(nobody, [])
  const secret = remember?.secret ?? ''
  const verdict = await totp.finishEnrolment(remember, { code: codeAt(secret, at) })
  if (!verdict.ok) throw new Error(verdict.reason)
  return { secret, enrolled: verdict.value }
}
