import pg from 'pg';

/** Locks tickets, so that every request for them waits until `release`, or for the 5 s that a statement may take. */
export async function holdTickets(
  ownerUrl: string,
): Promise<{ release: () => Promise<void>; waiting: () => Promise<number> }> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  await client.query('BEGIN; LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE');
  return {
    release: () => client.end(),
    waiting: async () => {
      const { rows } = await client.query<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted AND relation = 'tickets'::regclass`,
      );
      return rows[0]?.waiting ?? 0;
    },
  };
}
