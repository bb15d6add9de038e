import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { accountIn, launch } from '../support/demo.ts'
import { codeAt } from '../support/login.ts'
import { freePort } from '../support/servers.ts'

describe('the demonstration in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-demo-'))
  let demo: ReturnType<typeof launch>
  let browser: Browser
  let portal: string
  beforeAll(async () => {
    const [port, portalPort, bundidPort] = [await freePort(), await freePort(), await freePort()]
    portal = `http://localhost:${portalPort}`
    demo = launch({
      PORT: String(port),
      PORTAL_PORT: String(portalPort),
      BUNDID_PORT: String(bundidPort),
      PFORTE_DATA: folder,
    })
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    demo?.child.kill('SIGTERM')
    await demo?.ended
    rmSync(folder, { recursive: true, force: true })
  })

  test('max signs in at the portal, sets TOTP up, reads his claims and signs out', async () => {
    const max = accountIn(await demo.notice, 'max')
    const page = await browser.newPage({ locale: 'de-DE' })
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })

    await page.goto(`${portal}/bescheide/2025-04`)
    await page.getByLabel('Benutzername').fill(max.username)
    await page.getByLabel('Passwort', { exact: true }).fill(max.password)
    await page.keyboard.press('Enter')
    // A passkey is offered first.
    await page.locator('form[action$="/skip"] button').click()
    await page.getByRole('heading', { name: 'Zweiten Faktor einrichten' }).waitFor()
    expect(await page.locator('form[action$="/skip"]').count()).toBe(0)
    const key = (await page.locator('code.key').innerText()).replace(/\s/g, '')
    await page.locator('input[name=code]').fill(codeAt(key, Date.now()))
    await page.keyboard.press('Enter')
    await page.getByText('erfolgreich eingerichtet').waitFor()
    await page.getByRole('button', { name: 'Weiter' }).click()
    await page.waitForURL(`${portal}/bescheide/2025-04`)

    await page.getByRole('link', { name: 'Startseite' }).click()
    await page.getByText('Kundennummer: 123A01913').waitFor()
    await page.getByRole('link', { name: 'Was steht im Token?' }).click()
    await page.getByRole('cell', { name: 'pwd, otp, mfa' }).waitFor()

    await page.getByRole('button', { name: 'Abmelden' }).click()
    await page.locator('button[name=logout]').click()
    await page.waitForURL(`${portal}/abgemeldet*`)
    await page.goto(`${portal}/profil`)
    await page.getByLabel('Benutzername').waitFor()
    expect(complaints).toEqual([])
  })

  test.each([320, 1280])('no page of the portal is wider than a screen of %i pixels', async (width) => {
    const page = await browser.newPage({ viewport: { width, height: 800 } })
    for (const path of ['/', '/abgemeldet', '/nirgends']) {
      await page.goto(portal + path)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(await page.evaluate('getComputedStyle(document.querySelector("main")).maxWidth')).not.toBe(
        'none',
      )
    }
  })

  test('erika signs in with BundID, which the application is told', async () => {
    expect(await demo.notice).toMatch(/BundID stand-in: http:\/\/127\.0\.0\.1:\d+ /)
    const page = await browser.newPage({ locale: 'de-DE' })
    await page.goto(`${portal}/profil`)
    await page.getByRole('button', { name: 'Mit BundID anmelden' }).click()
    await page.getByRole('button', { name: 'Weiter zur BundID' }).click()
    await page.getByLabel('Erika Mustermann', { exact: true }).check()
    await page.getByRole('button', { name: 'Online-Ausweis' }).click()
    await page.getByRole('button', { name: 'Weiter' }).click()
    await page.waitForURL(`${portal}/profil`)
    expect(await page.innerText('main')).toContain('Erika Mustermann')
    await page.close()
  })

  test('erika proves herself by ELSTER for an application, and by the ID card for the signature under it', async () => {
    const context = await browser.newContext({ locale: 'de-DE' })
    const page = await context.newPage()
    const prove = async (means: string) => {
      await page.getByRole('button', { name: 'Weiter zur BundID' }).click()
      await page.getByLabel('Erika Mustermann', { exact: true }).check()
      await page.getByRole('button', { name: means }).click()
      await page.getByRole('button', { name: 'Weiter' }).click()
    }
    await page.goto(`${portal}/antrag`)
    await page.getByRole('button', { name: 'Mit BundID anmelden' }).click()
    await prove('ELSTER-Zertifikat')
    await page.waitForURL(`${portal}/antrag`)
    await page.getByRole('link', { name: 'Weiter zur Unterschrift' }).click()
    await page.getByRole('button', { name: 'Weiter zur BundID' }).waitFor()
    await prove('Online-Ausweis')
    await page.waitForURL(`${portal}/antrag/unterschrift`)
    await page.getByRole('button', { name: 'Jetzt unterschreiben' }).click()
    expect(await page.innerText('main')).toContain('Ihr Antrag ist unterschrieben.')
    await context.close()
  })
})
