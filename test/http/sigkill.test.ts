import { environmentOf, withStores } from '../support/admin.ts'
import { type Backend, embedded } from '../support/backends.ts'
import { testConfig } from '../support/config.ts'
import { arrive, codeAt, keyOn, signIn, typeCode } from '../support/login.ts'
import { portalFile } from '../support/portal-file.ts'
import { pforte, start } from '../support/process.ts'
import { CLIENT } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'
import { freePort } from '../support/servers.ts'

const PASSWORD = 'correct horse battery'
/** Milliseconds between the code that completes a set-up and the kill. */
const MOMENTS = [0, 8, 40]

/** On PostgreSQL and Redis at each point in turn: kills-login.test.ts. */
describe('The process killed in the middle of a set-up, on the embedded database', () => {
  let backend: Backend
  let env: Record<string, string>
  beforeAll(async () => {
    backend = await embedded.open()
    const config = testConfig()
    config.write('clients/portal.yaml', portalFile())
    const port = await freePort()
    env = {
      ...config.env,
      ...environmentOf(backend),
      PORT: String(port),
      PORTAL_SECRET: CLIENT.secret ?? '',
    }
  })

  test('leaves the factor wholly there or wholly absent, and its person can go on at once', async () => {
    const people = MOMENTS.map((_, n) => `person${n}`)
    for (const name of people) {
      const made = await pforte(['accounts', 'create', name, '--group', 'citizens'], env, `${PASSWORD}\n`)
      expect([made.code, made.stderr]).toEqual([0, ''])
    }
    const keys = new Map<string, string>()
    for (const [n, moment] of MOMENTS.entries()) {
      const server = start(['src/main.ts'], env)
      await server.seen(/Pforte is ready/)
      const portal = await relyingParty(`http://localhost:${env.PORT}`)
      const { person } = await arrive(portal)
      await signIn(person, { username: people[n] ?? '', password: PASSWORD })
      keys.set(people[n] ?? '', keyOn(person))
      const sent = typeCode(person, codeAt(keyOn(person), Date.now())).catch(() => {})
      setTimeout(() => server.kill('SIGKILL'), moment)
      await server.ended
      await sent
    }

    await withStores(backend, async ({ stores, pool }) => {
      for (const name of people) {
        const account = await stores.accounts.byLogin(name)
        const held = await stores.credentials.ofAccount(account?.id ?? '')
        const { rows } = await pool.query(
          `SELECT data->>'credentialId' AS id FROM audit WHERE account_id = $1 AND event = 'factor.enrolled'`,
          [account?.id],
        )
        expect(rows.map((row) => row.id)).toEqual(held.filter((c) => c.factor === 'totp').map((c) => c.id))
      }
    })

    const server = start(['src/main.ts'], env)
    await server.seen(/Pforte is ready/)
    const portal = await relyingParty(`http://localhost:${env.PORT}`)
    for (const name of people) {
      const { person } = await arrive(portal)
      await signIn(person, { username: name, password: PASSWORD })
      const enrolled = !person.html.includes('name="purpose" value="enrol"')
      if (!enrolled) expect(person.text()).toContain('Zweiten Faktor einrichten')
      const key = enrolled ? (keys.get(name) ?? '') : keyOn(person)
      await typeCode(person, codeAt(key, Date.now() + (enrolled ? 30_000 : 0)))
      expect(person.text()).not.toContain('Bitte prüfen Sie Ihre Angaben')
    }
    server.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
  }, 180_000)
})
