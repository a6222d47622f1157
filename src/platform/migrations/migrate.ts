import type { Pool } from 'pg';
import type { QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { createDataSource } from '../database/data-source.js';
import { migrations } from '../../../migrations/index.js';
import { StartupError } from '../errors/startup-error.js';
import { hasJobsSchema, JOBS_MIGRATION, migrateJobs, rightsOnJobs } from '../jobs/job.schema.js';
import type { Queryable } from '../database/database.js';

const MIGRATION_LOCK = 20251000;

/** Names of the migrations this version knows, in order. */
export const knownMigrations = migrations.map((migration) => migration.name);

interface Owner {
  ownerUrl: string;
  appUrl: string;
}

/** Which known migrations the database lacks, those of the job queue as one; those it has beyond them are a newer version's. */
export async function migrationState(db: Queryable): Promise<{ pending: string[]; unknown: string[] }> {
  const [table] = await db.query<{ exists: boolean }>({
    text: `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
  });
  const rows = table?.exists ? await db.query<{ name: string }>({ text: 'SELECT name FROM migrations' }) : [];
  const done = new Set(rows.map(({ name }) => name));
  const own = knownMigrations.filter((name) => !done.has(name));
  return {
    pending: (await hasJobsSchema(db)) ? own : [...own, JOBS_MIGRATION],
    unknown: [...done].filter((name) => !knownMigrations.includes(name)),
  };
}

async function asOwner<T>({ ownerUrl }: Owner, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const dataSource = createDataSource({
    url: ownerUrl,
    applicationName: 'frontdesk migrate',
    poolSize: 2,
    statementTimeout: 0,
    migrations,
    onIdleError: () => undefined, // A lost connection fails the statement that needs it.
  });
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await work(runner);
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

/**
 * Brings the schema up to date in one transaction and then the job queue's, and gives the application's role its rights.
 * @returns names of the migrations that ran.
 * @throws StartupError naming the migration that failed; the database is then as it was.
 */
export const migrate = (server: Owner): Promise<string[]> =>
  asOwner(server, async (runner) => {
    let done: string[];
    try {
      done = (await runner.dataSource.runMigrations({ transaction: 'all' })).map(({ name }) => name);
    } catch (error) {
      throw new StartupError(
        `A migration failed, and the database is as it was before: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    if (!(await hasJobsSchema(queryableOf(runner)))) {
      await migrateJobs((runner.dataSource.driver as PostgresDriver).master as Pool);
      done.push(JOBS_MIGRATION);
    }
    await grantRights(runner, server);
    return done;
  });

const queryableOf = (runner: QueryRunner): Queryable => ({
  query: ({ text, values }) => runner.query(text, values),
});

/** Takes the newest migration back; the job queue's stay, with the jobs that wait. @returns its name, or undefined when there was none. */
export const migrateDown = (server: Owner): Promise<string | undefined> =>
  asOwner(server, async (runner) => {
    const before = (await runner.query('SELECT name FROM migrations ORDER BY id DESC LIMIT 1')) as {
      name: string;
    }[];
    if (before[0] === undefined) return undefined;
    await runner.dataSource.undoLastMigration({ transaction: 'all' });
    return before[0].name;
  });

/** With a role of its own the application may read and write rows, but neither change the schema nor the past. */
async function grantRights(runner: QueryRunner, { ownerUrl, appUrl }: Owner): Promise<void> {
  if (ownerUrl === appUrl) return;
  const [app] = (await runner.query('SELECT quote_ident($1) AS name', [roleOf(appUrl)])) as [
    { name: string },
  ];
  await runner.query(`
    GRANT USAGE ON SCHEMA public TO ${app.name};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${app.name};
    REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM ${app.name};
    REVOKE INSERT, UPDATE, DELETE ON migrations FROM ${app.name};
    ${rightsOnJobs(app.name)}
  `);
}

function roleOf(url: string): string {
  const parsed = new URL(url.replace(/^postgres(ql)?:\/\/(?=\/)/, 'postgres://localhost'));
  const role = parsed.searchParams.get('user') ?? decodeURIComponent(parsed.username);
  if (role === '')
    throw new StartupError('DATABASE_URL names no user: with DATABASE_OWNER_URL both must name their role.');
  return role;
}
