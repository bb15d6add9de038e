import { randomUUID } from 'node:crypto'
import type { Stores } from '../../src/journey/ports.ts'
import { type OpenStores, openStores } from '../../src/store/index.ts'
import { sweep } from '../../src/store/sweep.ts'
import { backends } from '../support/backends.ts'

const KEY_RING = [{ id: 'k1', key: Buffer.alloc(32, 1) }]
const NOW = Date.now()
const LATER = NOW + 60_000
const TROUBLE = { flow: 'login', step: 'help', cause: 'asked', browser: 'Firefox', system: 'Windows' }

describe.each(backends)('What the service desk works with, on $name', ({ open }) => {
  let opened: OpenStores
  let stores: Stores
  beforeAll(async () => {
    opened = await openStores({ ...(await open()), keyRing: KEY_RING, onError: () => {} })
    stores = opened.stores
  })
  afterAll(() => opened?.close())

  const refused = (accountId: string) => (reason: 'wrong' | 'gone') =>
    ({ event: 'phone.refused', factor: 'totp', reason, accountId }) as const
  async function begun() {
    const account = { username: randomUUID(), emailVerified: false, group: 'citizens', locale: 'de' }
    const accountId = await stores.accounts.create(account, undefined, {
      event: 'account.created',
      by: 'cli',
    })
    const place = randomUUID()
    const at = { browser: '', system: '', clientId: 'portal', network: '::', at: NOW }
    const handover = { place, accountId, factor: 'totp', begun: at }
    const code = await stores.handovers.begin(handover, LATER, {
      event: 'phone.invited',
      factor: 'totp',
      accountId,
    })
    return { accountId, place, code, handover }
  }
  const join = (code: string, secret: string = randomUUID(), now = NOW) =>
    stores.handovers.join(
      code,
      { secret, on: { browser: 'Chrome', system: 'Android' } },
      now,
      (accountId) => ({
        event: 'phone.joined',
        accountId,
      }),
    )

  test('help codes: the newest counts, one batch may name a code twice, and after a day it is gone', async () => {
    await stores.helps.keep([{ ...TROUBLE, code: 'AAAAAA', at: NOW, clientId: 'portal' }])
    await stores.helps.keep([
      { ...TROUBLE, code: 'BBBBBB', at: NOW },
      { ...TROUBLE, code: 'BBBBBB', at: NOW + 1, cause: 'internal' },
      { ...TROUBLE, code: 'AAAAAA', at: NOW + 2 },
    ])
    expect(await stores.helps.find('AAAAAA')).toEqual({ ...TROUBLE, at: NOW + 2 })
    expect(await stores.helps.find('BBBBBB')).toEqual({ ...TROUBLE, at: NOW + 1, cause: 'internal' })
    expect(await stores.helps.find('CCCCCC')).toBeUndefined()
    await opened.pool.query(
      `UPDATE help_codes SET expires_at = now() - interval '1 second' WHERE code = 'AAAAAA'`,
    )
    expect(await stores.helps.find('AAAAAA')).toBeUndefined()
    await sweep(opened.pool)
    const { rows } = await opened.pool.query('SELECT code FROM help_codes')
    expect(rows).toEqual([{ code: 'BBBBBB' }])
  })

  test('workplaces: a code is spent once, and nothing that could be typed is stored', async () => {
    const name = randomUUID()
    const event = { event: 'workplace.invited', workplace: name } as const
    const register = (code: string, now = NOW) =>
      stores.workplaces.register(code, now, { event: 'workplace.registered' })
    const code = await stores.workplaces.invite(name, LATER, event)
    const { rows } = await opened.pool.query('SELECT digest FROM workplaces WHERE name = $1', [name])
    expect(JSON.stringify(rows)).not.toContain(code)
    expect(await register(code, LATER)).toBeUndefined()
    const ids = await Promise.all(Array.from({ length: 5 }, () => register(code)))
    const [id = '', ...more] = ids.filter((one) => one !== undefined)
    expect(more).toEqual([])
    expect(await stores.workplaces.isRegistered(id)).toBe(true)
    expect(await stores.workplaces.all()).toContainEqual({ name, registeredAt: NOW })
    expect(await stores.workplaces.remove(name, { event: 'workplace.removed', workplace: name })).toBe(true)
    expect(await stores.workplaces.isRegistered(id)).toBe(false)
    expect(await stores.workplaces.remove(name, { event: 'workplace.removed', workplace: name })).toBe(false)
  })

  test('set-ups at a phone: one phone joins, the number is right once and after three wrong ones gone', async () => {
    const { accountId, place, code, handover } = await begun()
    expect(await join(code, randomUUID(), LATER)).toBe(false)
    const secret = randomUUID()
    expect(await join(code, secret)).toBe(true)
    expect(await join(code)).toBe(false)
    const found = await stores.handovers.atPhone(secret, NOW)
    expect(found).toEqual({
      ...handover,
      id: expect.any(String),
      joined: { browser: 'Chrome', system: 'Android' },
      finished: false,
    })
    expect(await stores.handovers.atPlace(place, NOW)).toEqual(found)
    expect(await stores.handovers.atPlace(place, LATER)).toBeUndefined()
    const { id = '' } = found ?? {}
    const redeem = (number: string) => stores.handovers.redeem(id, number, NOW, refused(accountId))
    expect(await redeem('123456')).toBe('gone')
    await stores.handovers.finish(id, '123456')
    expect(await redeem('123457')).toBe('wrong')
    expect(await redeem('123456')).toBe('right')
    expect(await redeem('123456')).toBe('gone')

    const again = await begun()
    const other = randomUUID()
    await join(again.code, other)
    const at = await stores.handovers.atPhone(other, NOW)
    await stores.handovers.finish(at?.id ?? '', '123456')
    for (let n = 0; n < 3; n++)
      expect(await stores.handovers.redeem(at?.id ?? '', '000000', NOW, refused(accountId))).toBe('wrong')
    expect(await stores.handovers.redeem(at?.id ?? '', '123456', NOW, refused(accountId))).toBe('gone')
    expect(await stores.handovers.atPhone(other, NOW)).toBeUndefined()
  })

  test('set-ups at a phone: a place has one, and an account that is erased none', async () => {
    const { code, handover, accountId } = await begun()
    const event = { event: 'phone.invited', factor: 'totp', accountId } as const
    const newer = await stores.handovers.begin(handover, LATER, event)
    expect([await join(code), await join(newer)]).toEqual([false, true])
    await opened.pool.query('DELETE FROM accounts WHERE id = $1', [accountId])
    expect(await stores.handovers.atPlace(handover.place, NOW)).toBeUndefined()
  })
})
