import { z } from 'zod'
import { isKnownHash } from '../../factors/password/hash.ts'
import { passwordCredential } from '../../factors/password/index.ts'
import type { ImportLine } from '../../store/import.ts'
import { accountFields, reasons, toAccount } from '../account-fields.ts'
import { type Line, LONGEST } from './lines.ts'

/** One line: an account and the hash of its password. An id is kept, so that relying parties know the person again. */
const record = z.strictObject(
  {
    ...accountFields.shape,
    id: z
      .uuid('is not a UUID')
      .transform((id) => id.toLowerCase())
      .exactOptional(),
    password_hash: z
      .string({ error: 'is missing or not text' })
      .max(512, 'is longer than 512 characters')
      .refine(
        isKnownHash,
        'is not an argon2id, bcrypt or PBKDF2 hash of a form and cost that can be checked',
      ),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'is not a JSON object' : undefined) },
)

/** `broken`: not even JSON, as a line that was cut off. */
export type Read =
  | { as: 'account'; line: ImportLine }
  | { as: 'refusal'; reason: string; broken?: true }
  | { as: 'blank' }

/** Reasons never repeat what stands in the line. */
export function readRecord({ number, bytes, tooLong }: Line): Read {
  if (tooLong) return { as: 'refusal', reason: `is longer than ${LONGEST / 1024} kB` }
  const text = decoded(bytes)
  if (text === undefined) return { as: 'refusal', reason: 'is not UTF-8', broken: true }
  if (text.trim() === '') return { as: 'blank' }
  const json = parsed(text)
  if (json === undefined) return { as: 'refusal', reason: 'is not JSON', broken: true }
  const result = record.safeParse(json)
  if (!result.success) return { as: 'refusal', reason: reasons(result.error) }
  const { password_hash: phc, id, ...fields } = result.data
  const account = { ...toAccount(fields), ...(id ? { id } : {}) }
  return { as: 'account', line: { line: number, account, password: passwordCredential(phc) } }
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What JSON.parse says of a mistake quotes the line. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
