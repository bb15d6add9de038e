import type { Pool } from 'pg'
import { eraseDue } from '../../src/journey/deletion.ts'
import { createPool } from '../../src/store/postgres.ts'
import { atAccount, signInWithCode } from '../support/account-person.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { arrive, enter, type Portal } from '../support/login.ts'
import { type Mailbox, openMailbox } from '../support/mailbox.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

const DAY = 24 * 3600_000
const SIX_MINUTES = 6 * 60_000

describe('The owner of an account', () => {
  let mailbox: Mailbox
  let provider: TestProvider
  let portal: Portal
  let pool: Pool
  beforeAll(async () => {
    mailbox = await openMailbox()
    const mail = { from: 'Jobcenter <konto@jobcenter.example>', smtpUrl: mailbox.url }
    const backend = await postgresAndRedis.open()
    provider = await startProvider({ ...backend, mail })
    portal = await relyingParty(provider.issuer)
    if (!('url' in backend.database)) throw new Error('no server')
    pool = createPool({ connectionString: backend.database.url, max: 1 }, () => {})
  })
  afterAll(async () => {
    await pool?.end()
    await provider?.close()
    await mailbox?.close()
  })

  const subjects = async (address: string, count: number) =>
    (await mailbox.of(address, count)).map(({ subject }) => subject)
  const post = (person: Person, action: string, body: URLSearchParams) =>
    person.send(action, { method: 'POST', body, headers: { origin: provider.issuer } })
  /** What the application's own job does, at the clock of the test. */
  const erase = () => {
    const { stores } = provider.app
    const factors = new Map([['password', {}]])
    return eraseDue({ stores, factors, now: provider.clock.now } as never)
  }
  /** Everything in the database that names the account, by table. */
  async function traces(id: string): Promise<string[]> {
    const { rows } = await pool.query<{ table_name: string }>(
      `SELECT relname AS table_name FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
       WHERE attname = 'account_id' AND relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT relispartition`,
    )
    const found: string[] = []
    for (const { table_name: table } of rows) {
      const { rowCount } = await pool.query(`SELECT 1 FROM ${table} WHERE account_id = $1`, [id])
      if (rowCount) found.push(table)
    }
    return found
  }

  describe('who wants it gone', () => {
    const atDeletion = async (email: string) => {
      const at = await atAccount(provider, { email })
      const { person, request } = await arrive(portal, { scope: 'openid offline_access', prompt: 'consent' })
      await signInWithCode(provider, person, at.who, at.key)
      const refresh = (await portal.finish(person.answer, request)).refresh_token ?? ''
      await at.person.open(`${provider.issuer}/account/delete`)
      return { ...at, refresh }
    }

    test('is told until when that can be taken back, is signed out everywhere, and takes it back by signing in', async () => {
      const email = 'back@mail.example'
      const { who, person, key, refresh } = await atDeletion(email)
      expect(person.text()).toContain('Ihr Konto wird in 14 Tagen gelöscht.')
      await person.submit('/account/delete')
      expect(person.url).toBe(`${provider.issuer}/account/deleted`)
      await expect(portal.refresh(refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
      await person.open(`${provider.issuer}/account`)
      expect(person.url).toContain('/interaction/')
      provider.clock.advance(13 * DAY)
      await erase()
      await signInWithCode(provider, person, who, key)
      expect(person.url).toBe(`${provider.issuer}/account`)
      provider.clock.advance(2 * DAY)
      await erase()
      expect(await provider.app.stores.accounts.byId(who.id)).toBeDefined()
      const told = await subjects(email, 5)
      expect(told).toEqual(
        expect.arrayContaining(['Ihr Konto wird gelöscht', 'Ihr Konto wird nicht gelöscht']),
      )
    })

    test('finds nothing left of it afterwards but its history under a number, and is told', async () => {
      const email = 'gone@mail.example'
      const { who, person } = await atDeletion(email)
      await person.submit('/account/delete')
      await mailbox.of(email, 4)
      provider.clock.advance(14 * DAY)
      await Promise.all([erase(), erase()])
      await mailbox.of(email, 5)
      expect(
        (await subjects(email, 5)).filter((subject) => subject === 'Ihr Konto ist gelöscht'),
      ).toHaveLength(1)
      expect((await traces(who.id)).filter((table) => table !== 'logouts')).toEqual(['audit'])
      const { rows } = await pool.query('SELECT event FROM audit WHERE account_id = $1 ORDER BY id DESC', [
        who.id,
      ])
      expect(rows.filter(({ event }) => event === 'account.erased')).toHaveLength(1)
      const history = await pool.query('SELECT data::text FROM audit WHERE account_id = $1', [who.id])
      expect(JSON.stringify(history.rows)).not.toMatch(new RegExp(`${email}|${who.username}"`))
      const later = await new Person().open(`${provider.issuer}/account`)
      await enter(later, who)
      expect(later.text()).toContain('Benutzername oder Passwort ist falsch.')
    })

    test('needs a fresh proof and the form of the page, and not even a stolen session does without', async () => {
      const { who, person } = await atDeletion('stale@mail.example')
      const { body } = person.form('/account/delete')
      expect((await post(person, '/account/delete', new URLSearchParams())).status).toBe(403)
      provider.clock.advance(SIX_MINUTES)
      const late = await post(person, '/account/delete', body)
      expect(late.headers.get('location')).toContain('pforte_confirm=yes')
      provider.clock.advance(15 * DAY)
      await erase()
      expect(await provider.app.stores.accounts.byId(who.id)).toBeDefined()
    })
  })

  describe('with another e-mail address', () => {
    const codeIn = async (address: string) => {
      const [mail] = await mailbox.of(address, 1)
      return /\b(\d{4} \d{4})\b/.exec(mail?.text ?? '')?.[1] ?? ''
    }

    test('types the code it was sent; then it counts, the old one does not, and both are told', async () => {
      const { who, person } = await atAccount(provider, { email: 'old@mail.example' })
      await person.open(`${provider.issuer}/account/email`)
      await person.submit('/account/email', { email: 'no address' })
      expect([person.status, person.html.includes('value="no address"')]).toEqual([422, true])
      await person.submit('/account/email', { email: 'New@mail.example' })
      expect(person.url).toBe(`${provider.issuer}/account/email/code`)
      await person.submit('/email/code', { code: '0000' })
      expect(person.text()).toContain('Der Code hat genau 8 Ziffern')
      const code = await codeIn('New@mail.example')
      const wrong = code.startsWith('1') ? '2000 0000' : '1000 0000'
      await person.submit('/email/code', { code: wrong })
      expect([person.status, person.text().includes('Der Code ist falsch.')]).toEqual([422, true])
      expect((await provider.app.stores.accounts.byId(who.id))?.email).toBe('old@mail.example')
      await person.submit('/email/code', { code })
      expect(person.url).toBe(`${provider.issuer}/account/data`)
      const { accounts } = provider.app.stores
      expect(await accounts.byId(who.id)).toMatchObject({ email: 'New@mail.example', emailVerified: true })
      expect(await accounts.byLogin('old@mail.example')).toBeUndefined()
      expect((await accounts.byLogin('new@mail.example'))?.id).toBe(who.id)
      expect((await accounts.byLogin(who.username))?.id).toBe(who.id)
      expect(await subjects('old@mail.example', 3)).toContain('Ihre E-Mail-Adresse wurde geändert')
      expect(await subjects('New@mail.example', 2)).toContain('Ihre E-Mail-Adresse wurde geändert')
    })

    test('learns only from the mail to it whether another account has it', async () => {
      const taken = await provider.addAccount({ email: 'taken@mail.example' })
      const { who, person } = await atAccount(provider)
      await person.open(`${provider.issuer}/account/email`)
      await person.submit('/account/email', { email: 'taken@mail.example' })
      expect(person.url).toBe(`${provider.issuer}/account/email/code`)
      await person.submit('/email/code', { code: await codeIn('taken@mail.example') })
      expect(person.text()).toContain('Mit dieser Adresse meldet sich schon ein anderes Konto an.')
      expect((await provider.app.stores.accounts.byLogin('taken@mail.example'))?.id).toBe(taken.id)
      expect((await provider.app.stores.accounts.byId(who.id))?.email).toBeUndefined()
    })

    test('cannot use the code in another session or for another address, nor without a fresh proof', async () => {
      const { who, person, key } = await atAccount(provider, { email: 'two@mail.example' })
      await person.open(`${provider.issuer}/account/email`)
      await person.submit('/account/email', { email: 'first@mail.example' })
      const code = await codeIn('first@mail.example')
      const elsewhere = await new Person().open(`${provider.issuer}/account`)
      await signInWithCode(provider, elsewhere, who, key)
      await elsewhere.open(`${provider.issuer}/account/email`)
      await elsewhere.submit('/account/email', { email: 'second@mail.example' })
      await elsewhere.submit('/email/code', { code })
      expect(elsewhere.status).toBe(422)
      await person.open(`${provider.issuer}/account/email`)
      await person.submit('/account/email', { email: 'second@mail.example' })
      await person.submit('/email/code', { code })
      expect(person.status).toBe(422)
      const { body } = person.form('/email/code', { code })
      provider.clock.advance(SIX_MINUTES)
      const late = await post(person, '/account/email/code', body)
      expect(late.headers.get('location')).toContain('pforte_confirm=yes')
      expect((await provider.app.stores.accounts.byId(who.id))?.email).toBe('two@mail.example')
    })
  })

  describe('who is told of something they did not do', () => {
    const codeOf = (text = '') => /\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b/.exec(text)?.[0] ?? ''
    const noticed = async (email: string) => {
      const at = await atAccount(provider, { email })
      const mails = await mailbox.of(email, 2)
      return { ...at, mails, code: codeOf(mails[0]?.text) }
    }
    const locked = async (id: string) => (await provider.app.stores.accounts.byId(id))?.locked

    test('locks the account with the code of the mail, by a button, and gets in by nothing', async () => {
      const { who, person, code, mails } = await noticed('frozen@mail.example')
      expect(mails[0]?.text).toContain('/freeze')
      const stranger = await new Person().open(`${provider.issuer}/freeze?code=${code}`)
      expect(await locked(who.id)).toBe(false)
      await stranger.submit('/freeze', { code: code.toLowerCase().replaceAll('-', ' ') })
      expect(await locked(who.id)).toBe(true)
      expect(stranger.text()).toContain('Wenn der Code stimmt, ist Ihr Konto jetzt gesperrt.')
      await stranger.open(`${provider.issuer}/account`)
      await enter(stranger, who)
      expect(stranger.text()).toContain('Ihr Konto ist gesperrt.')
      await person.open(`${provider.issuer}/account`)
      expect(person.url).toContain('/interaction/')
      const all = await mailbox.of('frozen@mail.example', 3)
      const last = all.find(({ subject }) => subject === 'Ihr Konto ist gesperrt')
      expect(codeOf(last?.text)).toBe('')
      const { accounts } = provider.app.stores
      await accounts.setLocked(who.id, false, provider.clock.now(), { event: 'account.unlocked' })
      await stranger.open(`${provider.issuer}/freeze`)
      await stranger.submit('/freeze', { code })
      expect(await locked(who.id)).toBe(false)
    })

    test('gets the same answer for a wrong code, not without the form, and after twenty has to wait', async () => {
      const person = await new Person().open(`${provider.issuer}/freeze`)
      const right = person.text()
      await person.submit('/freeze', { code: 'AAAA-AAAA-AAAA' })
      expect(person.text()).toContain('Wenn der Code stimmt, ist Ihr Konto jetzt gesperrt.')
      expect((await post(person, '/freeze', new URLSearchParams({ code: 'A' }))).status).toBe(403)
      const statuses: number[] = []
      for (let n = 0; n < 20; n++) {
        await person.open(`${provider.issuer}/freeze`)
        expect(person.text()).toBe(right)
        await person.submit('/freeze', { code: `AAAA-AAAA-${n}` })
        statuses.push(person.status)
      }
      expect(statuses.at(-1)).toBe(429)
    })
  })
})
