import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { loginResponse } from '../../demo/bundid/saml/response.ts'
import type { Person } from '../../test/support/person.ts'
import type { Population } from '../driver/population.ts'
import type { Portal } from '../driver/portal.ts'
import type { Federation } from '../systems/config.ts'
import { arrived, enter, type Journey } from './login.ts'

/** From the page before BundID there and back: the driver answers in its place, signed and encrypted. */
async function proveAtBundid(person: Person, portal: Portal, federation: Federation, bpk2: string) {
  const { entityId, us, identityProvider, encryption } = federation
  const { body } = person.form('/post')
  const asked = Buffer.from(body.get('SAMLRequest') ?? '', 'base64').toString()
  const [, requestId = ''] = / ID="([^"]+)"/.exec(asked) ?? []
  const consumer = `${portal.issuer}/saml/bundid/acs`
  const xml = loginResponse(
    { entityId, signing: identityProvider, now: Date.now },
    { entityId: us, consumer, requestId, encryption: encryption.certificate },
    { bpk2, means: 'eID', level: 'STORK-QAA-Level-4' },
  )
  const posted = new URLSearchParams({
    SAMLResponse: Buffer.from(xml).toString('base64'),
    RelayState: body.get('RelayState') ?? '',
  })
  // The browser comes from another site: it brings no cookie along.
  const response = await portal.wire.fetch(consumer, {
    method: 'POST',
    body: posted,
    headers: { origin: 'https://bundid.example', 'sec-fetch-site': 'cross-site' },
  })
  const [, back = ''] = /href="(\/interaction\/[^"]+)"/.exec(await response.text()) ?? []
  assert.ok(back, `BundID's answer was not taken (${response.status})`)
  await person.open(back)
}

/** By BundID alone, with accounts that were connected before. */
export async function bundidLogin(
  portal: Portal,
  newcomers: Population,
  federation: Federation,
  many: number,
): Promise<Journey> {
  const people: string[] = []
  for (let n = 0; n < many; n++) {
    const bpk2 = createHash('sha256').update(randomUUID()).digest('base64url')
    const person = await portal.arrive()
    await enter(person, newcomers.take())
    await person.open(`${person.url}/other`)
    await person.submit('/choose', { factor: 'bundid', purpose: 'enrol' })
    await proveAtBundid(person, portal, federation, bpk2)
    await person.submit('/continue')
    await arrived(portal, person)
    people.push(bpk2)
  }
  return async () => {
    const bpk2 = people.shift()
    if (bpk2 === undefined) throw new Error('more people at once than are connected with BundID')
    const person = await portal.arrive()
    await person.submit('/choose', { factor: 'bundid', purpose: 'verify' })
    await proveAtBundid(person, portal, federation, bpk2)
    await arrived(portal, person)
    people.push(bpk2)
  }
}
