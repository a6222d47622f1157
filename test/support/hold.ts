import pg from 'pg';

/** Locks a table, so that every request for it waits until `release`, or for the 5 s that a statement may take. */
export async function holdTable(
  ownerUrl: string,
  table: string,
): Promise<{ release: () => Promise<void>; waiting: () => Promise<number> }> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return {
    release: () => client.end(),
    /** How many wait, for the table or for whoever waits for it. */
    waiting: async () => {
      // Else a transaction sees the sessions that there were when it first asked.
      await client.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await client.query<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM pg_locks
         WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`,
      );
      return rows[0]?.waiting ?? 0;
    },
  };
}
