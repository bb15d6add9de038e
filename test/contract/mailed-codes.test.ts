import { randomUUID } from 'node:crypto'
import { redeemCode, sendCode } from '../../src/journey/mailed-code.ts'
import type { MailedFor, Stores } from '../../src/journey/ports.ts'
import { type OpenStores, openStores } from '../../src/store/index.ts'
import { backends } from '../support/backends.ts'
import { testClock } from '../support/provider.ts'

const KEY_RING = [{ id: 'k1', key: Buffer.alloc(32, 1) }]
const asker = { requestId: randomUUID() }

describe.each(backends)('Codes in mails, on $name', ({ open }) => {
  const clock = testClock()
  let opened: OpenStores
  let stores: Stores
  beforeAll(async () => {
    opened = await openStores({ ...(await open()), keyRing: KEY_RING, onError: () => {} })
    stores = opened.stores
  })
  afterAll(() => opened?.close())

  const fresh = (): MailedFor => ({ purpose: 'reset', holder: randomUUID(), place: randomUUID() })
  /** Sends one to an address and reads the mail. */
  async function mailed(bound: MailedFor): Promise<string> {
    const address = `${randomUUID()}@mail.example`
    expect(await sendCode({ stores, now: clock.now }, bound, { address, locale: 'de' }, asker)).toBe(0)
    const letters = await stores.outbox.claim(100)
    const letter = letters.find(({ to }) => to === address)
    expect(letter).toMatchObject({ event: 'code.mailed', locale: 'de', data: { purpose: bound.purpose } })
    return String(letter?.data.code)
  }
  const redeem = (bound: MailedFor, typed: string) =>
    redeemCode({ stores, now: clock.now }, bound, typed, asker)
  const other = (code: string): string => String((Number(code) + 1) % 10 ** 8).padStart(8, '0')

  test('a code is right once, with blanks and dashes as people write them', async () => {
    const bound = fresh()
    const code = await mailed(bound)
    expect(code).toMatch(/^\d{8}$/)
    expect(await redeem(bound, ` ${code.slice(0, 4)}-${code.slice(4)} `)).toBe('right')
    expect(await redeem(bound, code)).toBe('gone')
  })

  test('of twenty that use it at once one gets through', async () => {
    const bound = fresh()
    const code = await mailed(bound)
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => redeem(bound, code)))
    expect(outcomes.filter((outcome) => outcome === 'right')).toHaveLength(1)
  })

  test('after five wrong ones the right one is gone, those typed at once counted too', async () => {
    const bound = fresh()
    const code = await mailed(bound)
    const tries = await Promise.all(Array.from({ length: 5 }, () => redeem(bound, other(code))))
    expect(tries).toEqual(Array(5).fill('wrong'))
    expect(await redeem(bound, code)).toBe('gone')
  })

  test('what cannot be a code is no try', async () => {
    const bound = fresh()
    const code = await mailed(bound)
    for (const typed of ['', '1234', 'abcdefgh', '123456789'])
      expect(await redeem(bound, typed)).toBe('malformed')
    expect(await redeem(bound, code)).toBe('right')
  })

  test('it is good for one purpose, one holder and one place', async () => {
    const bound = fresh()
    const code = await mailed(bound)
    expect(await redeem({ ...bound, purpose: 'email' }, code)).toBe('gone')
    expect(await redeem({ ...bound, holder: randomUUID() }, code)).toBe('gone')
    expect(await redeem({ ...bound, place: randomUUID() }, code)).toBe('gone')
    expect(await redeem(bound, code)).toBe('right')
  })

  test('a newer one takes the place of the older', async () => {
    const bound = fresh()
    const [older, newer] = [await mailed(bound), await mailed(bound)]
    expect(await redeem(bound, older)).toBe('wrong')
    expect(await redeem(bound, newer)).toBe('right')
  })

  test('after half an hour it is gone', async () => {
    const bound = fresh()
    const code = await mailed(bound)
    clock.advance(30 * 60_000)
    expect(await redeem(bound, code)).toBe('gone')
  })

  test('no holder is sent more than ten within an hour, and five from one network, told or not', async () => {
    for (const to of [{ address: 'a@mail.example', locale: 'de' }, undefined]) {
      const { holder } = fresh()
      const from = (key: string) => {
        const network = { key, codes: 100 }
        return sendCode({ stores, now: clock.now }, { ...fresh(), holder }, to, { ...asker, network })
      }
      const sent = async (keys: readonly string[]) => {
        const waits = await Promise.all(keys.map(from))
        expect(waits.every((wait) => wait === 0 || wait > 3000)).toBe(true)
        return waits.filter((wait) => wait === 0).length
      }
      expect(await sent(Array(7).fill(randomUUID()))).toBe(5)
      expect(await sent(Array.from({ length: 8 }, randomUUID))).toBe(5)
    }
  })

  test('a network is sent so many as it may, whoever they are for', async () => {
    const network = { key: randomUUID(), codes: 3 }
    const send = () => sendCode({ stores, now: clock.now }, fresh(), undefined, { ...asker, network })
    const waits = await Promise.all(Array.from({ length: 5 }, send))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(3)
  })

  test('neither code nor mail can be read in the database', async () => {
    const bound = fresh()
    const code = await mailed(bound)
    const { rows: codes } = await opened.pool.query('SELECT * FROM mailed_codes')
    const { rows: letters } = await opened.pool.query('SELECT * FROM outbox')
    expect([codes.length > 0, letters.length > 0]).toEqual([true, true])
    expect(JSON.stringify([codes, letters])).not.toContain(code)
  })
})
