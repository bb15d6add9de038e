import { AppError } from '../../src/domain/errors.ts'
import { createCircuit } from '../../src/store/circuit.ts'

const down = async (): Promise<never> => {
  throw new AppError('store_unavailable')
}
const broken = async (): Promise<never> => {
  throw new Error('a statement that is wrong')
}

/** A circuit on a clock that stands still, whose calls are counted. */
function watched() {
  let now = 0
  const circuit = createCircuit(() => now)
  let calls = 0
  return {
    circuit,
    calls: () => calls,
    pass: (ms: number) => {
      now += ms
    },
    run: (work: () => Promise<unknown>) =>
      circuit.run(() => {
        calls++
        return work()
      }),
    async fail(times: number, work: () => Promise<unknown> = down) {
      for (let i = 0; i < times; i++) await this.run(work).catch(() => {})
    },
  }
}

describe('In front of a store', () => {
  test('that is down nobody waits: after five failures in a row and one more try it refuses at once', async () => {
    const one = watched()
    await one.fail(20)
    expect(one.calls()).toBe(6)
    await expect(one.run(async () => 1)).rejects.toMatchObject({ code: 'store_unavailable', status: 503 })
  })

  test('one call each second tries, and no second one while it does', async () => {
    const one = watched()
    await one.fail(6)
    one.pass(1_000)
    const { promise, reject } = Promise.withResolvers<void>()
    const trying = one.run(() => promise).catch(() => {})
    await expect(one.run(async () => 1)).rejects.toMatchObject({ code: 'store_unavailable' })
    reject(new AppError('store_unavailable'))
    await trying
    await one.fail(5)
    expect(one.calls()).toBe(7)
  })

  test('that answers again everybody is let through with the first success', async () => {
    const one = watched()
    await one.fail(6)
    one.pass(1_000)
    await expect(one.run(async () => 'there')).resolves.toBe('there')
    await one.fail(4)
    await expect(one.run(async () => 'there')).resolves.toBe('there')
  })

  test('readiness tries in any case, and its success opens the way at once', async () => {
    const one = watched()
    await one.fail(6)
    await one.circuit.probe(async () => {})
    await expect(one.run(async () => 'there')).resolves.toBe('there')
  })

  test('an answer that is an error is no outage', async () => {
    const one = watched()
    await one.fail(50, broken)
    expect(one.calls()).toBe(50)
  })

  test('a success between them makes failures no row', async () => {
    const one = watched()
    for (let i = 0; i < 10; i++) {
      await one.fail(4)
      await one.run(async () => 1)
    }
    expect(one.calls()).toBe(50)
  })
})
