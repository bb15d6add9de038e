import { readFileSync, rmSync, writeFileSync } from 'node:fs'

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
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error
    }
    const pid = Number(readFileSync(file, 'utf8'))
    if (pid > 0 && isAlive(pid)) throw new FolderInUse(folder, pid)
    rmSync(file, { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
