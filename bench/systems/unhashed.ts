import { createServer } from 'node:http'
import { build } from '../../src/app.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { loadSettings } from '../../src/settings/load.ts'
import { CHEAP } from '../driver/population.ts'

/** Yardstick: Pforte with argon2id as cheap as it can be. No setting goes so low: what remains of a login shows here. */
const settings = loadSettings(process.env)
const { memoryCost: memoryKiB, timeCost: passes, parallelism } = CHEAP
const password = { ...settings.password, memoryKiB, passes, parallelism }
const app = await build({ ...settings, password }, { log: createLogger(settings.logLevel) })
const server = createServer(app.handler).listen(settings.port, settings.host)
process.once('SIGTERM', () => {
  server.close(() => void app.close())
  server.closeAllConnections()
})
