import { jest } from '@jest/globals'
import type { Letter, Outbox } from '../../src/journey/ports.ts'
import { startSender } from '../../src/mail/sender.ts'

const letter = (id: string): Letter => ({
  id,
  event: 'account.frozen',
  data: {},
  at: 0,
  to: `${id}@mail.example`,
  locale: 'de',
  tries: 1,
})

/** An outbox whose claims run out at once: what is not noted as sent comes again in the next round. */
function outbox(ids: string[], isAway: () => boolean) {
  const lying = new Set(ids)
  const away = async (): Promise<void> => {
    if (isAway()) throw new Error('the store is away')
  }
  const fake: Outbox = {
    async claim() {
      await away()
      return [...lying].map(letter)
    },
    async sent(id) {
      await away()
      lying.delete(id)
    },
    later: away,
    backlog: async () => ({ letters: lying.size, oldest: 0 }),
  }
  return { fake, lying }
}

describe('Mails, where the store is away at the moment that they were handed over', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  test('are not sent a second time by the one who handed them over', async () => {
    let isAway = false
    const { fake, lying } = outbox(['a', 'b'], () => isAway)
    const handedOver: string[] = []
    const errors: unknown[] = []
    const job = startSender({
      outbox: fake,
      freezes: { codeFor: async () => undefined } as never,
      compose: () => ({ subject: '', text: '', html: '' }),
      smtp: {
        async send(to) {
          handedOver.push(to)
          isAway = true
        },
        close: () => {},
      },
      onError: (error) => errors.push(error),
    })
    await jest.advanceTimersByTimeAsync(10_000)
    expect(lying.size).toBe(2)
    expect(errors.length).toBeGreaterThan(0)

    isAway = false
    await jest.advanceTimersByTimeAsync(10_000)
    await job.stop()
    expect(lying.size).toBe(0)
    expect(handedOver.sort()).toEqual(['a@mail.example', 'b@mail.example'])
  })
})
