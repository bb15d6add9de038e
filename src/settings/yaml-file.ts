import { readFileSync, statSync } from 'node:fs'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import type { Findings } from './findings.ts'

const LARGEST = 256 * 1024

/** Reads one YAML file and checks it against its schema. Every mistake becomes a finding; undefined if any. */
export function readYaml<T extends z.ZodType>(path: string, name: string, schema: T, findings: Findings) {
  const text = readText(path, name, findings)
  if (text === undefined) return undefined
  const document = parseDocument(text, { uniqueKeys: true, merge: false })
  for (const { message, linePos } of document.errors) {
    const [first = ''] = message.split('\n')
    findings.add(
      name,
      linePos ? `line ${linePos[0].line}` : '',
      first,
      'Correct the YAML syntax at this place.',
    )
  }
  if (document.errors.length > 0) return undefined
  const result = schema.safeParse(document.toJS({ maxAliasCount: 20 }) ?? {})
  if (result.success) return result.data as z.output<T>
  for (const issue of result.error.issues) explain(issue, name, findings, schema)
  return undefined
}

function readText(path: string, name: string, findings: Findings): string | undefined {
  try {
    if (statSync(path).size > LARGEST) {
      return findings.add(
        name,
        '',
        `is larger than ${LARGEST / 1024} kB`,
        'Check that this is the right file.',
      )
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return findings.add(name, '', `cannot be read (${reason})`, 'Put the file there and make it readable.')
  }
}

function explain(issue: z.core.$ZodIssue, name: string, findings: Findings, schema: z.ZodType): void {
  const path = dotted(issue.path)
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      const known = keysAt(schema, issue.path)
      const near = known.find((candidate) => similar(candidate, key))
      const fix = near ? `Did you mean "${near}"?` : `Remove it. Known here: ${known.join(', ')}.`
      findings.add(name, dotted([...issue.path, key]), 'is not a known setting', fix)
    }
    return
  }
  findings.add(name, path, issue.message, fixOf(issue))
}

function fixOf(issue: z.core.$ZodIssue): string {
  const advice = 'params' in issue && issue.params ? (issue.params as { fix?: unknown }).fix : undefined
  if (typeof advice === 'string') return advice
  if (issue.code === 'invalid_type') return `Give a value of type ${issue.expected}.`
  if (issue.code === 'invalid_value') return `Use one of: ${issue.values.map(String).join(', ')}.`
  return 'Correct the value.'
}

const dotted = (path: readonly PropertyKey[]): string =>
  path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('')

/** The keys a schema knows at a path; through optional and array wrappers. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema
  const unwrap = (type: unknown): unknown => {
    const def = (type as { def?: { innerType?: unknown; in?: unknown } } | undefined)?.def
    const inner = def?.innerType ?? def?.in
    return inner ? unwrap(inner) : type
  }
  for (const part of path) {
    const type = unwrap(at) as {
      shape?: Record<string, unknown>
      element?: unknown
      def?: { valueType?: unknown }
    }
    at = typeof part === 'number' ? type?.element : (type?.shape?.[String(part)] ?? type?.def?.valueType)
  }
  return Object.keys((unwrap(at) as { shape?: object })?.shape ?? {})
}

/** At most two letters apart (Levenshtein). */
function similar(a: string, b: string): boolean {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + cost))
    }
    row = next
  }
  return (row.at(-1) ?? 9) <= 2
}
