import { type FileHandle, open } from 'node:fs/promises'
import { CommandError } from '../exit.ts'

export interface Csv {
  write(rows: readonly (readonly string[])[]): Promise<void>
  close(): Promise<void>
}

const HEAD = ['account', 'group', 'ending', 'reason', 'client']

/** A file of the accounts that are not ready (RFC 4180), for the eyes of its owner alone. */
export async function openCsv(path: string): Promise<Csv> {
  const file = await create(path)
  const write: Csv['write'] = (rows) =>
    file.appendFile(rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')).catch((error) => {
      throw cannot(path, error)
    })
  await write([HEAD])
  return { write, close: () => file.close() }
}

const create = (path: string): Promise<FileHandle> =>
  open(path, 'w', 0o600).catch((error) => {
    throw cannot(path, error)
  })

const cannot = (path: string, error: Error): CommandError =>
  new CommandError('cannotWrite', `${path} cannot be written: ${error.message}.`)

const field = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)
