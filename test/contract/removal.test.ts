import { randomUUID } from 'node:crypto'
import type { Held } from '../../src/domain/decide.ts'
import type { FactorId } from '../../src/domain/factor.ts'
import { mayRemove } from '../../src/domain/removal.ts'
import { type OpenStores, openStores } from '../../src/store/index.ts'
import { backends } from '../support/backends.ts'
import { FACTORS, KINDS, type Name, requirement } from '../support/worlds.ts'

const MFA = [requirement({ distinctKinds: 2 })]

describe.each(backends)('Removing credentials on $name', ({ open }) => {
  let opened: OpenStores
  beforeAll(async () => {
    const keyRing = [{ id: 'k1', key: Buffer.alloc(32, 1) }]
    opened = await openStores({ ...(await open()), keyRing, onError: () => {} })
  })
  afterAll(() => opened?.close())

  /** An account that holds these; resolves to its id and those of its credentials. */
  async function holder(...names: Name[]): Promise<{ accountId: string; ids: string[] }> {
    const { accounts, credentials } = opened.stores
    const one = { username: randomUUID(), emailVerified: false, group: 'citizens', locale: 'de' }
    const accountId = await accounts.create(one, undefined, { event: 'account.created', by: 'cli' })
    const ids = names.map(() => randomUUID())
    for (const [i, id] of ids.entries()) {
      const { factor, strength } = KINDS[names[i] ?? 'pw']
      const enrolled = { data: {}, label: `${i}`, strength }
      const event = { event: 'factor.enrolled', factor, credentialId: id, accountId } as const
      await credentials.enrol(id, accountId, factor, enrolled, 10, event)
    }
    return { accountId, ids }
  }

  const remove = (accountId: string, id: string, check?: (held: readonly Held[]) => boolean) =>
    opened.stores.credentials.remove(
      id,
      accountId,
      check ?? ((all) => mayRemove(all, id, FACTORS, [MFA])),
      {
        event: 'factor.removed',
        factor: 'webauthn',
        credentialId: id,
        accountId,
      },
      { keep: undefined, at: Date.now() },
    )
  const left = async (accountId: string): Promise<FactorId[]> =>
    (await opened.stores.credentials.ofAccount(accountId)).map((c) => c.factor).sort()
  const removals = async (accountId: string): Promise<number> => {
    const sql = `SELECT 1 FROM audit WHERE account_id = $1 AND event = 'factor.removed'`
    return (await opened.pool.query(sql, [accountId])).rows.length
  }

  test('takes the credential away with one audit row, and a second time finds nothing', async () => {
    const { accountId, ids } = await holder('pw', 'pk', 'pk')
    expect(await remove(accountId, ids[1] ?? '')).toBe('removed')
    expect(await remove(accountId, ids[1] ?? '')).toBe('unknown')
    expect([await left(accountId), await removals(accountId)]).toEqual([['password', 'webauthn'], 1])
  })

  test('leaves everything as it is where the check says no, or fails', async () => {
    const { accountId, ids } = await holder('pw', 'pk')
    expect(await remove(accountId, ids[1] ?? '', () => false)).toBe('needed')
    const failing = () => {
      throw new Error('the check failed')
    }
    await expect(remove(accountId, ids[1] ?? '', failing)).rejects.toThrow('the check failed')
    expect([await left(accountId), await removals(accountId)]).toEqual([['password', 'webauthn'], 0])
  })

  test('never touches the credential of another account', async () => {
    const [a, b] = [await holder('pw', 'pk', 'pk'), await holder('pw', 'pk', 'pk')]
    expect(await remove(a.accountId, b.ids[1] ?? '')).toBe('unknown')
    expect(await left(b.accountId)).toHaveLength(3)
  })

  test('shows the check what there is: factor, strength and standing', async () => {
    const { accountId, ids } = await holder('pw', 'pk')
    const [id = '', suspended = ''] = ids
    const event = { event: 'factor.suspended', factor: 'webauthn', credentialId: suspended } as const
    await opened.stores.credentials.suspend(suspended, { ...event, reason: 'test' })
    let seen: readonly Held[] = []
    await remove(accountId, id, (held) => {
      seen = held
      return false
    })
    expect(new Set(seen)).toEqual(
      new Set([
        { id, ...KINDS.pw, suspended: false },
        { id: suspended, ...KINDS.pk, suspended: true },
      ]),
    )
  })

  test.each([
    ['two', ['pw', 'totp', 'pk'] as Name[], 1],
    ['all ten', ['pw', ...Array<Name>(10).fill('pk')] as Name[], 9],
  ])('of %s second factors removed at once the last one stays', async (_, names, gone) => {
    const { accountId, ids } = await holder(...names)
    const ended = await Promise.all(ids.slice(1).map((id) => remove(accountId, id)))
    // Beside a passkey the password is not needed either, but it was not asked to go.
    expect(ended.filter((one) => one === 'removed')).toHaveLength(gone)
    expect(ended.filter((one) => one === 'needed')).toHaveLength(1)
    expect(await left(accountId)).toHaveLength(2)
    expect(await removals(accountId)).toBe(gone)
  })
})
