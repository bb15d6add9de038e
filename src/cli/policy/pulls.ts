import type { Pull } from '../../domain/brake.ts'
import type { Policy } from '../../domain/policy.ts'
import { guarded } from '../../store/postgres.ts'
import { createRollouts } from '../../store/rollouts.ts'
import { explain } from '../exit.ts'
import { withDatabase } from '../open.ts'

/** The brakes that were pulled, or why they cannot be read. Asks the database only where the policy has brakes. */
export async function readPulls({ rules }: Policy): Promise<{ pulls: Pull[]; problem?: string }> {
  if (!rules.some((rule) => rule.brake)) return { pulls: [] }
  try {
    return { pulls: await withDatabase(({ pool }) => guarded(() => createRollouts(pool).pulls())) }
  } catch (error) {
    return { pulls: [], problem: explain(error).text }
  }
}
