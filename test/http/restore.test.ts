import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentOf, withStores } from '../support/admin.ts'
import { type Backend, postgres } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { enrolTotp, logIn } from '../support/login.ts'
import { pforte } from '../support/process.ts'
import { startProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const urlOf = ({ database }: Backend): string => ('url' in database ? database.url : '')
const KEY_RING = [{ id: 'test', key: Buffer.alloc(32, 9) }]

test('A backup restored into an empty database lets people in by the factors they had, and its audit trail is whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-backup-'))
  const file = join(folder, 'pforte.dump')
  const [old, empty] = [await postgres.open(), await postgres.empty()]
  const before = await startProvider({ ...old, keyRing: KEY_RING })
  const { issuer, clock } = before
  let portal = await relyingParty(issuer)
  const who = await before.addAccount()
  const { key } = await enrolTotp(before, portal, who)
  const { tokens } = await logIn(before, portal, { ...who, key })
  await withStores(old, async ({ chain }) => {
    while (await chain.seal());
  })
  // As docs/operating.md says.
  execFileSync('pg_dump', ['--format=custom', '--no-owner', '--file', file, urlOf(old)])
  await before.close()

  execFileSync('pg_restore', [
    '--no-owner',
    '--exit-on-error',
    '--single-transaction',
    '--dbname',
    urlOf(empty),
    file,
  ])
  rmSync(folder, { recursive: true })
  const env = { ...testConfig().env, ...environmentOf(empty) }
  expect(await pforte(['migrate', '--check'], env)).toMatchObject({ code: 0 })
  expect(await pforte(['audit', 'verify'], env)).toMatchObject({ code: 0, stderr: '' })

  const after = await startProvider({ ...empty, keyRing: KEY_RING, clock })
  try {
    portal = await relyingParty(after.issuer)
    const again = await logIn(after, portal, { ...who, key })
    expect(again.tokens.claims()).toMatchObject({ sub: who.id })
    expect((await portal.refresh(tokens.refresh_token ?? '')).access_token).toEqual(expect.any(String))
  } finally {
    await after.close()
  }
})
