import type { Account } from '../../domain/account.ts'
import type { Hint } from '../../domain/factor.ts'
import { folded, whyGuessable } from './guessable.ts'

/** Longer ones are no safer and cost time (NIST SP 800-63B-4, 3.1.1.2: at least 64 must be taken). */
const LONGEST = 256
/** A shorter word would stand in many a good password by chance. */
const SHORTEST_WORD = 4

/** Words an attacker tries first: those that belong to the person and to the service. */
export function contextWords({ username, email, givenName, familyName }: Account, service: string): string[] {
  const all = [username, email, email?.split('@')[0], givenName, familyName, ...service.split(/\s+/)]
  const long = all.flatMap((word) => (word && [...word].length >= SHORTEST_WORD ? [folded(word)] : []))
  return [...new Set(long)]
}

/**
 * What is wrong with a new password, if anything (NIST SP 800-63B-4, 3.1.1.2): its length, counted in characters, words
 * that are near at hand, and that it is guessed soon. No rules of composition; a name within something much longer is
 * no harm.
 */
export async function passwordProblem(
  password: string,
  least: number,
  words: readonly string[],
): Promise<Hint | undefined> {
  const length = [...password.normalize('NFC')].length
  const field = 'password'
  if (password === '') return { code: 'pw_missing', field }
  if (length < least) return { code: 'short', params: { least }, field }
  if (length > LONGEST) return { code: 'long', params: { most: LONGEST }, field }
  const plain = folded(password)
  const near = words.find((word) => plain.includes(word) && [...plain].length - [...word].length < least)
  if (near) return { code: 'near', params: { word: near }, field }
  if (new Set(plain).size < 4) return { code: 'same', field }
  const why = await whyGuessable(password.normalize('NFC'), words)
  return why && { code: why, field }
}
