import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

/** Runs PGlite off the main thread and serves it on a private socket until told to stop. */
const { folder, socket } = workerData as { folder: string; socket: string }
const db = await PGlite.create(folder)
// The pool has one connection; a second one is there for migrations, and while a broken one is being replaced.
const server = new PGLiteSocketServer({ db, path: socket, maxConnections: 10 })
await server.start()

parentPort?.once('message', async () => {
  await server.stop()
  await db.close()
  parentPort?.close()
})
parentPort?.postMessage('ready')
