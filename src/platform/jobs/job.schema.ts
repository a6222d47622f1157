import type { Pool } from 'pg';
import { StartupError } from '../errors/startup-error.js';
import type { Queryable } from '../database/database.js';

/** Of the queue's own tables. */
export const SCHEMA = 'graphile_worker';

/** The newest migration that the package brings; known here, so that it is loaded only where it is needed. */
export const NEWEST = 20;

/** How what the package migrates is called in the list of migrations. */
export const JOBS_MIGRATION = `${SCHEMA}-${NEWEST}`;

/** Whether the queue's tables are there, and as new as this version needs them. */
export async function hasJobsSchema(db: Queryable): Promise<boolean> {
  const [table] = await db.query<{ exists: boolean }>({
    text: `SELECT to_regclass('${SCHEMA}.migrations') IS NOT NULL AS exists`,
  });
  if (!table?.exists) return false;
  const [row] = await db.query<{ newest: number | null }>({
    text: `SELECT max(id) AS newest FROM ${SCHEMA}.migrations`,
  });
  return (row?.newest ?? 0) >= NEWEST;
}

/** As the package would begin, which looks for the table first and so leaves an error in the server's log. */
const FIRST = `
  CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
  CREATE TABLE IF NOT EXISTS ${SCHEMA}.migrations (id int PRIMARY KEY, ts timestamptz DEFAULT now() NOT NULL);
  ALTER TABLE ${SCHEMA}.migrations ADD COLUMN IF NOT EXISTS breaking boolean NOT NULL DEFAULT false;
`;

/**
 * Makes or renews the queue's tables as the owner of the schema; each step is a transaction of its own.
 * @throws StartupError saying what PostgreSQL refused.
 */
export async function migrateJobs(pool: Pool): Promise<void> {
  const { Logger, runMigrations } = await import('graphile-worker');
  if (pool.listenerCount('connect') === 0) pool.on('connect', () => undefined);
  try {
    await pool.query(FIRST);
    await runMigrations({ pgPool: pool, schema: SCHEMA, logger: new Logger(() => () => undefined) });
  } catch (error) {
    throw new StartupError(
      `The tables of the job queue could not be made: ${(error as Error).message}. The role of DATABASE_OWNER_URL needs ` +
        `the right to make a schema: GRANT CREATE ON DATABASE ... TO ...`,
      { cause: error },
    );
  }
}

/**
 * What lets the application enqueue and work: the tables have row level security on and no policy of their own.
 * @param app name of the application's role, quoted where it must be.
 */
export const rightsOnJobs = (app: string): string => `
  GRANT USAGE ON SCHEMA ${SCHEMA} TO ${app};
  GRANT SELECT ON ALL TABLES IN SCHEMA ${SCHEMA} TO ${app};
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${SCHEMA} TO ${app};
  DO $rights$ DECLARE app regrole := $app$${app}$app$; secured regclass; BEGIN
    FOR secured IN SELECT oid FROM pg_class WHERE relnamespace = '${SCHEMA}'::regnamespace AND relrowsecurity LOOP
      EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO %s', secured, app);
      -- Only where it is missing: it would wait for whoever uses the table.
      CONTINUE WHEN EXISTS (SELECT FROM pg_policy WHERE polrelid = secured AND polname = 'application'
                            AND app = ANY (polroles));
      EXECUTE format('DROP POLICY IF EXISTS application ON %s', secured);
      EXECUTE format('CREATE POLICY application ON %s TO %s USING (true)', secured, app);
    END LOOP;
  END $rights$;
`;
