import { Redis } from 'ioredis'
import { createPopulation } from './driver/population.ts'
import { createPortal } from './driver/portal.ts'
import { createWire } from './driver/wire.ts'
import { login } from './journeys/login.ts'
import { read } from './measure/cell.ts'
import { memoryOf } from './measure/cpu.ts'
import { startPforte } from './systems/index.ts'
import { openWorld } from './world.ts'

/** `npm run bench:soak -- 15`: logins for so many minutes at four fifths of what it can do; looks twice a minute. */
const minutes = Number(process.argv[2] ?? 15)
const LOOK = 30_000
const SHARE = 0.8
const ACCOUNTS = 20_000
/** How much more memory than after the first third of the time is growth. */
const GROWTH = 1.15
/** What one login leaves in Redis as long as it lives: Pforte's own and the library's. */
const KEYS_BY_LOGIN = 9

const world = await openWorld()
try {
  const people = await createPopulation(world, 'person')
  await people.seed(0, ACCOUNTS)
  const pforte = await startPforte(world, 1)
  const signIn = login(createPortal(pforte.issuer, createWire(pforte.ports)), people)
  const { perSecond, operations } = await read(signIn, pforte, world.servers, {
    people: 8,
    least: 15_000,
    operations: 100,
  })
  const every = 1000 / (perSecond * SHARE)
  console.log(
    `${perSecond.toFixed(1)} logins a second are all it can do; one each ${every.toFixed(0)} ms from now on`,
  )

  const redis = new Redis(world.env.REDIS_URL ?? '')
  const failures: unknown[] = []
  const memory: number[] = []
  const began = performance.now()
  let [begun, through, looked] = [0, 0, 0]
  const keysByLogin = async () => (await redis.dbsize()) / (operations + through)
  while (performance.now() - began < minutes * 60_000) {
    const elapsed = performance.now() - began
    for (; begun < elapsed / every; begun++)
      signIn().then(
        () => through++,
        (error) => failures.push(error),
      )
    if (elapsed > (looked + 1) * LOOK) {
      looked++
      memory.push(memoryOf(pforte.pids))
      console.log(
        `${(elapsed / 60_000).toFixed(1)} min: ${through} logins, ${failures.length} failures, ` +
          `${memory.at(-1)?.toFixed(0)} MB, ${(await keysByLogin()).toFixed(1)} keys by login`,
      )
    }
    await new Promise((later) => setTimeout(later, 5))
  }
  const keys = await keysByLogin()
  redis.disconnect()
  const settled = Math.max(...memory.slice(0, Math.ceil(memory.length / 3)))
  const grown = (memory.at(-1) ?? Infinity) / settled
  console.log(`memory at the end / after a third: ${grown.toFixed(2)}; keys by login: ${keys.toFixed(1)}`)
  if (failures.length > 0 || grown > GROWTH || keys > KEYS_BY_LOGIN)
    throw failures[0] ?? new Error('it grows, as the line above says')
  await world.close()
} catch (error) {
  process.exitCode = 1
  await world.close(error)
}
