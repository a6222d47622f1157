import { expect } from '@jest/globals';
import type { Queryable } from '../../../src/platform/database/database.js';

/** Counts guesses, so a refused sign-in must write here. */
const COUNTERS = 'sign_in_limits';

/** Refused sign-ins are audited: the only row that a refusal leaves. */
const CONDITION: Record<string, string> = { audit: `WHERE action <> 'session.refused'` };

interface Content {
  rows: number;
  last: string | null;
  digest: string | null;
}

/** Number of rows, last id and a digest of every table, and of the jobs. */
async function contentOf(db: Queryable): Promise<Record<string, Content>> {
  const tables = await db.query<{ name: string }>({
    text: `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> $1
           UNION ALL SELECT 'graphile_worker.jobs' ORDER BY 1`,
    values: [COUNTERS],
  });
  const parts = tables.map(
    ({ name }) => `SELECT '${name}' AS name, count(*) AS rows, max(to_jsonb(t)->>'id') AS last,
      md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) AS digest FROM ${name} t ${CONDITION[name] ?? ''}`,
  );
  const found = await db.query<Content & { name: string }>({ text: parts.join(' UNION ALL ') });
  return Object.fromEntries(found.map(({ name, ...content }) => [name, content]));
}

/** Does the work and asserts that it left every table as it was. */
export async function untouched<T>(db: Queryable, work: () => Promise<T>): Promise<T> {
  const before = await contentOf(db);
  const result = await work();
  expect(await contentOf(db)).toEqual(before);
  return result;
}
