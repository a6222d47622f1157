import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { MIGRATE } from '../database/connected.js';
import { createDataSource } from '../database/data-source.js';
import type { Queryable } from '../database/database.js';
import { StartupError } from '../errors/startup-error.js';
import { hasJobsSchema, JOBS_MIGRATION, migrateJobs, rightsOnJobs } from '../jobs/job.schema.js';
import { servesMeanwhile } from './breaking.js';
import { doneMigrations } from './state.js';
import { type MigrationStep, steps } from './steps.js';

const MIGRATION_LOCK = 20251000;
const LOCK_EVERY_MS = 100;

interface Owner {
  ownerUrl: string;
  appUrl: string;
}

/** As TypeORM made it for 0.1.0, by another name of the key; and whether a step is breaking beside it. */
const MIGRATIONS_TABLE = `
  CREATE TABLE IF NOT EXISTS migrations (
    id serial CONSTRAINT migrations_pkey PRIMARY KEY,
    "timestamp" bigint NOT NULL,
    name varchar NOT NULL
  );
  ALTER TABLE migrations ADD COLUMN IF NOT EXISTS breaking boolean NOT NULL DEFAULT false;
  DO $$ BEGIN
    ALTER TABLE migrations RENAME CONSTRAINT "PK_8c82d7f526340ab734260ea46be" TO migrations_pkey;
  EXCEPTION WHEN undefined_object THEN NULL;
  END $$;
`;

/**
 * One process migrates, and the others ask again and again: a statement that waits has a snapshot, and an index that is
 * built concurrently would wait for its end.
 */
async function lock(runner: QueryRunner): Promise<void> {
  for (;;) {
    const [row] = (await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK])) as [
      { locked: boolean },
    ];
    if (row.locked) return;
    await delay(LOCK_EVERY_MS);
  }
}

async function asOwner<T>({ ownerUrl }: Owner, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const dataSource = createDataSource({
    url: ownerUrl,
    applicationName: MIGRATE,
    poolSize: 2,
    statementTimeout: 0,
    onIdleError: () => undefined, // A lost connection fails the statement that needs it.
  });
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  try {
    await lock(runner);
    return await work(runner);
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

const queryableOf = (runner: QueryRunner): Queryable => ({
  query: ({ text, values }) => runner.query(text, values),
});

/** @throws StartupError while an older release serves that could not live with what is pending. */
async function assertNobodyServes(runner: QueryRunner, pending: string[]): Promise<void> {
  const reason = await servesMeanwhile(queryableOf(runner), pending);
  if (reason !== undefined) throw new StartupError(`The migration waits, for ${reason}.`);
}

/** Does a step and what remembers it: in one transaction, unless the step says that it stands outside. */
async function inItsWay(
  runner: QueryRunner,
  { transaction }: MigrationInterface,
  work: () => Promise<void>,
): Promise<void> {
  if (transaction === false) return work();
  await runner.startTransaction();
  try {
    await work();
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction();
    throw error;
  }
}

function runStep(runner: QueryRunner, Step: MigrationStep, isInstalled: boolean): Promise<void> {
  const step = new Step();
  return inItsWay(runner, step, async () => {
    await step.up(runner);
    await runner.query('INSERT INTO migrations ("timestamp", name, breaking) VALUES ($1, $2, $3)', [
      Number(Step.name.slice(-13)),
      Step.name,
      Step.breaking ?? false,
    ]);
    // An instance that came meanwhile is told of in time, too.
    if (isInstalled && step.transaction !== false) await assertNobodyServes(runner, [Step.name]);
  });
}

async function runPending(runner: QueryRunner): Promise<string[]> {
  await runner.query(MIGRATIONS_TABLE);
  const before = new Set((await doneMigrations(queryableOf(runner))).map(({ name }) => name));
  const pending = steps.filter(({ name }) => !before.has(name));
  const isInstalled = before.size > 0;
  if (isInstalled)
    await assertNobodyServes(
      runner,
      pending.map(({ name }) => name),
    );
  const done: string[] = [];
  for (const step of pending) {
    try {
      await runStep(runner, step, isInstalled);
    } catch (error) {
      if (error instanceof StartupError) throw error;
      const others = done.length === 0 ? '' : ` ${done.length} migrations before it are done.`;
      const left =
        new step().transaction === false ? 'is tried again by the next run' : 'left nothing behind';
      throw new StartupError(
        `The migration ${step.name} failed and ${left}.${others} ${(error as Error).message}`,
        { cause: error },
      );
    }
    done.push(step.name);
  }
  return done;
}

/**
 * Brings the schema up to date, step by step, and then the job queue's, and gives the application's role its rights.
 * @returns names of the migrations that ran.
 * @throws StartupError naming the migration that failed; those before it are done.
 */
export const migrate = (server: Owner): Promise<string[]> =>
  asOwner(server, async (runner) => {
    const done = await runPending(runner);
    if (!(await hasJobsSchema(queryableOf(runner)))) {
      await migrateJobs((runner.dataSource.driver as PostgresDriver).master as Pool);
      done.push(JOBS_MIGRATION);
    }
    await grantRights(runner, server);
    return done;
  });

/**
 * Takes the newest migration back; the job queue's stay, with the jobs that wait.
 * @param options.refuseBreaking throws a StartupError when it is one with which no release before it can live: what it
 * renamed or removed cannot be had back for an installation that people have worked with since.
 * @returns its name, or undefined when there was none.
 */
export const migrateDown = (server: Owner, { refuseBreaking = false } = {}): Promise<string | undefined> =>
  asOwner(server, async (runner) => {
    const newest = (await doneMigrations(queryableOf(runner))).at(-1);
    if (newest === undefined) return undefined;
    const Step = steps.find(({ name }) => name === newest.name);
    if (Step === undefined)
      throw new StartupError(`${newest.name} is of a newer version: take it back with that one.`);
    if (Step.breaking && refuseBreaking)
      throw new StartupError(
        `${Step.name} is not taken back, for no release before it can live with what was written since. The way back is to ` +
          `restore the backup that the update has made: see "When everything must be stopped" in deploy/README.md.`,
      );
    const step = new Step();
    await inItsWay(runner, step, async () => {
      await step.down(runner);
      await runner.query('DELETE FROM migrations WHERE name = $1', [Step.name]);
    });
    return Step.name;
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
    REVOKE UPDATE, DELETE, TRUNCATE ON audit, audit_values FROM ${app.name};
    GRANT EXECUTE ON FUNCTION redact_audit(text, text, text[]) TO ${app.name};
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
