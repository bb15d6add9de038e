import { readdirSync, readFileSync } from 'node:fs'
import { machineOf } from '../../src/domain/machine.ts'
import { compose } from '../../src/mail/compose.ts'
import type { Operator } from '../../src/settings/types.ts'
import { loadLanguages } from '../../src/web/languages.ts'

const OPERATOR: Operator = {
  name: 'Jobcenter <Halle> & Umland',
  zone: 'Europe/Berlin',
  languages: ['de', 'en'],
  colors: {},
  support: { phone: '0345 9822 802' },
  links: {},
}
const SENDER = { operator: OPERATOR, issuer: 'https://login.jobcenter.example' }
/** The events for which the database writes a mail, as it says itself. */
const EVENTS = readdirSync('migrations')
  .map((file) => readFileSync(`migrations/${file}`, 'utf8'))
  .flatMap((sql) => [...sql.matchAll(/TRIGGER owner_is_told.*?tell_owner/gs)])
  .flatMap(([trigger]) => [...trigger.matchAll(/'([a-z]+\.[a-z_]+)'/g)])
  .map(([, name = '']) => name)
const FACTORS = ['password', 'webauthn', 'totp', 'bundid', 'recovery-codes']

const letter = (event: string, data: Record<string, unknown>, locale = 'de') => ({
  id: '1',
  accountId: '2',
  event,
  data,
  at: Date.UTC(2026, 10, 25, 13, 5),
  to: 'max@mail.example',
  locale,
  tries: 1,
})

describe('A mail', () => {
  test.each(EVENTS)('of %s can be written for every factor in every language', async (event) => {
    expect(EVENTS.length).toBeGreaterThan(3)
    const languages = await loadLanguages(false)
    for (const factor of FACTORS)
      for (const locale of ['de', 'en']) {
        const data = { factor, newOn: { browser: 'Firefox', system: 'Windows' }, due: 0 }
        const { subject, text, html } = compose(letter(event, data, locale), languages, SENDER, undefined)
        expect(text).toContain(subject)
        expect(text).toMatch(
          locale === 'de' ? /25\. November 2026 um 14:05 Uhr/ : /November 25, 2026 at 2:05/,
        )
        expect(`${subject}${text}${html}`).not.toMatch(/\{\w+\}|undefined|https?:/)
        expect(html).toContain(`<html lang="${locale}"`)
        expect(html).toContain('Jobcenter &lt;Halle&gt; &amp; Umland')
        expect(text).toContain('Jobcenter <Halle> & Umland')
      }
  })

  test('tells with what code and where its reader can lock the account, by no link', async () => {
    const languages = await loadLanguages(false)
    const { text, html } = compose(letter('account.email_changed', {}), languages, SENDER, 'ABCDEFGH2345')
    for (const part of [text, html]) {
      expect(part).toContain('login.jobcenter.example/freeze')
      expect(part).toContain('ABCD-EFGH-2345')
      expect(part).not.toMatch(/https?:|href/)
    }
  })

  test('to an address whose account is gone says nothing of what its owner could do', async () => {
    const { accountId: _, ...gone } = letter('account.erased', {})
    const { text } = compose(gone, await loadLanguages(false), SENDER, undefined)
    expect(text).toContain('Am 25. November 2026 wurde Ihr Konto mit allen Daten gelöscht.')
    expect(text).not.toContain('Waren Sie das')
  })

  test('is in the operator’s first language where the account’s is not offered', async () => {
    const languages = await loadLanguages(false)
    const { subject } = compose(
      letter('factor.removed', { factor: 'totp' }, 'uk'),
      languages,
      SENDER,
      undefined,
    )
    expect(subject).toBe('Aus Ihrem Konto gelöscht: Code aus einer App (TOTP)')
  })

  test('names an unknown machine as such', async () => {
    const data = { newOn: machineOf('curl/8') }
    const { text } = compose(letter('login.completed', data), await loadLanguages(false), SENDER, undefined)
    expect(text).toContain('angemeldet: unbekanntes Gerät.')
  })

  test.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0',
      'Firefox',
      'Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605 (KHTML) Version/18 Mobile Safari/604',
      'Safari',
      'iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537 (KHTML) Chrome/131.0.0.0 Mobile Safari/537.36',
      'Chrome',
      'Android',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 (KHTML) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0',
      'Edge',
      'Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605 (KHTML) Version/18 Safari/605',
      'Safari',
      'Mac',
    ],
    ['<script>alert(1)</script>', '', ''],
  ])('knows %s', (userAgent, browser, system) => {
    expect(machineOf(userAgent)).toEqual({ browser, system })
  })
})
