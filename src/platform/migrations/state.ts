import type { Queryable } from '../database/database.js';
import { hasJobsSchema, JOBS_MIGRATION } from '../jobs/job.schema.js';
import { knownMigrations } from './steps.js';

/** How the schema of a database stands to this version. */
export interface MigrationState {
  /** Known migrations that the database lacks, those of the job queue as one. */
  pending: string[];
  /** Those it has beyond them: a newer version's. */
  unknown: string[];
  /** Those of the unknown with which this version cannot live. */
  breaking: string[];
}

interface Done {
  name: string;
  breaking: boolean;
}

/** What ran on the database; the mark is looked at through JSON, for a version that knew no marks has no column for them. */
export async function doneMigrations(db: Queryable): Promise<Done[]> {
  const [table] = await db.query<{ exists: boolean }>({
    text: `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
  });
  if (!table?.exists) return [];
  return db.query<Done>({
    text: `SELECT name, coalesce((to_jsonb(m) ->> 'breaking')::boolean, false) AS breaking FROM migrations m ORDER BY id`,
  });
}

export async function migrationState(db: Queryable): Promise<MigrationState> {
  const done = await doneMigrations(db);
  const names = new Set(done.map(({ name }) => name));
  const own = knownMigrations.filter((name) => !names.has(name));
  const unknown = done.filter(({ name }) => !knownMigrations.includes(name));
  return {
    pending: (await hasJobsSchema(db)) ? own : [...own, JOBS_MIGRATION],
    unknown: unknown.map(({ name }) => name),
    breaking: unknown.filter(({ breaking }) => breaking).map(({ name }) => name),
  };
}
