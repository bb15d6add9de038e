import type { IncomingMessage } from 'node:http'
import { makeKeyPair } from '../../demo/bundid/certificate.ts'
import { createPin } from '../../src/web/pin.ts'

const HEADERS = { certificate: 'x-client-cert', verified: 'x-client-verify' }
const YEAR = 365 * 24 * 3600_000
const cert = (until?: number) => encodeURIComponent(makeKeyPair('abgleich', 1024, until).certificate)

const request = (from: string, headers: Record<string, string>) =>
  ({ headers, socket: { remoteAddress: from } }) as unknown as IncomingMessage
const pin = createPin('https://pforte.example', ['10.0.0.1'], HEADERS)
const sent = (more: Record<string, string> = {}) => ({
  'x-client-cert': cert(),
  'x-client-verify': 'SUCCESS',
  ...more,
})

describe('The certificate of an application', () => {
  test('is believed from a trusted proxy, also where its address is written as IPv6', () => {
    for (const proxy of ['10.0.0.1', '::ffff:10.0.0.1'])
      expect(pin(request(proxy, sent())).certificate).toMatchObject({ verified: true })
  })

  test('is believed from nobody else, whatever proxies they name', () => {
    for (const more of [{}, { 'x-forwarded-for': '10.0.0.1' }])
      expect(pin(request('10.0.0.2', sent(more))).certificate).toBeUndefined()
    expect(pin(request('', sent())).certificate).toBeUndefined()
  })

  test('is taken out of the request in any case', () => {
    for (const from of ['10.0.0.1', '10.0.0.2']) {
      const one = request(from, sent())
      pin(one)
      expect(Object.keys(one.headers).sort()).toEqual(['host', 'x-forwarded-proto'])
    }
  })

  test('is none before and after its time', () => {
    for (const until of [Date.now() - 1000, Date.now() + 3 * YEAR])
      expect(pin(request('10.0.0.1', sent({ 'x-client-cert': cert(until) }))).certificate).toBeUndefined()
  })

  test('is not verified where the proxy says anything but SUCCESS', () => {
    for (const said of ['FAILED:self-signed certificate', 'NONE', 'success', ''])
      expect(pin(request('10.0.0.1', sent({ 'x-client-verify': said }))).certificate?.verified).toBe(false)
  })

  test('does not exist where the provider is not configured for it', () => {
    const without = createPin('https://pforte.example', ['10.0.0.1'])
    expect(without(request('10.0.0.1', sent())).certificate).toBeUndefined()
  })
})
