/** One mistake in the configuration, said so that it can be mended. */
export interface Finding {
  file: string
  /** Where in the file (`rules[0].stages.require`), or the name of an environment variable. */
  path: string
  reason: string
  fix: string
}

/** All mistakes at once. Processes end with exit code 78 on it. */
export class SettingsError extends Error {
  readonly findings: readonly Finding[]

  constructor(findings: readonly Finding[]) {
    super(describe(findings))
    this.name = 'SettingsError'
    this.findings = findings
  }
}

function describe(findings: readonly Finding[]): string {
  const lines = findings.map((f) => `${f.file}: ${f.path || '(whole file)'}: ${f.reason}\n  fix: ${f.fix}`)
  return [`Pforte cannot start: ${findings.length} mistake(s) in the configuration.`, ...lines].join('\n')
}

/** The code of a system error (ENOENT), or else what it says. */
export const codeOf = (error: unknown): string =>
  String((error as { code?: unknown } | undefined)?.code ?? error)

/** Gathers findings; a reader that could not read returns undefined and goes on with the next. */
export class Findings {
  readonly all: Finding[] = []

  add(file: string, path: string, reason: string, fix: string): undefined {
    this.all.push({ file, path, reason, fix })
    return undefined
  }
}
