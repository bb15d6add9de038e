import { parentPort, workerData } from 'node:worker_threads'
import { type Reading, read, type Trust } from './reading.ts'
import { type Cause, Refused } from './refused.ts'

/** What the worker answers for each message it is given (the XML of one Response), in order. */
export type Outcome = { ok: true; reading: Reading } | { ok: false; cause: Cause }

const trust = workerData as Trust

parentPort?.on('message', async (xml: string) => {
  parentPort?.postMessage(await outcome(xml))
})
// The first validation takes several times as long as later ones: it is nobody's answer that waits for it.
await outcome('<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol"/>')
parentPort?.postMessage('ready')

async function outcome(xml: string): Promise<Outcome> {
  try {
    return { ok: true, reading: await read(xml, trust) }
  } catch (error) {
    // Libraries throw at broken input too; whatever was not read to the end was not read.
    return { ok: false, cause: error instanceof Refused ? error.reason : 'malformed' }
  }
}
