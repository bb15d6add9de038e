import { environmentOf, withStores } from '../support/admin.ts'
import { embedded } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { pforte } from '../support/process.ts'

describe('pforte desk report', () => {
  test('says what each officer did and approved, at which site', async () => {
    const backend = await embedded.open()
    await withStores(backend, async ({ stores: { accounts, audit } }) => {
      const make = async (username: string) => {
        const draft = { username, emailVerified: false, group: 'staff', locale: 'de' }
        return accounts.create(draft, undefined, { event: 'account.created', by: 'cli' })
      }
      const [anna, bert, accountId] = [await make('anna'), await make('bert'), await make('max')]
      const at = { officer: anna, site: 'Job Point', accountId }
      const about = { purpose: 'replace', document: 'passport', reason: 'lost' } as const
      await audit.append({ ...at, event: 'desk.opened' })
      await audit.append({ ...at, ...about, event: 'desk.asked' })
      await audit.append({ ...at, ...about, event: 'desk.issued', second: bert, letter: false })
      await audit.append({ ...at, event: 'desk.redeemed', purpose: 'replace', second: bert })
      await audit.append({ event: 'desk.refused', officer: bert, reason: 'no_site' })
    })
    const env = { ...testConfig().env, ...environmentOf(backend) }
    const all = await pforte(['desk', 'report'], env)
    expect([all.code, all.stderr]).toEqual([0, ''])
    const [head, ...rows] = all.stdout.trimEnd().split('\n')
    expect(head?.trim().split(/\s+/)).toEqual(
      'opened asked issued approved redeemed refused accounts'.split(' '),
    )
    expect(rows.map((row) => row.replace(/\s+/g, ' '))).toEqual([
      'anna, Job Point 1 1 1 0 1 0 1',
      'bert, - 0 0 0 0 0 1 0',
      'bert, Job Point 0 0 0 1 0 0 1',
    ])
    const nobody = await pforte(['desk', 'report', '--officer', 'nie'], env)
    expect(nobody).toMatchObject({ code: 67, stderr: expect.stringContaining('There is no account "nie".') })
  }, 90_000)
})
