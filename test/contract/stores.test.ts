import { randomUUID } from 'node:crypto'
import type { AuditEvent } from '../../src/domain/audit-event.ts'
import type { Strength } from '../../src/domain/factor.ts'
import type { Limit, NewAccount, Stores } from '../../src/journey/ports.ts'
import { type OpenStores, openStores } from '../../src/store/index.ts'
import { backends } from '../support/backends.ts'

const KEY_RING = [{ id: 'k1', key: Buffer.alloc(32, 1) }]
const STRENGTH: Strength = { kinds: ['possession'], amr: ['otp'], phishingResistant: false, identity: 'none' }
const enrolled = (label: string, externalId?: string) => ({
  data: { secret: `of ${label}` },
  label,
  strength: STRENGTH,
  ...(externalId ? { externalId } : {}),
})
const event = (accountId: string): AuditEvent => ({
  event: 'factor.enrolled',
  factor: 'totp',
  credentialId: randomUUID(),
  accountId,
})
const verified = (accountId: string): AuditEvent =>
  ({ ...event(accountId), event: 'factor.verified' }) as AuditEvent
const CREATED: AuditEvent = { event: 'account.created', by: 'cli' }

describe.each(backends)('The stores on $name', ({ open }) => {
  let opened: OpenStores
  let stores: Stores
  beforeAll(async () => {
    opened = await openStores({ ...(await open()), keyRing: KEY_RING, onError: () => {} })
    stores = opened.stores
  })
  afterAll(() => opened?.close())

  const add = async (more: Partial<NewAccount> = {}): Promise<string> =>
    stores.accounts.create(
      { username: randomUUID(), emailVerified: false, group: 'citizens', locale: 'de', ...more },
      undefined,
      CREATED,
    )
  const audited = async (accountId: string): Promise<string[]> => {
    const { rows } = await opened.pool.query('SELECT event FROM audit WHERE account_id = $1 ORDER BY id', [
      accountId,
    ])
    return rows.map((row) => row.event)
  }

  describe('accounts', () => {
    test('are found by id, user name and e-mail address, and say what was stored', async () => {
      const name = randomUUID()
      const more = {
        username: `Jörg-${name}`,
        email: `${name}@Example.org`,
        customerNumber: name,
        givenName: 'Jörg',
      }
      const id = await add(more)
      expect(await stores.accounts.byId(id)).toMatchObject({ id, ...more, locked: false })
      expect(await stores.accounts.byLogin(`jörg-${name}`)).toMatchObject({ id })
      expect(await stores.accounts.byLogin(`${name}@example.org`)).toMatchObject({ id })
      expect(await stores.accounts.byLogin('nobody')).toBeUndefined()
      expect(await audited(id)).toEqual(['account.created'])
    })

    test('share one name space: nobody takes another’s address as user name, in any case', async () => {
      const name = randomUUID()
      await add({ email: `${name}@example.org` })
      expect(await add({ username: `${name}@EXAMPLE.org` })).toBe('taken')
      const number = randomUUID()
      await add({ customerNumber: number })
      expect(await add({ customerNumber: number })).toBe('taken')
    })

    test('of ten that take one name at once exactly one is created, whole', async () => {
      const username = randomUUID()
      const made = await Promise.all(Array.from({ length: 10 }, () => add({ username })))
      expect(made.filter((id) => id !== 'taken')).toHaveLength(1)
    })

    test('are locked and unlocked once, and locking ends refresh tokens', async () => {
      const id = await add()
      await stores.tokens.upsert('RefreshToken', `t-${id}`, { accountId: id, grantId: 'g' }, 60)
      const lock = () => stores.accounts.setLocked(id, true, Date.now(), { event: 'account.locked' })
      expect([await lock(), await lock()]).toEqual([true, false])
      expect((await stores.accounts.byId(id))?.locked).toBe(true)
      expect(await stores.tokens.find('RefreshToken', `t-${id}`)).toBeUndefined()
      expect(await stores.accounts.setLocked(id, false, Date.now(), { event: 'account.unlocked' })).toBe(true)
      expect(await audited(id)).toEqual(['account.created', 'account.locked', 'account.unlocked'])
    })
  })

  describe('credentials', () => {
    const enrol = (accountId: string, label: string, max = 10, externalId?: string) =>
      stores.credentials.enrol(
        randomUUID(),
        accountId,
        'key',
        enrolled(label, externalId),
        max,
        event(accountId),
      )

    test('come back as stored, oldest first, and are sealed at rest', async () => {
      const id = await add()
      await enrol(id, 'one')
      await enrol(id, 'two')
      const found = await stores.credentials.ofAccount(id)
      expect(found.map((c) => [c.label, c.data])).toEqual([
        ['one', { secret: 'of one' }],
        ['two', { secret: 'of two' }],
      ])
      const { rows } = await opened.pool.query('SELECT data FROM credentials WHERE account_id = $1', [id])
      for (const row of rows) expect(row.data).not.toContain('secret')
    })

    test('never exceed the limit, however many come at once, and each stored one has its audit row', async () => {
      const id = await add()
      for (let n = 0; n < 8; n++) await enrol(id, `k${n}`)
      const more = await Promise.all(Array.from({ length: 6 }, (_, n) => enrol(id, `late${n}`)))
      expect(more.filter((one) => one.ok)).toHaveLength(2)
      expect(more.filter((one) => !one.ok).map((one) => !one.ok && one.reason)).toEqual(
        Array(4).fill('limit'),
      )
      expect(await stores.credentials.ofAccount(id)).toHaveLength(10)
      expect((await audited(id)).filter((name) => name === 'factor.enrolled')).toHaveLength(10)
    })

    test('neither share a name within an account nor an external id between accounts', async () => {
      const [a, b] = [await add(), await add()]
      const external = randomUUID()
      expect((await enrol(a, 'name', 10, external)).ok).toBe(true)
      expect(await enrol(a, 'name')).toEqual({ ok: false, reason: 'duplicate' })
      expect(await enrol(b, 'other', 10, external)).toEqual({ ok: false, reason: 'duplicate' })
      expect(await stores.credentials.byExternalId('key', external)).toMatchObject({ accountId: a })
    })

    test('of twenty parallel uses of one version exactly one wins, with one audit row', async () => {
      const id = await add()
      await enrol(id, 'one')
      const [credential] = await stores.credentials.ofAccount(id)
      if (!credential) throw new Error('not stored')
      const use = () =>
        stores.credentials.use({ ...credential, data: { secret: 'new' } }, Date.now(), verified(id))
      const won = await Promise.all(Array.from({ length: 20 }, use))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect((await audited(id)).filter((name) => name === 'factor.verified')).toHaveLength(1)
      expect((await stores.credentials.ofAccount(id))[0]).toMatchObject({
        version: 2,
        data: { secret: 'new' },
      })
    })

    test('may be used in parallel where nothing in them changes; suspended ones not at all', async () => {
      const id = await add()
      await enrol(id, 'one')
      const [credential] = await stores.credentials.ofAccount(id)
      if (!credential) throw new Error('not stored')
      const touch = () => stores.credentials.touch(credential, Date.now(), verified(id))
      expect(await Promise.all([touch(), touch()])).toEqual([true, true])
      const suspend = () =>
        stores.credentials.suspend(credential.id, {
          event: 'factor.suspended',
          factor: 'key',
          credentialId: credential.id,
          reason: 'test',
        })
      expect([await suspend(), await suspend()]).toEqual([true, false])
      expect(await touch()).toBe(false)
      expect(await stores.credentials.use(credential, Date.now(), verified(id))).toBe(false)
    })
  })

  test('a dismissal counts in its epoch alone, and once', async () => {
    const id = await add()
    const dismiss = () =>
      stores.dismissals.add(id, 'e1', 'totp', {
        event: 'prompt.skipped',
        factor: 'totp',
        forGood: true,
        accountId: id,
      })
    await Promise.all([dismiss(), dismiss()])
    expect(await stores.dismissals.of(id, 'e1')).toEqual(['totp'])
    expect(await stores.dismissals.of(id, 'e2')).toEqual([])
    expect((await audited(id)).filter((name) => name === 'prompt.skipped')).toHaveLength(1)
  })

  test('audit rows can be added, and neither changed nor deleted', async () => {
    const id = await add()
    for (const sql of ['UPDATE audit SET event = $1', 'DELETE FROM audit WHERE event <> $1'])
      await expect(opened.pool.query(sql, ['x'])).rejects.toThrow('never changed')
    expect(await audited(id)).toEqual(['account.created'])
  })

  describe('short-lived things', () => {
    test('are kept, replaced and deleted; unknown ones are not there', async () => {
      const [a, b] = [randomUUID(), randomUUID()]
      await stores.ephemeral.put(a, 'one', 60)
      await stores.ephemeral.put(a, 'two', 60)
      expect(await stores.ephemeral.get([a, b])).toEqual(['two', undefined])
      await stores.ephemeral.delete([a, b])
      expect(await stores.ephemeral.get([a])).toEqual([undefined])
    })

    test('are created once and replaced once, however many come at once', async () => {
      const key = randomUUID()
      const ten = <T>(work: (n: number) => Promise<T>) =>
        Promise.all(Array.from({ length: 10 }, (_, n) => work(n)))
      expect((await ten((n) => stores.ephemeral.create(key, `v${n}`, 60))).filter(Boolean)).toHaveLength(1)
      const [value = ''] = await stores.ephemeral.get([key])
      expect((await ten((n) => stores.ephemeral.replace(key, value, `w${n}`))).filter(Boolean)).toHaveLength(
        1,
      )
      const [next = ''] = await stores.ephemeral.get([key])
      expect((await ten(() => stores.ephemeral.replace(key, next, null))).filter(Boolean)).toHaveLength(1)
      expect(await stores.ephemeral.get([key])).toEqual([undefined])
      expect(await stores.ephemeral.replace(key, next, 'again')).toBe(false)
    })
  })

  describe.each(['durable', 'fast'] as const)('%s attempts', (where) => {
    const limit: Limit = { name: `test-${where}`, points: 3, seconds: 60 }
    const forEver: Limit = { name: `row-${where}`, points: 2, seconds: 0 }

    test('are counted exactly under parallel requests, and cleared', async () => {
      const key = randomUUID()
      const waits = await Promise.all(
        Array.from({ length: 10 }, () => stores.attempts.spend(limit, key, where)),
      )
      expect(waits.filter((wait) => wait === 0)).toHaveLength(3)
      for (const wait of waits.filter((w) => w > 0)) expect(wait).toBeLessThanOrEqual(60)
      await stores.attempts.clear([{ limit, key }], where)
      expect(await stores.attempts.spend(limit, key, where)).toBe(0)
    })

    test('that were successes are given back', async () => {
      const key = randomUUID()
      for (let n = 0; n < 9; n++) {
        expect(await stores.attempts.spend(limit, key, where)).toBe(0)
        await stores.attempts.refund(limit, key, where)
      }
    })

    test('of a limit without an end are over for good until they are cleared', async () => {
      const key = randomUUID()
      for (let n = 0; n < 2; n++) await stores.attempts.spend(forEver, key, where)
      expect(await stores.attempts.spend(forEver, key, where)).toBe(Infinity)
    })
  })

  describe('tokens', () => {
    test('are consumed by exactly one of many, and their ids are kept nowhere', async () => {
      const id = randomUUID()
      await stores.tokens.upsert('RefreshToken', id, { jti: id, grantId: 'g', kind: 'RefreshToken' }, 60)
      expect((await stores.tokens.find('RefreshToken', id))?.payload).toMatchObject({ jti: id })
      const won = await Promise.all(
        Array.from({ length: 10 }, () => stores.tokens.consume('RefreshToken', id)),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await stores.tokens.find('RefreshToken', id)).toMatchObject({ consumed: expect.any(Number) })
      const { rows } = await opened.pool.query('SELECT * FROM tokens')
      expect(JSON.stringify(rows)).not.toContain(id)
    })

    test('of a revoked grant are gone with it, and the revocation is on record once', async () => {
      const [grant, token, accountId] = [randomUUID(), randomUUID(), await add()]
      await stores.tokens.upsert('Grant', grant, { accountId }, 60)
      await stores.tokens.upsert('RefreshToken', token, { accountId, grantId: grant }, 60)
      const revoke = () =>
        stores.tokens.revokeGrant(grant, { event: 'grant.revoked', reason: 'test', accountId })
      await revoke()
      await revoke()
      expect(await stores.tokens.find('Grant', grant)).toBeUndefined()
      expect(await stores.tokens.find('RefreshToken', token)).toBeUndefined()
      expect((await audited(accountId)).filter((name) => name === 'grant.revoked')).toHaveLength(1)
    })

    test('end by the clock of the store', async () => {
      const id = randomUUID()
      await stores.tokens.upsert('RefreshToken', id, {}, -1)
      expect(await stores.tokens.find('RefreshToken', id)).toBeUndefined()
      expect(await stores.tokens.consume('RefreshToken', id)).toBe(false)
    })
  })
})
