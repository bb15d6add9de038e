import { atAccount, signInWithCode } from '../support/account-person.ts'
import { postgresAndRedis } from '../support/backends.ts'
import { arrive, codeAt, keyOn, type Portal, typeCode } from '../support/login.ts'
import { Person } from '../support/person.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { relyingParty } from '../support/relying-party.ts'

describe('At the pages of one’s own account', () => {
  let provider: TestProvider
  let portal: Portal

  beforeAll(async () => {
    provider = await startProvider(await postgresAndRedis.open())
    portal = await relyingParty(provider.issuer)
  })
  afterAll(() => provider?.close())

  describe('sessions', () => {
    /** The same account at the portal in another browser, with a refresh token. */
    async function atPortal(who: { username: string; password: string }, key: string) {
      const { person, request } = await arrive(portal, { scope: 'openid offline_access', prompt: 'consent' })
      await signInWithCode(provider, person, who, key)
      const tokens = await portal.finish(person.answer, request)
      return {
        person,
        refresh: tokens.refresh_token ?? '',
        access: tokens.access_token,
        sub: tokens.claims()?.sub ?? '',
      }
    }
    const isSignedIn = async (person: Person): Promise<boolean> => {
      await person.open((await portal.start({ prompt: 'none' })).url)
      return person.answer.searchParams.has('code')
    }

    test('end one by one: session, refresh and access token are dead at once, the others go on', async () => {
      const { who, person, key } = await atAccount(provider)
      const [one, two] = [await atPortal(who, key), await atPortal(who, key)]
      await person.open(`${provider.issuer}/account/sessions`)
      expect(person.html.match(/class="card"/g)).toHaveLength(3)
      // The last used stands first, after the one at hand.
      await person.submit('/sessions/end')
      expect(person.html.match(/class="card"/g)).toHaveLength(2)
      await expect(portal.refresh(two.refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
      await expect(portal.userinfo(two.access, two.sub)).rejects.toThrow()
      expect([await isSignedIn(two.person), await isSignedIn(one.person)]).toEqual([false, true])
      expect((await portal.refresh(one.refresh)).access_token).toBeTruthy()
    })

    test('all end but the one at hand, also when a credential is replaced', async () => {
      const { who, person, key } = await atAccount(provider)
      const other = await atPortal(who, key)
      await person.open(`${provider.issuer}/account/sessions`)
      await person.submit('/sessions/end-others')
      expect(await isSignedIn(other.person)).toBe(false)
      await expect(portal.refresh(other.refresh)).rejects.toMatchObject({ error: 'invalid_grant' })

      const third = await atPortal(who, key)
      expect(await isSignedIn(third.person)).toBe(true)
      await person.open(`${provider.issuer}/account`)
      await person.submit('/account/add', { factor: 'totp' })
      await typeCode(person, codeAt(keyOn(person), provider.clock.now()))
      expect(await isSignedIn(third.person)).toBe(false)
      await expect(portal.refresh(third.refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
      await person.submit('/continue')
      expect(person.url).toBe(`${provider.issuer}/account`)
    })

    test('of another account cannot be ended', async () => {
      const victim = await atAccount(provider)
      await victim.person.open(`${provider.issuer}/account/sessions`)
      const twin = await new Person().open(`${provider.issuer}/account/sessions`)
      await signInWithCode(provider, twin, victim.who, victim.key)
      const session = twin.form('/sessions/end').body.get('session') ?? ''
      const { person } = await atAccount(provider)
      const token = person.form('/account/add').body.get('_csrf') ?? ''
      const body = new URLSearchParams({ _csrf: token, session })
      await person.send('/account/sessions/end', {
        method: 'POST',
        body,
        headers: { origin: provider.issuer },
      })
      await victim.person.open(`${provider.issuer}/account/sessions`)
      expect(victim.person.html.match(/class="card"/g)).toHaveLength(2)
    })

    test('end with the sign-out: the pages are closed at once, the cookie copied before is worth nothing', async () => {
      const { person } = await atAccount(provider)
      await person.open(`${provider.issuer}/logout`)
      const { target, body } = person.form('/logout/confirm', { logout: 'yes' })
      const cookie = person.cookies(new URL(`${provider.issuer}/account`))
      await person.send(target, { method: 'POST', body, headers: { origin: provider.issuer } })
      const response = await fetch(`${provider.issuer}/account`, { headers: { cookie }, redirect: 'manual' })
      expect(response.headers.get('location')).toContain('/authorize')
    })
  })
})
