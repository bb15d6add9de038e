import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { embedded } from '../support/backends.ts'
import { openBrowser, visitor } from '../support/browser.ts'
import { clientsOfTheGuide, scriptOfTheGuide } from '../support/guide.ts'
import { codeAt } from '../support/login.ts'
import { MFA, policyOf, SFA } from '../support/policy.ts'
import { startProvider, type TestProvider } from '../support/provider.ts'
import { keyOn, press, signIn, typed } from '../support/walk.ts'

const IMPORTS = JSON.stringify({
  imports: { 'oidc-client-ts': '/oidc-client-ts.js', 'jwt-decode': '/jwt-decode.js' },
})
const PAGE = `<!doctype html><title>Termine</title><script type="importmap">${IMPORTS}</script>
<script type="module">
import * as app from '/termine.js'
window.app = app
const user = await app.start().catch((error) => ({ error: error.error ?? String(error) }))
document.title = user ? (user.error ?? 'signed in') : 'nobody'
</script>`

/** What the page knows of whoever is signed in. */
interface User {
  access_token: string
  refresh_token: string
  id_token: string
  token_type: string
  profile: { sub: string; acr: string; amr: string[] }
}
interface App {
  manager: { getUser(): Promise<User | null> }
  signIn(): Promise<void>
  stepUp(): Promise<void>
  renew(): Promise<User>
  signOut(): Promise<void>
}

describe('A single-page application with oidc-client-ts, as the guide shows it', () => {
  let provider: TestProvider
  let server: Server
  let browser: Browser
  let origin: string
  beforeAll(async () => {
    const files: Record<string, () => string> = {
      '/termine.js': () => scriptOfTheGuide().replaceAll('https://pforte.example', provider.issuer),
      '/oidc-client-ts.js': () =>
        readFileSync('node_modules/oidc-client-ts/dist/esm/oidc-client-ts.js', 'utf8'),
      '/jwt-decode.js': () => readFileSync('node_modules/jwt-decode/build/esm/index.js', 'utf8'),
    }
    server = createServer((request, response) => {
      const file = files[request.url ?? '']
      response.setHeader('content-type', file ? 'text/javascript' : 'text/html')
      response.end(file ? file() : PAGE)
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    origin = `http://localhost:${(server.address() as AddressInfo).port}`
    const written = clientsOfTheGuide().get('termine')
    if (!written) throw new Error('the guide has lost its single-page application')
    const here = (uri: string) => uri.replace('http://localhost:9', origin)
    provider = await startProvider({
      ...(await embedded.open()),
      // Nobody is asked for more than a password: the second factor comes by step-up.
      policy: { ...policyOf({}), rules: [] },
      clients: [
        {
          ...written,
          redirectUris: written.redirectUris.map(here),
          postLogoutRedirectUris: written.postLogoutRedirectUris.map(here),
        },
      ],
    })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await provider?.close()
    server?.closeAllConnections()
    server?.close()
  })

  const run = <T>(page: Page, what: (app: App) => Promise<T>): Promise<T> =>
    page.evaluate(`(${what})(window.app)`) as Promise<T>
  /** What leaves the page is not waited for: it would not be there to answer. */
  const leave = (page: Page, how: 'signIn' | 'stepUp' | 'signOut') =>
    page.evaluate(`void window.app.${how}()`)
  const titled = (page: Page, title: string) =>
    page.waitForFunction((wanted) => document.title === wanted, title)
  const user = (page: Page) => run(page, (app) => app.manager.getUser())

  test('signs in with PKCE, renews, steps up and signs out; its tokens are bound to its key', async () => {
    const who = await provider.addAccount()
    const { page, complaints } = await visitor(browser)
    await page.goto(`${origin}/`)
    await titled(page, 'nobody')
    await leave(page, 'signIn')
    await page.waitForURL(`${provider.issuer}/**`)
    await signIn(page, who)
    await page.waitForURL(`${origin}/termine**`)
    await titled(page, 'signed in')
    const first = await user(page)
    expect(first).toMatchObject({ token_type: 'DPoP', profile: { sub: who.id, acr: SFA, amr: ['pwd'] } })

    const renewed = await run(page, (app) => app.renew())
    expect(renewed.profile).toMatchObject({ sub: who.id, acr: SFA })
    expect(renewed.access_token).not.toBe(first?.access_token)
    expect(renewed.refresh_token).not.toBe(first?.refresh_token)

    await leave(page, 'stepUp')
    await page.waitForURL(`${provider.issuer}/**`)
    await press(page, '/skip')
    await typed(page, codeAt(await keyOn(page), provider.clock.now()))
    await press(page, '/continue')
    await page.waitForURL(`${origin}/termine**`)
    await titled(page, 'signed in')
    const strong = await user(page)
    expect(strong?.profile).toMatchObject({ sub: who.id, acr: MFA, amr: ['pwd', 'otp', 'mfa'] })
    const stolen = await fetch(`${provider.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${strong?.access_token}` },
    })
    expect(stolen.status).toBeGreaterThanOrEqual(400)

    await leave(page, 'signOut')
    await press(page, '/logout/confirm')
    await page.waitForURL(`${origin}/`)
    await titled(page, 'nobody')
    const dead = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: strong?.refresh_token ?? '',
        client_id: 'termine',
      }),
    })
    expect(dead.status).toBe(400)
    expect(complaints).toEqual([])
  })

  test('an answer that it has not asked for is not taken', async () => {
    const { page } = await visitor(browser)
    await page.goto(`${origin}/termine?code=of-somebody-else&state=made-up`)
    await titled(page, 'Error: No matching state found in storage')
    await page.goto(`${origin}/`)
    await titled(page, 'nobody')
  })
})
