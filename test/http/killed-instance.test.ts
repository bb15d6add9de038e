import * as oidc from 'openid-client'
import { withStores } from '../support/admin.ts'
import { letIn, loginOf } from '../support/go-on.ts'
import type { Portal } from '../support/login.ts'
import { relyingParty } from '../support/relying-party.ts'
import { PASSWORD, register, startRolling } from '../support/rolling.ts'

/** `JOURNEYS=500` for the whole proof. */
const JOURNEYS = Number(process.env.JOURNEYS ?? 10)
const AT_ONCE = 4

describe('Of two instances under load one is killed, again and again', () => {
  let world: Awaited<ReturnType<typeof startRolling>>
  beforeAll(async () => {
    world = await startRolling()
  })
  afterAll(() => world?.close())

  /** An application that asks again where it got no answer, and counts that. */
  async function patient(): Promise<{ portal: Portal; askedTwice: () => number }> {
    const portal = await relyingParty(world.issuer)
    let twice = 0
    portal.config[oidc.customFetch] = async (url, options) => {
      const ask = () => fetch(url, options as RequestInit)
      let answer = await ask()
      for (let n = 0; n < 3 && answer.status === 502; n++, twice++) answer = await ask()
      if (answer.status >= 500) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
      return answer
    }
    return { portal, askedTwice: () => twice }
  }

  /** How many different mails came to this address, once there are at least so many. */
  async function differentMails(address: string, least: number): Promise<number> {
    for (let came = least; ; came++) {
      const mails = await world.mailbox.of(address, came)
      const different = new Set(mails.map(({ messageId }) => messageId)).size
      if (different >= least) return different
      came = mails.length
    }
  }

  /** Set-up, tokens, refresh, a second login by the session, logout; each request that broke is sent once more. */
  async function journey(
    username: string,
    { portal, askedTwice }: Awaited<ReturnType<typeof patient>>,
  ): Promise<void> {
    const who = { id: '', username, password: PASSWORD, secret: '' }
    const at = await loginOf(portal, world.issuer, who)
    /** What the application is refused because nobody knows whether it was done before: its person comes again. */
    const unlessAskedTwice = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
      const before = askedTwice()
      return work().catch((error: unknown) => {
        if (askedTwice() === before || (error as oidc.ResponseBodyError).error !== 'invalid_grant')
          throw error
        return undefined
      })
    }
    const anew = async () => {
      const request = await portal.start({ prompt: 'none' })
      await at.reach(() => at.person.open(request.url))
      expect([username, letIn(at.person)]).toEqual([username, true])
      return portal.finish(at.person.answer, request)
    }
    let tokens: oidc.TokenEndpointResponse = (await unlessAskedTwice(() => at.finish())) ?? (await anew())
    tokens = (await unlessAskedTwice(() => portal.refresh(tokens.refresh_token ?? ''))) ?? (await anew())
    const again = (await unlessAskedTwice(anew)) ?? (await anew())
    await at.reach(() => at.person.open(portal.logoutUrl(again.id_token ?? '')))
    await at.reach(() => at.person.submit('/logout/confirm', { logout: 'yes' }))
  }

  test('and only what it was answering fails: the retry works, sessions go on, the audit has it all and no mail comes twice', async () => {
    const names = Array.from({ length: JOURNEYS }, (_, n) => `person${n}`)
    const ids = await register(world.backend, names)
    const failed: string[] = []
    const applications = new Map<string, Awaited<ReturnType<typeof patient>>>()
    for (const name of names) applications.set(name, await patient())
    const waiting = [...applications]
    const walk = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [name, application] = next
        await journey(name, application).catch((error: Error) => failed.push(`${name}: ${error.stack}`))
      }
    }
    let isOver = false
    const everybody = Promise.all(Array.from({ length: AT_ONCE }, walk)).then(() => {
      isOver = true
    })
    let kills = 0
    for (; !isOver; kills++) await Promise.race([world.kill(kills, 2), everybody])

    expect(failed).toEqual([])
    expect(world.broken.length).toBeGreaterThan(0)
    expect(world.broken.length).toBeLessThanOrEqual(kills * AT_ONCE)
    expect(world.broken.filter(({ killed }) => !killed)).toEqual([])

    await withStores(world.backend, async ({ stores, pool }) => {
      let due = 0
      // What a dead instance had taken on waits for minutes; here it need not.
      const { rowCount } = await pool.query('UPDATE outbox SET due_at = now()')
      for (const name of names) {
        const id = ids.get(name) ?? ''
        const { rows } = await pool.query<{ event: string; credential: string; told: boolean }>(
          `SELECT event, data->>'credentialId' AS credential, data ? 'newOn' AS told FROM audit WHERE account_id = $1`,
          [id],
        )
        const of = (event: string) => rows.filter((row) => row.event === event)
        const held = (await stores.credentials.ofAccount(id)).filter(({ factor }) => factor !== 'password')
        expect(held.map((one) => one.id)).toEqual(of('factor.enrolled').map((row) => row.credential))
        expect([name, held.length]).toEqual([name, 1])
        expect([name, of('login.completed').length > 0, of('session.ended').length > 0]).toEqual([
          name,
          true,
          true,
        ])
        const letters = 1 + of('login.completed').filter(({ told }) => told).length
        expect([name, await differentMails(`${name}@mail.example`, letters)]).toEqual([name, letters])
        due += letters
      }
      // A letter that was handed over when the instance died goes out again, as the same.
      expect(world.mailbox.mails.length - due).toBeLessThanOrEqual(kills + (rowCount ?? 0))
    })
    process.stderr.write(
      `${JOURNEYS} journeys, ${kills} kills, ${world.broken.length} requests broke: nothing lost\n`,
    )
  }, 1_200_000)
})
