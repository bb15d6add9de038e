import { createServer } from 'node:http'
import { type Options, startProvider, type TestProvider } from './provider.ts'
import { freePort } from './servers.ts'

/** Two instances behind one address, which take requests in turn: no two in a row meet the same one. */
export async function startBalanced(options: Omit<Options, 'issuer'>) {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const instances: [TestProvider, TestProvider] = [
    await startProvider({ ...options, issuer }),
    await startProvider({ ...options, issuer }),
  ]
  let turn = 0
  const front = createServer((req, res) => instances[turn++ % 2]?.app.handler(req, res))
  await new Promise<void>((listening) => front.listen(port, '127.0.0.1', listening))
  return {
    issuer,
    instances,
    async close() {
      front.closeAllConnections()
      await new Promise((closed) => front.close(closed))
      for (const instance of instances) await instance.close()
    },
  }
}
