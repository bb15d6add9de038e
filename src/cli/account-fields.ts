import { z } from 'zod'
import { loginName } from '../domain/account.ts'

/** A name longer than this has no room in the index over all names. */
const LONGEST_NAME = 1024

const text = (longest: number) =>
  z
    .string({ error: 'is missing or not text' })
    .trim()
    .min(1, 'is empty')
    .max(longest, `is longer than ${longest} characters`)
    .refine((value) => !/\p{Cc}/u.test(value) && value.isWellFormed(), 'contains control characters')

/** Characters that nobody sees would make two names look alike. */
const name = (longest: number) =>
  text(longest).refine((value) => {
    const bytes = Buffer.byteLength(loginName(value))
    return bytes > 0 && bytes <= LONGEST_NAME && !/\p{Cf}/u.test(value)
  }, 'is not usable as a name to sign in with')

/** An address as it may stand in a mail: one @, no blanks, a domain with a dot. */
const email = name(254).refine(
  (value) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value),
  'is not an e-mail address',
)

/** What an account may look like, in the names of a line of an import. */
export const accountFields = z.strictObject({
  username: name(128),
  email: email.exactOptional(),
  email_verified: z.boolean({ error: 'is not true or false' }).default(false),
  given_name: text(200).exactOptional(),
  family_name: text(200).exactOptional(),
  customer_number: text(64).exactOptional(),
  group: text(64),
  locale: text(35).refine(isLanguage, 'is not a language tag such as de').default('de'),
})

/** In the words of the store. Absent stays absent. */
export function toAccount(fields: z.output<typeof accountFields>) {
  const { email_verified: emailVerified, given_name, family_name, customer_number, ...rest } = fields
  return {
    ...rest,
    emailVerified,
    ...(given_name ? { givenName: given_name } : {}),
    ...(family_name ? { familyName: family_name } : {}),
    ...(customer_number ? { customerNumber: customer_number } : {}),
  }
}

/** What is wrong, key by key; values are never repeated. */
export const reasons = (error: z.ZodError): string =>
  error.issues
    .map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${issue.keys.join(', ')}`
        : [...issue.path.map(String), issue.message].join(': '),
    )
    .join('; ')

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}
