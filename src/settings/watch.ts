import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Finding, SettingsError } from './findings.ts'
import { folderOf, loadLive } from './load.ts'
import type { Env } from './secrets.ts'
import type { Live } from './types.ts'

const INTERVAL_MS = 2_000

export interface Watcher {
  /** Looks now whether the files have changed. */
  check(): void
  /** Reads them again whether they have changed or not. */
  reload(): void
  stop(): void
}

/**
 * Takes changed files over while running. Looks at their content, not at file events: links that a ConfigMap swaps
 * and network folders are seen too. A broken file changes nothing, and is reported once.
 */
export function watchSettings(
  env: Env,
  on: { change: (live: Live) => void; failure: (findings: readonly Finding[]) => void },
): Watcher {
  const folder = folderOf(env)
  let seen = digest(folder)

  const reload = (): void => {
    try {
      on.change(loadLive(env))
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      on.failure(error.findings)
    }
  }
  const check = (): void => {
    const now = digest(folder)
    if (now === seen) return
    seen = now
    reload()
  }
  const timer = setInterval(check, INTERVAL_MS).unref()
  return { check, reload, stop: () => clearInterval(timer) }
}

function digest(folder: string): string {
  const hash = createHash('sha256')
  for (const part of ['', 'clients']) {
    for (const name of yamlIn(join(folder, part))) {
      hash.update(`${part}/${name}\n`).update(contentOf(join(folder, part, name)))
    }
  }
  return hash.digest('hex')
}

function yamlIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .sort()
  } catch {
    return []
  }
}

/** A file that is gone between two looks is a change like any other. */
function contentOf(path: string): string | Buffer {
  try {
    return readFileSync(path)
  } catch {
    return 'unreadable'
  }
}
