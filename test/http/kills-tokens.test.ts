import { loginOf } from '../support/go-on.ts'
import { type Dying, type Killable, startKillable } from '../support/killable.ts'
import { CLIENT } from '../support/provider.ts'

type Told = { status: number; body: Record<string, string> }

/** SIGKILL after each store call in turn of what an application asks for: the call is done, and no answer ever comes. */
describe('The process killed', () => {
  let world: Killable
  beforeAll(async () => {
    world = await startKillable()
  })
  afterAll(() => world?.close())

  async function token(fields: Record<string, string>): Promise<Told> {
    const answer = await fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${CLIENT.clientId}:${CLIENT.secret}`)}` },
      body: new URLSearchParams(fields),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  /** Refresh tokens of this account that may be used. */
  async function live(accountId: string): Promise<number> {
    const { rows } = await world.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM tokens WHERE model = 'RefreshToken' AND account_id = $1
       AND consumed_at IS NULL AND expires_at > now()`,
      [accountId],
    )
    return rows[0]?.n ?? 0
  }
  async function signedIn() {
    const who = await world.person()
    const at = await loginOf(world.portal, world.issuer, who)
    await at.until('name="code"')
    await at.answer()
    return { ...at, who }
  }
  /** Asks, and where no answer came asks again; it is told the same from then on. */
  async function asked(dying: Dying, fields: Record<string, string>, accountId: string): Promise<Told> {
    let answer: Told | undefined
    const killed = await dying(async () => {
      answer = await token(fields)
    })
    expect(answer === undefined).toBe(killed)
    const told = answer ?? (await token(fields))
    expect([200, told.body.error]).toContain(told.status === 200 ? 200 : 'invalid_grant')
    expect(await live(accountId)).toBe(told.status === 200 ? 1 : 0)
    const more = await token(fields)
    expect([more.status, more.body.error]).toEqual([400, 'invalid_grant'])
    expect(await live(accountId)).toBe(0)
    return told
  }
  /** What came of the first use is worth nothing after the second. */
  async function expectNothingFrom({ body }: Told) {
    if (!body.access_token) return
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    })
    expect(userinfo.status).toBe(401)
    const renewed = await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' })
    expect(renewed.body.error).toBe('invalid_grant')
  }

  test('while a code is redeemed: it gives tokens once or never, and a second use ends them', async () => {
    await world.everywhere(async (dying) => {
      const { person, request, who } = await signedIn()
      const fields = {
        grant_type: 'authorization_code',
        code: person.answer.searchParams.get('code') ?? '',
        redirect_uri: CLIENT.redirectUris[0] ?? '',
        code_verifier: request.verifier,
      }
      await expectNothingFrom(await asked(dying, fields, who.id))
      // The application starts anew, and its person has nothing to type.
      const next = await world.portal.start()
      await person.open(next.url)
      expect((await world.portal.finish(person.answer, next)).claims()?.sub).toBe(who.id)
    })
  })

  test('while a refresh token is exchanged: one takes its place or none, and never are two families alive', async () => {
    await world.everywhere(async (dying) => {
      const { person, request, who } = await signedIn()
      const { refresh_token = '' } = await world.portal.finish(person.answer, request)
      const fields = { grant_type: 'refresh_token', refresh_token }
      await expectNothingFrom(await asked(dying, fields, who.id))
    })
  })
})
