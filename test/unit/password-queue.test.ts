import { availableParallelism } from 'node:os'
import { AppError } from '../../src/domain/errors.ts'
import type { Credential } from '../../src/domain/factor.ts'
import { createHasher, type Hasher } from '../../src/factors/password/hash.ts'
import { HashQueue } from '../../src/factors/password/hash-queue.ts'
import { createPassword, passwordCredential } from '../../src/factors/password/index.ts'

/** Jobs that end when told to. */
function jobs() {
  const started: number[] = []
  const ends: (() => void)[] = []
  const job = (n: number) => () => {
    started.push(n)
    return new Promise<number>((resolve) => {
      ends[n] = () => resolve(n)
    })
  }
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return { started, job, end: (n: number) => ends[n]?.(), settle }
}

describe('The hash queue', () => {
  test('runs as many jobs at once as there are cores, the rest in the order they came', async () => {
    const queue = new HashQueue(2, 10)
    const { started, job, end, settle } = jobs()
    const all = [0, 1, 2, 3, 4].map((n) => queue.run(job(n)))
    await settle()
    expect(started).toEqual([0, 1])
    end(1)
    await settle()
    expect(started).toEqual([0, 1, 2])
    for (const n of [0, 2, 3, 4]) {
      end(n)
      await settle()
    }
    expect(started).toEqual([0, 1, 2, 3, 4])
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4])
  })

  test('lets nobody pass who comes just as a place becomes free', async () => {
    const queue = new HashQueue(1, 10)
    const { started, job, end, settle } = jobs()
    const first = queue.run(job(0)).then(() => queue.run(job(9)))
    const second = queue.run(job(1))
    end(0)
    await settle()
    end(1)
    await settle()
    end(9)
    await Promise.all([first, second])
    expect(started).toEqual([0, 1, 9])
  })

  test('turns away at once whoever finds it full, and says when to come again', async () => {
    const queue = new HashQueue(1, 4)
    const { job, end, settle } = jobs()
    const kept = [0, 1, 2, 3, 4].map((n) => queue.run(job(n)))
    const refusal = await queue.run(job(5)).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(AppError)
    expect(refusal).toMatchObject({ code: 'busy', status: 503, retryAfter: 2 })
    for (const n of [0, 1, 2, 3, 4]) {
      await settle()
      end(n)
    }
    expect(await Promise.all(kept)).toEqual([0, 1, 2, 3, 4])
  })

  test('goes on after a job that failed', async () => {
    const queue = new HashQueue(1, 1)
    await expect(queue.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await queue.run(async () => 'next')).toBe('next')
  })

  test('lets nobody wait longer than the jobs before him take', async () => {
    const queue = new HashQueue(2, 100)
    let finished = 0
    const waited = Array.from({ length: 102 }, async (_, n) => {
      const before = await queue.run(async () => {
        await new Promise<void>((resolve) => setImmediate(resolve))
        return finished++
      })
      return Math.abs(before - n)
    })
    const late = (await Promise.all(waited)).sort((a, b) => a - b)
    expect(late[Math.floor(late.length * 0.99)]).toBeLessThanOrEqual(1)
  })
})

describe('Under load', () => {
  const cores = availableParallelism()
  const cost = { memoryKiB: 64, passes: 1, parallelism: 1, queue: 2 }
  const credential = (phc: string): Credential<{ phc: string }> => ({
    ...passwordCredential(phc),
    id: 'c1',
    accountId: 'a1',
    factor: 'password',
    version: 1,
    suspended: false,
    createdAt: 0,
  })

  test('known and unknown people wait in the same line, and as many are turned away as find no place', async () => {
    const hasher = createHasher(cost)
    const password = createPassword({ hasher, least: 8, leastAlone: 15, service: () => '' })
    const known = credential(await hasher.hash('geheim'))
    const ask = (found: Credential<{ phc: string }>[]) =>
      password.finishVerification(null, { identifier: 'x', password: 'falsch' }, async () => found)
    await ask([])
    const people = Array.from({ length: cores + cost.queue + 2 }, (_, n) => (n % 2 === 0 ? [known] : []))
    const outcomes = await Promise.allSettled(people.map(ask))
    expect(outcomes.map((o) => o.status)).toEqual(
      people.map((_, n) => (n < cores + cost.queue ? 'fulfilled' : 'rejected')),
    )
  })

  test('a right password is not failed by a full queue: its outdated hash is renewed another time', async () => {
    const hasher: Hasher = {
      verify: async () => true,
      isOutdated: () => true,
      hash: async (typed) => {
        if (typed === 'nobody') return 'decoy'
        throw new AppError('busy', { retryAfter: 2 })
      },
    }
    const stored = credential('$2b$04$')
    const verdict = await createPassword({
      hasher,
      least: 8,
      leastAlone: 15,
      service: () => '',
    }).finishVerification(null, { password: 'geheim' }, async () => [stored])
    expect(verdict).toMatchObject({ ok: true, value: { credential: stored } })
  })
})
