import type { Pool } from 'pg'

/** What all queues in the database do alike with a row that was claimed: it is done, or due again later. */
export const queue = (pool: Pool, table: 'outbox' | 'logouts') => ({
  async done(id: string): Promise<void> {
    await pool.query(`DELETE FROM ${table} WHERE id = $1`, [id])
  },
  async later(id: string, seconds: number): Promise<void> {
    const sql = `UPDATE ${table} SET due_at = now() + make_interval(secs => $2) WHERE id = $1`
    await pool.query(sql, [id, seconds])
  },
})
