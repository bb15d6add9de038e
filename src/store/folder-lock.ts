import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** A second process in the same folder would destroy it; the database itself does not look. */
export class FolderInUse extends Error {
  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}. Stop that process, or set PFORTE_DATA to another folder.`)
    this.name = 'FolderInUse'
  }
}

/** Takes the lock file beside `folder`; one left behind by a dead process is taken over. Returns the release. */
export function lockFolder(folder: string): () => void {
  const file = `${folder}.lock`
  const mine = `${file}.${process.pid}`
  // Written under another name first: whoever finds the lock finds it filled in.
  writeFileSync(mine, nameOf(process.pid) ?? '', { mode: 0o600 })
  try {
    while (!linked(mine, file)) {
      const holder = read(file)
      if (holder === undefined) continue
      const pid = Number.parseInt(holder, 10)
      if (nameOf(pid) === holder) throw new FolderInUse(folder, pid)
      setAside(file, holder, `${mine}.dead`)
    }
  } finally {
    rmSync(mine, { force: true })
  }
  return () => rmSync(file, { force: true })
}

/** Of several processes that find the same dead lock one moves it away; a living one moved by mistake is put back. */
function setAside(file: string, dead: string, aside: string): void {
  try {
    renameSync(file, aside)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    throw error
  }
  if (read(aside) !== dead) linked(aside, file)
  rmSync(aside, { force: true })
}

/** Gives a file a second name, where that is free. */
function linked(file: string, name: string): boolean {
  try {
    linkSync(file, name)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/**
 * What a living process is known by: its id and, on Linux, when it was started, because ids come again (in a
 * container this process has the same one after each restart). Undefined: there is no such process.
 */
function nameOf(pid: number): string | undefined {
  if (!(pid > 0)) return undefined
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!isCode(error, 'EPERM')) return undefined
  }
  // The command's name, in parentheses, may hold blanks; the start is the twentieth field after it (proc(5)).
  const started = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ')[19] ?? ''
  return `${pid} ${started}`
}

const isCode = (error: unknown, code: string): boolean =>
  (error as { code?: unknown } | undefined)?.code === code
