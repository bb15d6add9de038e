import { readFileSync, statSync } from 'node:fs'
import { type Document, parseDocument } from 'yaml'
import type { z } from 'zod'
import { explain } from './explain.ts'
import { codeOf, type Findings } from './findings.ts'

const LARGEST = 256 * 1024

/** Reads one YAML file and checks it against its schema. Every mistake becomes a finding; undefined if any. */
export function readYaml<T extends z.ZodType>(path: string, name: string, schema: T, findings: Findings) {
  const text = readText(path, name, findings)
  if (text === undefined) return undefined
  const document = parseDocument(text, { uniqueKeys: true, merge: false })
  // What is only a warning to the library, such as an unknown tag, is a mistake here.
  const mistakes = [...document.errors, ...document.warnings]
  for (const { message, linePos } of mistakes) {
    const [first = ''] = message.split('\n')
    const place = linePos ? `line ${linePos[0].line}` : ''
    findings.add(name, place, first, 'Correct the YAML syntax at this place.')
  }
  if (mistakes.length > 0) return undefined
  const value = toValue(document, name, findings)
  if (value === undefined) return undefined
  const result = schema.safeParse(value)
  if (result.success) return result.data as z.output<T>
  for (const issue of result.error.issues) explain(issue, name, findings, schema)
  return undefined
}

/** Aliases are followed here: to nowhere, or too often. */
function toValue(document: Document.Parsed, name: string, findings: Findings): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 }) ?? {}
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return findings.add(name, '', reason, 'Write the value out at each place.')
  }
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
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return findings.add(name, '', 'is not UTF-8', 'Save it in UTF-8.')
    return findings.add(name, '', `cannot be read (${code})`, `Put it at ${path} and make it readable.`)
  }
}
