import type { Pool } from 'pg'
import { createPool } from '../../src/store/postgres.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { arrive, codeAt, enter, keyOn, type Portal, signIn, typeCode } from '../support/login.ts'
import { type Mailbox, openMailbox } from '../support/mailbox.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

describe('Mails to the owners of accounts', () => {
  let mailbox: Mailbox
  let provider: TestProvider
  let second: TestProvider
  let portal: Portal
  let pool: Pool

  beforeAll(async () => {
    mailbox = await openMailbox()
    const mail = { from: 'Jobcenter <konto@jobcenter.example>', smtpUrl: mailbox.url }
    const backend = await postgresAndRedis.open()
    provider = await startProvider({ ...backend, mail })
    second = await startProvider({ ...backend, mail, issuer: provider.issuer })
    portal = await relyingParty(provider.issuer)
    if (!('url' in backend.database)) throw new Error('no server')
    pool = createPool({ connectionString: backend.database.url, max: 1 }, () => {})
  })
  afterAll(async () => {
    await pool?.end()
    await provider?.close()
    await second?.close()
    await mailbox?.close()
  })

  /** Signs in for the first time and sets TOTP up. */
  async function setUp(email: string, locale = 'de') {
    const who = await provider.addAccount({ email, locale })
    const { person } = await arrive(portal)
    await signIn(person, who)
    const key = keyOn(person)
    await typeCode(person, codeAt(key, provider.clock.now()))
    await person.submit('/continue')
    expect(`${person.url} ${person.text()}`).toContain('?code=')
    return { who, person, key }
  }

  test('tell of a new factor and of a new device, in the language of the account, as text and HTML, without any link', async () => {
    await setUp('max@mail.example')
    const mails = await mailbox.of('max@mail.example', 2)
    expect(mails.map((mail) => mail.subject).sort()).toEqual([
      'Anmeldung auf einem neuen Gerät',
      'Neu in Ihrem Konto: Code aus einer App (TOTP)',
    ])
    for (const { text = '', html = '', from, messageId } of mails) {
      expect(from?.address).toBe('konto@jobcenter.example')
      expect(messageId).toMatch(/^<[0-9a-f-]{36}@jobcenter\.example>$/)
      expect(text).toContain('Rufen Sie sofort an: 0345 9822 802.')
      expect(html).toContain('<html lang="de"')
      expect(text + html).not.toMatch(/https?:|href|src=|<img/)
    }
    await setUp('mary@mail.example', 'en')
    const english = await mailbox.of('mary@mail.example', 2)
    expect(english.map((mail) => mail.subject)).toContain('New in your account: Code from an app (TOTP)')
  })

  test('say nothing of a second sign-in with the same browser', async () => {
    const { who, person, key } = await setUp('erika@mail.example')
    await mailbox.of('erika@mail.example', 2)
    provider.clock.advance(60_000)
    const again = await portal.start({ prompt: 'login' })
    await person.open(again.url)
    await enter(person, who)
    await typeCode(person, codeAt(key, provider.clock.now()))
    expect(person.answer.searchParams.get('code')).not.toBeNull()
    // The next account's mails come later than any that would have been written before.
    await setUp('later@mail.example')
    await mailbox.of('later@mail.example', 2)
    expect(await mailbox.of('erika@mail.example', 2)).toHaveLength(2)
  })

  test('wait in the database for a server that refuses, and come once, under the id they had', async () => {
    mailbox.refuseNext()
    await setUp('refused@mail.example')
    const [first] = await mailbox.of('refused@mail.example', 1)
    const waiting = async (): Promise<string[]> => {
      const { rows } = await pool.query(
        `SELECT o.id FROM outbox o JOIN accounts a ON a.id = o.account_id WHERE a.email = 'refused@mail.example'`,
      )
      return rows.map(({ id }) => id)
    }
    // What was taken is deleted a moment after the server said so.
    let ids = await waiting()
    while (ids.length > 1) ids = await waiting()
    await pool.query('UPDATE outbox SET due_at = now() WHERE id = $1', ids)
    const both = await mailbox.of('refused@mail.example', 2)
    expect(both.map(({ messageId }) => messageId)).toContain(`<${ids[0]}@jobcenter.example>`)
    expect(new Set(both.map(({ messageId }) => messageId)).size).toBe(2)
    expect(first).toBeDefined()
  })

  test('are written with what they report or not at all, and shared by two senders without doubling', async () => {
    const who = await provider.addAccount({ email: 'race@mail.example' })
    const events = Array.from({ length: 25 }, () =>
      provider.app.stores.audit.append({
        event: 'factor.enrolled',
        accountId: who.id,
        factor: 'totp',
        credentialId: who.id,
      }),
    )
    await Promise.all(events)
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO audit (event, account_id, data) VALUES ('factor.enrolled', $1, '{"factor":"webauthn"}')`,
      [who.id],
    )
    await client.query('ROLLBACK')
    client.release()
    const mails = await mailbox.of('race@mail.example', 25)
    await setUp('after@mail.example')
    await mailbox.of('after@mail.example', 2)
    expect(mails.every(({ subject }) => subject?.includes('TOTP'))).toBe(true)
    expect(await mailbox.of('race@mail.example', 25)).toHaveLength(25)
  })
})
