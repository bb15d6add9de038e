import type { z } from 'zod'
import type { Findings } from './findings.ts'

/** Adds what a schema found wrong at one place, in plain words and with what helps. */
export function explain(issue: z.core.$ZodIssue, file: string, findings: Findings, schema: z.ZodType): void {
  if (issue.code !== 'unrecognized_keys') {
    const [reason, fix] = inWords(issue)
    findings.add(file, dotted(issue.path), reason, fix)
    return
  }
  for (const key of issue.keys) {
    const known = keysAt(schema, issue.path)
    const near = known.find((candidate) => similar(candidate, key))
    const fix = near ? `Did you mean "${near}"?` : `Remove it. Known here: ${known.join(', ')}.`
    findings.add(file, dotted([...issue.path, key]), 'is not a known setting', fix)
  }
}

const TYPES: Record<string, string> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
}

function inWords(issue: z.core.$ZodIssue): [reason: string, fix: string] {
  switch (issue.code) {
    case 'invalid_type': {
      const type = TYPES[issue.expected] ?? issue.expected
      const missing = issue.message.endsWith('received undefined')
      return missing ? ['is missing', `Add it: ${type}.`] : [`is not ${type}`, `Give ${type} here.`]
    }
    case 'invalid_value':
      return ['is not a known value', `Use one of: ${issue.values.map(String).join(', ')}.`]
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? ['is too small', `Use ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}.`]
        : ['is empty', 'Fill it in, or remove the key.']
    case 'too_big':
      return ['is too large', `Use at most ${issue.maximum}.`]
    case 'invalid_format':
      return [
        'is not of the form it must have',
        `Write what matches ${'pattern' in issue ? issue.pattern : issue.format}.`,
      ]
    case 'invalid_key': {
      const [inner] = issue.issues
      return inner ? inWords(inner) : ['is not a possible key', 'Correct the key.']
    }
    case 'custom':
      return [issue.message, String(issue.params?.fix ?? 'Correct the value.')]
    default:
      return [issue.message, 'Correct the value.']
  }
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
