import type { Pool } from 'pg'
import { createPool } from '../../src/store/postgres.ts'
import { postgresAndRedis } from './backends.ts'
import { codeAt, enrolTotp, keyOn, typeCode } from './login.ts'
import { openMailbox } from './mailbox.ts'
import { codeFor, typeMailed } from './mailed.ts'
import { Person } from './person.ts'
import { type Options, startProvider } from './provider.ts'
import { relyingParty } from './relying-party.ts'

/** A provider with a mail server, the portal, and what the database says. */
export async function entryWorld(options: Partial<Options> = {}) {
  const mailbox = await openMailbox()
  const backend = await postgresAndRedis.open()
  const provider = await startProvider({
    ...backend,
    mail: { from: 'konto@jobcenter.example', smtpUrl: mailbox.url },
    registration: { group: 'citizens' },
    ...options,
  })
  const portal = await relyingParty(provider.issuer)
  if (!('url' in backend.database)) throw new Error('no server')
  const pool: Pool = createPool({ connectionString: backend.database.url, max: 1 }, () => {})
  const { stores } = provider.app

  return {
    mailbox,
    provider,
    portal,
    pool,
    /** With a confirmed address that goes by the name. */
    owner: (name: string, more = {}) =>
      provider.addAccount({ username: name, email: `${name}@mail.example`, emailVerified: true, ...more }),
    /** The same, and an app set up; `mails` is how many mails that took. */
    async ownerWithApp(name: string) {
      const who = await provider.addAccount({ username: name, email: `${name}@mail.example` })
      const { key, person, request } = await enrolTotp(provider, portal, who)
      await mailbox.of(`${name}@mail.example`, 2)
      await pool.query('UPDATE accounts SET email_verified = true WHERE id = $1', [who.id])
      return { who, key, person, request, mails: 2 }
    },
    async factorsOf(id: string): Promise<string[]> {
      return (await stores.credentials.ofAccount(id)).map(({ factor }) => factor)
    },
    async audited(id: string): Promise<string[]> {
      const { rows } = await pool.query('SELECT event FROM audit WHERE account_id = $1 ORDER BY id', [id])
      return rows.map(({ event }) => event)
    },
    /** At „Passwort vergessen?“, with this name typed. */
    async forgetful(name: string, person = new Person()) {
      const request = await portal.start({ prompt: 'login' })
      await person.open(request.url)
      await person.open(`${person.url}/reset`)
      await person.submit('/reset', { identifier: name })
      return { person, request }
    },
    /** The same, with the code from the mail typed. */
    async confirmed(name: string, mails: number, person = new Person()) {
      const at = await this.forgetful(name, person)
      await typeMailed(person, await codeFor(mailbox, `${name}@mail.example`, mails))
      return at
    },
    /** Sets TOTP up; the passkey, which is offered first, is passed over. */
    async setUp(person: Person): Promise<string> {
      if (person.html.includes('data-passkey="create"')) await person.submit('/skip')
      const key = keyOn(person)
      await typeCode(person, codeAt(key, provider.clock.now()))
      await person.submit('/continue')
      return key
    },
    async close() {
      await pool.end()
      await provider.close()
      await mailbox.close()
    },
  }
}

export type EntryWorld = Awaited<ReturnType<typeof entryWorld>>
