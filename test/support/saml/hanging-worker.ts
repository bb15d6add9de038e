import { parentPort } from 'node:worker_threads'

/** Stands in for the reading thread: does what its message says. */
parentPort?.on('message', (what: string) => {
  while (what === 'spin');
  if (what === 'exit') process.exit(1)
  if (what === 'throw') throw new Error('as told')
  if (what === 'eat') for (const eaten: number[][] = []; ; ) eaten.push(new Array(1e6).fill(0))
  parentPort?.postMessage({ ok: true, reading: what })
})
parentPort?.postMessage('ready')
