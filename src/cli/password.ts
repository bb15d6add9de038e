import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CommandError } from './exit.ts'

/** A second factor is demanded of everybody: eight characters then suffice (NIST SP 800-63B-4, 3.1.1.2). */
const SHORTEST = 8
const LONGEST = 1024

/** From standard input: a pipe is read to its end, a person at a terminal is asked twice and sees nothing of it. */
export async function readPassword(): Promise<string> {
  const password = process.stdin.isTTY ? await asked() : await piped()
  const length = [...password].length
  if (/\p{Cc}/u.test(password)) throw wrong('is not one line of text')
  if (length < SHORTEST) throw wrong(`has ${length} characters; ${SHORTEST} are the least`)
  if (length > LONGEST) throw wrong(`has more than ${LONGEST} characters`)
  return password
}

async function piped(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk)
    size += chunk.length
    if (size > 8 * LONGEST) throw wrong(`has more than ${LONGEST} characters`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)).replace(/\r?\n$/, '')
  } catch {
    throw wrong('is not UTF-8')
  }
}

async function asked(): Promise<string> {
  const password = await ask('Password: ')
  if ((await ask('Once more: ')) === password) return password
  throw wrong('was typed differently the second time')
}

/** The terminal echoes nothing while its input is read raw, and what readline would write goes nowhere. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    const gone = new Promise<never>((_, reject) => {
      lines.once('close', () => reject(wrong('was not given')))
    })
    return await Promise.race([lines.question(''), gone])
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

const wrong = (what: string): CommandError =>
  new CommandError('data', `The password on standard input ${what}. Nothing was changed.`)
