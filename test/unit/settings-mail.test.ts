import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../src/settings/load.ts'
import { testConfig } from '../support/config.ts'

const config = testConfig()
const base = readFileSync(join(config.folder, 'pforte.yaml'), 'utf8')
const mail = (from: string, smtp = 'env:SMTP_URL') =>
  config.write('pforte.yaml', `${base}\nmail:\n  from: ${JSON.stringify(from)}\n  smtp: ${smtp}\n`)

describe('The settings of mail', () => {
  beforeEach(() => {
    config.env.SMTP_URL = 'smtps://pforte:secret@mail.example'
  })

  test('are left out where no mail is to be sent', () => {
    config.write('pforte.yaml', base)
    expect(loadSettings(config.env).mail).toBeUndefined()
  })

  test.each(['konto@jobcenter.example', 'Jobcenter Halle <konto@jobcenter.example>'])(
    'take %s as the sender, and the server from the environment',
    (from) => {
      mail(from)
      expect(loadSettings(config.env).mail).toEqual({ from, smtpUrl: 'smtps://pforte:secret@mail.example' })
    },
  )

  test('take the server from a file', () => {
    config.write('smtp', 'smtp://127.0.0.1:1025\n')
    mail('konto@jobcenter.example', 'file:smtp')
    expect(loadSettings(config.env).mail?.smtpUrl).toBe('smtp://127.0.0.1:1025')
  })

  test.each([
    'Jobcenter',
    'a@b.example\r\nBcc: c@d.example',
    '"x" <a@b.example>',
    'a@b.example, c@d.example',
  ])('refuse %j as the sender', (from) => {
    mail(from)
    expect(config.findings()).toEqual(['pforte.yaml: mail.from: is not a sender'])
  })

  test.each([
    ['', 'the environment has no SMTP_URL'],
    ['https://mail.example', 'does not lead to an address of a mail server'],
    ['smtp://', 'does not lead to an address of a mail server'],
    ['mail.example:25', 'does not lead to an address of a mail server'],
  ])('refuse %j as the server, without showing it', (url, reason) => {
    config.env.SMTP_URL = url
    mail('konto@jobcenter.example')
    expect(config.findings()).toEqual([`pforte.yaml: mail.smtp: ${reason}`])
  })
})
