import pg from 'pg';

/** Row counts of all tables, the job queue's too, and the last value of every identity: equal before and after when nothing was written. */
export async function writtenState(ownerUrl: string): Promise<Record<string, number | null>> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const state: Record<string, number | null> = {};
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE relkind = 'r' AND nspname IN ('public', 'graphile_worker') ORDER BY 1`,
    );
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${name}`);
      state[name] = Number(rows[0]?.count);
    }
    const sequences = await client.query<{ name: string; last: string | null }>(
      `SELECT format('%I.%I', schemaname, sequencename) AS name, last_value AS last FROM pg_sequences
       WHERE schemaname IN ('public', 'graphile_worker') ORDER BY 1`,
    );
    for (const { name, last } of sequences.rows) state[name] = last === null ? null : Number(last);
    return state;
  } finally {
    await client.end();
  }
}
