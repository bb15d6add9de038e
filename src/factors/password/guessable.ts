import type { ZxcvbnFactory } from '@zxcvbn-ts/core'

/** Longer ones are only looked up: the time the estimate takes grows with the square of the length. */
const LONGEST_ESTIMATED = 24
/** A shorter word can be no password here. */
const SHORTEST = 8
/** Of 0 to 4. What is worth less is found with fewer than a million guesses. */
const LEAST_SCORE = 2

/** What is easy about a password, as the pages say it; the warnings of the estimate, several under one name. */
const REASONS = {
  topTen: 'common',
  topHundred: 'common',
  common: 'common',
  similarToCommon: 'common',
  pwned: 'common',
  wordByItself: 'word',
  commonNames: 'name',
  namesByThemselves: 'name',
  straightRow: 'keys',
  keyPattern: 'keys',
  simpleRepeat: 'repeat',
  extendedRepeat: 'repeat',
  sequences: 'sequence',
  recentYears: 'date',
  dates: 'date',
  userInputs: 'own',
} as const
type Reason = (typeof REASONS)[keyof typeof REASONS] | 'weak'

interface Known {
  words: ReadonlySet<string>
  estimate: ZxcvbnFactory
}

/**
 * Why attackers would guess it soon, if they would: it stands in the lists of common and breached passwords, words and
 * names (NIST SP 800-63B-4, 3.1.1.2: the blocklist), or differs little from what stands there. `words` are the
 * person's own.
 */
export async function whyGuessable(password: string, words: readonly string[]): Promise<Reason | undefined> {
  const { words: listed, estimate } = await known()
  const found = listed.has(folded(password))
  if ([...password].length > LONGEST_ESTIMATED) return found ? 'common' : undefined
  const { score, feedback } = estimate.check(password, [...words])
  if (!found && score >= LEAST_SCORE) return undefined
  return feedback.warning ? REASONS[feedback.warning as keyof typeof REASONS] : found ? 'common' : 'weak'
}

export const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

let loading: Promise<Known> | undefined

/** Read when the first password is set: most processes never need them. */
function known(): Promise<Known> {
  loading ??= load()
  return loading
}

async function load(): Promise<Known> {
  const [{ ZxcvbnFactory }, common, de, en] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-de'),
    import('@zxcvbn-ts/language-en'),
  ])
  const dictionary = { ...common.dictionary, ...de.dictionary, ...en.dictionary }
  const words = Object.values(dictionary)
    .flat()
    .filter((word) => word.length >= SHORTEST)
  return {
    words: new Set(words.map(folded)),
    estimate: new ZxcvbnFactory({ dictionary, graphs: common.adjacencyGraphs }),
  }
}
