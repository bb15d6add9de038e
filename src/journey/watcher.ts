import type { FactorId } from '../domain/factor.ts'
import type { Outcome } from './answer.ts'
import type { Passage } from './passage.ts'
import type { Prompt } from './prompt.ts'

export type { Outcome, Passage, Prompt }

/** Hears what becomes of logins. It returns at once and never throws: no login waits for it or fails by it. */
export interface Watcher {
  /** A set-up page is shown, or is not. */
  prompted(prompt: Prompt, passage: Passage): void
  /** Someone has answered; the passage is as it was before. */
  answered(passage: Passage, factor: FactorId, outcome: Outcome): void
  completed(passage: Passage): void
  /** Nothing leads on, which is shown; or the person broke off. */
  ended(passage: Passage): void
}
