import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createStandIn, type StandIn } from '../../demo/bundid/app.ts'
import { NOTHING, type Requirement } from '../../src/domain/assurance.ts'
import type { Answer, Show } from '../../src/domain/factor.ts'
import { createBundid } from '../../src/factors/bundid/index.ts'
import { identityProviderOf } from '../../src/settings/saml-metadata.ts'
import { anyone, encoded, keys, requestIn, us } from '../support/bundid.ts'

let server: Server
let origin: string
let standIn: StandIn

beforeAll(async () => {
  const service = {
    entityId: us.entityId,
    consumer: us.consumer,
    signing: keys.signing.certificate,
    encryption: keys.encryption.certificate,
  }
  server = createServer((req, res) => standIn.handler(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  standIn = createStandIn({
    origin,
    signing: keys.identityProvider,
    services: () => [service],
    now: Date.now,
  })
})
afterAll(() => server.close())
afterEach(() => standIn.misbehave({}))

/** Configured with nothing but the metadata the stand-in publishes. */
async function factor(binding: 'post' | 'redirect' = 'post') {
  const them = identityProviderOf(await (await fetch(`${origin}/idp`)).text())
  if (typeof them === 'string') throw new Error(them)
  const used = new Set<string>()
  const once = async (id: string) => !used.has(id) && used.add(id).has(id)
  return createBundid({
    id: 'bundid',
    us: { ...us, binding },
    them,
    once,
    now: Date.now,
    random: randomBytes,
  })
}

/** Follows the challenge as a browser does. */
async function follow(
  show: Show,
  language = 'de',
): Promise<{ status: number; html: string; headers: Headers }> {
  const headers = { 'Accept-Language': language }
  const response =
    show.as === 'post'
      ? await fetch(show.action, { method: 'POST', headers, body: new URLSearchParams(show.fields) })
      : await fetch(show.as === 'redirect' ? show.url : '', { headers })
  return { status: response.status, html: await response.text(), headers: response.headers }
}

const hidden = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  )

async function choose(html: string, means: string, person = 'erika'): Promise<string> {
  const body = new URLSearchParams({ ...hidden(html), means, person })
  return (await fetch(`${origin}/answer`, { method: 'POST', body })).text()
}

async function login(means: string, demand: Requirement = NOTHING, binding: 'post' | 'redirect' = 'post') {
  const bundid = await factor(binding)
  const { show, remember } = await bundid.beginVerification([], { demand })
  const { html } = await follow(show)
  const answer: Answer = hidden(await choose(html, means))
  return bundid.finishVerification(remember, answer, anyone)
}

test.each(['post', 'redirect'] as const)('A login by %s comes back as what it was', async (binding) => {
  const verdicts = []
  for (const means of ['eID', 'Elster', 'eIDAS', 'Benutzername']) {
    const verdict = await login(means, NOTHING, binding)
    verdicts.push(verdict.ok && verdict.value.strength.identity)
  }
  expect(verdicts).toEqual(['high', 'substantial', 'substantial', 'none'])
})

test('Means below the level that is asked are not offered, and not to be had by force', async () => {
  const bundid = await factor()
  const demand = { ...NOTHING, identity: 'high' } as const
  const { show, remember } = await bundid.beginVerification([], { demand })
  const { html } = await follow(show)
  expect(html).toContain('value="eID"')
  expect(html).not.toContain('value="Elster"')
  const verdict = await bundid.finishVerification(remember, hidden(await choose(html, 'Elster')), anyone)
  expect(verdict).toMatchObject({ ok: false, reason: 'cancelled' })
})

test('A login that is cancelled comes back as cancelled, and may be begun again', async () => {
  const bundid = await factor()
  const { show, remember } = await bundid.beginVerification([])
  const verdict = await bundid.finishVerification(
    remember,
    hidden(await choose((await follow(show)).html, '')),
    anyone,
  )
  if (verdict.ok || !verdict.retry) throw new Error('no way back')
  expect(verdict.reason).toBe('cancelled')
  const again = await bundid.resume(verdict.retry, 'verify')
  const answer = hidden(await choose((await follow(again)).html, 'eID'))
  expect((await bundid.finishVerification(verdict.retry, answer, anyone)).ok).toBe(true)
})

test('Two people of one name are two people', async () => {
  const bundid = await factor()
  const names = []
  for (const person of ['erika', 'erika-2', 'erika']) {
    const { show, remember } = await bundid.beginEnrolment({} as never, [])
    const verdict = await bundid.finishEnrolment(
      remember,
      hidden(await choose((await follow(show)).html, 'eID', person)),
    )
    names.push(verdict.ok && verdict.value.externalId)
  }
  expect(names[0]).toBe(names[2])
  expect(names[0]).not.toBe(names[1])
})

test('An answer that is wrong on purpose is refused', async () => {
  standIn.misbehave({ signingKey: keys.attacker })
  expect(await login('eID')).toMatchObject({ ok: false, hint: { cause: 'signature' } })
})

test('It says on every page, in both languages, that it is not BundID', async () => {
  const { show } = await (await factor()).beginVerification([])
  expect((await follow(show)).html).toContain('BundID (Attrappe)')
  const english = await follow(show, 'en')
  expect(english.html).toContain('This is not BundID')
  expect(english.html).toContain('lang="en"')
  expect(english.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
})

test('A request that is not in order ends there: nobody is sent anywhere', async () => {
  const { show } = await (await factor()).beginVerification([])
  if (show.as !== 'post') throw new Error('not posted')
  const broken: [string, (xml: string) => string][] = [
    ['not-signed', (xml) => xml.replace(/<ds:Signature .*<\/ds:Signature>/, '')],
    ['signature', (xml) => xml.replace('Jobcenter', 'Evil')],
    [
      'unknown-service',
      (xml) => xml.replace(`${us.entityId}</saml:Issuer>`, 'https://evil.example</saml:Issuer>'),
    ],
    ['schema', (xml) => xml.replace(/<akdb:RequestedAttributes>.*<\/akdb:RequestedAttributes>/, '')],
    ['malformed', () => '<a'],
  ]
  for (const [code, change] of broken) {
    const fields = { ...show.fields, SAMLRequest: encoded(change(requestIn(show))) }
    const { status, html } = await follow({ ...show, fields })
    expect([code, status]).toEqual([code, 400])
    expect(html).toContain(code)
    expect(html).not.toContain('<form')
  }
})

test('Each request is answered once', async () => {
  const { show } = await (await factor()).beginVerification([])
  const { html } = await follow(show)
  expect(await choose(html, 'eID')).toContain('SAMLResponse')
  expect(await choose(html, 'eID')).not.toContain('SAMLResponse')
})
