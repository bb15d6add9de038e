import type { Pool } from 'pg'
import type { Endings } from '../domain/brake.ts'
import type { RolloutCount, Rollouts } from '../journey/ports.ts'
import { auditInsert } from './audit.ts'

type Sum = Omit<RolloutCount, 'hour'>

/** Milliseconds as a timestamp; what was never released was so at the beginning of time. */
const instant = (ms: number): Date => new Date(Math.max(ms, 0))

export function createRollouts(pool: Pool): Rollouts {
  return {
    async add(counts) {
      const column = (of: (count: RolloutCount) => unknown): unknown[] => counts.map(of)
      // In one order, so that two instances never wait for each other.
      await pool.query(
        `INSERT INTO rollout_counts AS c (rule, stage, hour, "group", what, detail, n)
         SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::bigint[])
           AS added (rule, stage, hour, "group", what, detail, n)
         ORDER BY rule, stage, hour, "group", what, detail
         ON CONFLICT (rule, stage, hour, "group", what, detail) DO UPDATE SET n = c.n + excluded.n`,
        [
          column((c) => c.rule),
          column((c) => c.stage),
          column((c) => instant(c.hour)),
          column((c) => c.group),
          column((c) => c.what),
          column((c) => c.detail),
          column((c) => c.n),
        ],
      )
    },

    async sums(since) {
      const { rows } = await pool.query<Sum>(
        `SELECT rule, stage, "group", what, detail, sum(n)::float8 AS n FROM rollout_counts
         WHERE hour >= $1 GROUP BY rule, stage, "group", what, detail`,
        [instant(since)],
      )
      return rows
    },

    async endings({ rule, stage, since }) {
      const { rows } = await pool.query<Endings>(
        `SELECT coalesce(sum(n) FILTER (WHERE what = 'enrolled'), 0)::float8 AS enrolled,
                coalesce(sum(n) FILTER (WHERE what = 'stuck'), 0)::float8 AS stuck
         FROM rollout_counts WHERE rule = $1 AND stage = $2 AND hour >= $3`,
        [rule, stage, instant(since)],
      )
      return rows[0] ?? { enrolled: 0, stuck: 0 }
    },

    async pulls() {
      const { rows } = await pool.query<{ rule: string; pulled_at: Date }>(
        'SELECT rule, pulled_at FROM brakes',
      )
      return rows.map(({ rule, pulled_at }) => ({ rule, at: pulled_at.getTime() }))
    },

    async pull({ rule, at }, released, event) {
      const audit = auditInsert(event, 4, 'FROM pulled')
      const { rowCount } = await pool.query(
        `WITH pulled AS (
           INSERT INTO brakes (rule, released, pulled_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING rule)
         ${audit.sql}`,
        [rule, instant(released), new Date(at), ...audit.values],
      )
      return rowCount === 1
    },
  }
}
