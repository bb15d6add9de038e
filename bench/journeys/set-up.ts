import assert from 'node:assert/strict'
import type { Answer, Show } from '../../src/domain/factor.ts'
import { Authenticator } from '../../test/support/authenticator.ts'
import { keyOn } from '../../test/support/login.ts'
import type { Person } from '../../test/support/person.ts'
import { codeOnPhone } from '../../test/support/phone.ts'
import type { Population } from '../driver/population.ts'
import type { Portal } from '../driver/portal.ts'
import { arrived, enter, type Journey } from './login.ts'

/** Somebody who has a password alone sets an authenticator app up, and goes on to the application. */
export const setUpTotp =
  (portal: Portal, newcomers: Population): Journey =>
  async () => {
    const person = await portal.arrive()
    await enter(person, newcomers.take())
    await person.submit('/skip')
    await person.submit('/answer', { code: codeOnPhone(keyOn(person), Date.now()) })
    await person.submit('/continue')
    await arrived(portal, person)
  }

/** The same with a passkey, which is returned. */
export async function makePasskey(portal: Portal, newcomers: Population): Promise<Authenticator> {
  const person = await portal.arrive()
  await enter(person, newcomers.take())
  const authenticator = new Authenticator({ origin: portal.issuer })
  const answer = authenticator.create(asShown(optionsIn(person)))
  await person.submit('/answer', { ...filled(answer), name: 'Bench-1' })
  await person.submit('/continue')
  await arrived(portal, person)
  return authenticator
}

export const setUpPasskey =
  (portal: Portal, newcomers: Population): Journey =>
  async () =>
    void (await makePasskey(portal, newcomers))

/** By passkey alone, without a name; the browser's part of the ceremony is done by the driver. */
export async function passkeyLogin(portal: Portal, newcomers: Population, many: number): Promise<Journey> {
  const owners: Authenticator[] = []
  for (let n = 0; n < many; n++) owners.push(await makePasskey(portal, newcomers))
  return async () => {
    const authenticator = owners.shift()
    if (!authenticator) throw new Error('more people at once than passkeys')
    const person = await portal.arrive()
    const { target, body } = person.form('/choose', { factor: 'webauthn' })
    const begin = new URL(target.pathname.replace(/choose$/, 'begin'), target)
    const response = await person.send(begin, { method: 'POST', body, headers: sameOrigin(portal) })
    assert.equal(response.status, 200)
    const { options } = (await response.json()) as { options: object }
    const answer = filled(authenticator.get(asShown(options)))
    const given = new URLSearchParams([...body, ...Object.entries(answer)])
    given.set('credential', answer.credential ?? '')
    person.html = `<form action="${target.pathname.replace(/choose$/, 'answer')}"></form>`
    await person.submit('/answer', Object.fromEntries(given))
    await arrived(portal, person)
    owners.push(authenticator)
  }
}

const sameOrigin = ({ issuer }: Portal) => ({ origin: issuer, 'sec-fetch-site': 'same-origin' })

const asShown = (options: object): Show => ({
  as: 'page',
  view: 'factors/webauthn',
  data: { options: options as never },
})

/** As the page's script sends it. */
const filled = (answer: Answer): Record<string, string> => ({
  credential: answer.credential ?? '',
  authenticationError: '',
})

function optionsIn(person: Person): object {
  const [, written = ''] = /data-options="([^"]*)"/.exec(person.html) ?? []
  assert.ok(written, `no passkey is offered: ${person.text()}`)
  return JSON.parse(written.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'))
}
