import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { Authenticator } from '../support/authenticator.ts'
import { leastCpu } from '../support/cpu.ts'
import { only, owner } from '../support/passkey-person.ts'

/** Milliseconds one answer may cost, whatever it is. */
const QUICK = 200

const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const repeat = (byte: number, times: number, tail: number[] = []): Buffer =>
  Buffer.concat([Buffer.alloc(times, byte), Buffer.from(tail)])

/** CBOR that costs a naive reader memory or time (RFC 8949, 10). */
const BOMBS: [string, Buffer][] = [
  ['an array of four thousand million', Buffer.from([0x9a, 0xff, 0xff, 0xff, 0xff])],
  ['an array of 2^64', Buffer.from([0x9b, 255, 255, 255, 255, 255, 255, 255, 255])],
  ['a map of four thousand million', Buffer.from([0xba, 0xff, 0xff, 0xff, 0xff])],
  ['bytes of four thousand million', Buffer.from([0x5a, 0xff, 0xff, 0xff, 0xff])],
  ['a text of 2^64', Buffer.from([0x7b, 255, 255, 255, 255, 255, 255, 255, 255])],
  ['arrays in arrays', repeat(0x81, 40_000, [0])],
  ['maps in maps', repeat(0xa1, 40_000, [0])],
  ['tags on tags', repeat(0xc1, 40_000, [0])],
  ['endless arrays', repeat(0x9f, 40_000)],
  ['endless bytes', repeat(0x5f, 40_000)],
  [
    'a map of thousands of keys',
    Buffer.concat([Buffer.from([0xb9, 0x3a, 0x98]), Buffer.alloc(40_000, 0x01)]),
  ],
  ['nothing', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(40_000)],
  ['noise', randomBytes(40_000)],
]

const TEXTS: [string, string][] = [
  ['a megabyte', 'x'.repeat(1_000_000)],
  ['a megabyte of JSON', JSON.stringify({ id: 'A'.repeat(1_000_000) })],
  ['deep arrays', '['.repeat(32_000) + ']'.repeat(32_000)],
  ['deep objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['half a JSON', '{"id":"AAAA'],
  ['a number', '1e999'],
  ['null', 'null'],
  ['a list', '[]'],
  ['an empty object', '{}'],
  ['a prototype', '{"__proto__":{"id":"A"},"constructor":1}'],
  ['a byte order mark', '\ufeff{}'],
]

const MEMBERS = [
  ['clientDataJSON', 'clientDataJSON'],
  ['attestationObject', 'authenticatorData'],
  ['attestationObject', 'signature'],
] as const

async function quick<T>(work: () => Promise<T>): Promise<T | undefined> {
  const { ms, results } = await leastCpu(QUICK, work)
  expect(ms).toBeLessThan(QUICK)
  return results.at(-1)
}

/** Both ways to send an answer, each refusing quickly, without an exception. */
async function refusesAsBoth(
  make: (honest: { create: string; get: string }) => { create: string; get: string },
) {
  const { factor, held, who } = await owner()
  const authenticator = new Authenticator()
  const [enrolment, login] = [await factor.beginEnrolment(who, []), await factor.beginVerification([held()])]
  const { credential: create = '' } = authenticator.create(enrolment.show)
  const { credential: get = '' } = authenticator.get(login.show)
  const forged = make({ create, get })
  const made = await quick(() => factor.finishEnrolment(enrolment.remember, { credential: forged.create }))
  expect(made).toMatchObject({ ok: false })
  const proven = await quick(() =>
    factor.finishVerification(login.remember, { credential: forged.get }, only(held())),
  )
  expect(proven).toMatchObject({ ok: false })
}

const inResponse = (json: string, over: Record<string, unknown>): string => {
  const honest = JSON.parse(json)
  return JSON.stringify({ ...honest, response: { ...honest.response, ...over } })
}

describe('Garbage is refused within a fifth of a second, and never an exception:', () => {
  test.each(TEXTS)('%s as the answer', async (_, text) => {
    await refusesAsBoth(() => ({ create: text, get: text }))
  })

  test.each(BOMBS)('%s as attestation object and authenticator data', async (_, bomb) => {
    await refusesAsBoth(({ create, get }) => ({
      create: inResponse(create, { attestationObject: b64(bomb) }),
      get: inResponse(get, { authenticatorData: b64(bomb) }),
    }))
  })

  test.each(BOMBS)('%s as the key of a new passkey', async (_, bomb) => {
    const { factor, who } = await owner()
    const { show, remember } = await factor.beginEnrolment(who, [])
    const bent = new Authenticator().create(show, { rawKey: bomb })
    expect(await quick(() => factor.finishEnrolment(remember, bent))).toMatchObject({
      ok: false,
    })
  })

  test.each([null, 1, true, [], {}, '', 'ü', '=', 'AA==', ['AAAA'], { length: 4 }])(
    'a member that is %j',
    async (value) => {
      for (const [ofCreation, ofLogin] of MEMBERS) {
        await refusesAsBoth(({ create, get }) => ({
          create: inResponse(create, { [ofCreation]: value }),
          get: inResponse(get, { [ofLogin]: value }),
        }))
      }
      for (const part of ['id', 'rawId', 'type', 'response']) {
        await refusesAsBoth(({ create, get }) => ({
          create: JSON.stringify({ ...JSON.parse(create), [part]: value }),
          get: JSON.stringify({ ...JSON.parse(get), [part]: value }),
        }))
      }
    },
  )

  test('any JSON whatever', async () => {
    const { factor, held, who } = await owner()
    const [enrolment, login] = [
      await factor.beginEnrolment(who, []),
      await factor.beginVerification([held()]),
    ]
    await fc.assert(
      fc.asyncProperty(fc.json(), async (credential) => {
        expect((await factor.finishEnrolment(enrolment.remember, { credential })).ok).toBe(false)
        expect((await factor.finishVerification(login.remember, { credential }, only(held()))).ok).toBe(false)
      }),
    )
  })

  test('any bent byte of an attestation object either is refused or changes nothing that counts', async () => {
    const { factor, who } = await owner()
    const { show, remember } = await factor.beginEnrolment(who, [])
    const authenticator = new Authenticator()
    const { credential = '' } = authenticator.create(show)
    const object = Buffer.from(JSON.parse(credential).response.attestationObject, 'base64url')
    for (let at = 0; at < object.length; at++) {
      const bent = Buffer.from(object)
      bent[at] = (bent[at] ?? 0) ^ 0x10
      const answer = { credential: inResponse(credential, { attestationObject: b64(bent) }) }
      const verdict = await quick(() => factor.finishEnrolment(remember, answer))
      if (verdict?.ok) expect(verdict.value.externalId).toBe(authenticator.id)
    }
  })
})
