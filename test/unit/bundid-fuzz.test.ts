import fc from 'fast-check'
import { loginResponse } from '../../demo/bundid/saml/response.ts'
import { judge } from '../../src/factors/bundid/judge.ts'
import { decode } from '../../src/factors/bundid/limits.ts'
import { Reader } from '../../src/factors/bundid/reader.ts'
import { Refused } from '../../src/factors/bundid/refused.ts'
import { BPK2, EID, keys, NOON, them, us } from '../support/bundid.ts'

/** FUZZ_RUNS=10000 takes a minute and a half. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300)
const reader = new Reader({
  certificates: them.certificates,
  unsignedResponse: false,
  decryptionKeys: [keys.encryption.key],
})
const sender = { entityId: them.entityId, signing: keys.identityProvider, now: () => NOON }
const to = {
  entityId: us.entityId,
  consumer: us.consumer,
  requestId: '_r',
  encryption: keys.encryption.certificate,
}
const good = Buffer.from(loginResponse(sender, to, EID))

/** Who an answer is taken for; undefined where it is refused, which is the only way it may fail. */
async function identified(xml: Buffer): Promise<string | undefined> {
  try {
    const reading = await reader.read(decode(xml.toString('base64')))
    const judgement = judge(reading, {
      issuer: them.entityId,
      audience: us.entityId,
      recipient: us.consumer,
      isRequest: (id) => id === '_r',
      attributes: [],
      since: NOON,
      now: NOON,
    })
    return judgement.kind === 'identified'
      ? `${judgement.person.bpk2} ${judgement.person.level} ${judgement.person.means}`
      : judgement.kind
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

const place = fc.nat(good.length - 1)
const length = fc.integer({ min: 1, max: 400 })
const mutation = fc.oneof(
  fc.record({ how: fc.constant('change'), at: place, to: fc.nat(255) }),
  fc.record({ how: fc.constant('remove'), at: place, to: length }),
  fc.record({ how: fc.constant('repeat'), at: place, to: length }),
  fc.record({ how: fc.constant('move'), at: place, to: place }),
)

function mutate(xml: Buffer, { how, at, to }: { how: string; at: number; to: number }): Buffer {
  const [before, after] = [xml.subarray(0, at), xml.subarray(at)]
  if (how === 'change') return Buffer.concat([before, Buffer.of(to), after.subarray(1)])
  if (how === 'remove') return Buffer.concat([before, after.subarray(to)])
  if (how === 'repeat') return Buffer.concat([before, after.subarray(0, to), after])
  return Buffer.concat([xml.subarray(0, to), after.subarray(0, 200), xml.subarray(to)])
}

test('Whatever becomes of a good answer, it is taken for what it said, or refused in time', async () => {
  expect(await identified(good)).toBe(`${BPK2} 4 eID`)
  const outcomes = { taken: 0, refused: 0 }
  const property = fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
    const outcome = await identified(mutations.reduce(mutate, good))
    outcomes[outcome === undefined ? 'refused' : 'taken']++
    if (outcome !== undefined) expect(outcome).toBe(`${BPK2} 4 eID`)
  })
  await fc.assert(property, { seed: 20261124, numRuns: RUNS })
  expect(outcomes.refused).toBeGreaterThan(outcomes.taken)
})
