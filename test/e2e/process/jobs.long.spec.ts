import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { cloneDatabase, createEmptyDatabase, type TestDatabase } from '../../support/database.js';
import { serveInstallation } from '../../support/served.js';
import {
  cleanUp,
  folder,
  freePort,
  refusedStart,
  ROOT,
  ServerProcess,
  startServer,
  until,
} from '../../support/server.js';
import { keptJobs } from '../../support/worker.js';

const PASSWORD = 'Correct-Horse-7';
const commandOf = (...words: string[]) => [process.execPath, join(ROOT, 'dist/src/cli.js'), ...words];

let database: TestDatabase;
let owner: pg.Client;
let environment: Record<string, string>;

beforeAll(async () => {
  database = await cloneDatabase();
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  environment = {
    ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, DATA_DIR: folder() },
    ...{ PORT: await freePort(), BOOTSTRAP_PASSWORD: PASSWORD },
  };
});
afterAll(async () => {
  await cleanUp();
  await owner.end();
  await database.drop();
});
beforeEach(() => owner.query('DELETE FROM graphile_worker._private_jobs'));

/** A process that runs jobs and does not serve. */
async function startWorker(variables = environment): Promise<ServerProcess> {
  const worker = new ServerProcess(variables, { command: commandOf('worker') });
  await until(() => worker.hasEnded || worker.logged.some(({ msg }) => msg === 'running jobs'), 25_000);
  return worker;
}

/** Of the jobs that these tests add; those of each minute come and go beside them. */
const done = (worker: ServerProcess) =>
  worker.logged.filter(({ msg, task }) => msg === 'job done' && task === 'jobs.housekeeping');
const lockedAttempts = async () =>
  (await keptJobs(owner)).filter(({ is_locked }) => is_locked).map(({ attempts }) => attempts);

/** A job that waits until it is let go: the housekeeping, whose old failed job we hold. */
async function holdJob(): Promise<() => Promise<void>> {
  await owner.query(`SELECT graphile_worker.add_job('test.old', max_attempts := 1)`);
  await owner.query(
    `UPDATE graphile_worker._private_jobs SET attempts = 1, updated_at = now() - interval '40 days'`,
  );
  const holder = new pg.Client({ connectionString: database.ownerUrl });
  await holder.connect();
  await holder.query('BEGIN; SELECT FROM graphile_worker._private_jobs FOR UPDATE');
  await owner.query(`SELECT graphile_worker.add_job('jobs.housekeeping')`);
  return () => holder.end();
}

describe('frontdesk worker', () => {
  test('SIGTERM: the running job is finished, no other is begun, and it ends with 0', async () => {
    const letGo = await holdJob();
    const worker = await startWorker();
    await until(async () => (await lockedAttempts()).length === 1);
    const ended = worker.stop();
    await delay(500);
    await owner.query(`SELECT graphile_worker.add_job('jobs.housekeeping')`);
    await delay(500);
    expect(worker.hasEnded).toBe(false);
    await letGo();
    expect(await ended).toMatchObject({ code: 0 });
    expect(worker.stderr).toBe('');
    expect(done(worker)).toEqual([expect.objectContaining({ task: 'jobs.housekeeping', attempt: 1 })]);
    expect((await keptJobs(owner)).map(({ task, attempts }) => [task, attempts])).toEqual([
      ['jobs.housekeeping', 0],
    ]);
  }, 60_000);

  test('kill -9: another runs its job again within a minute', async () => {
    const letGo = await holdJob();
    const victim = await startWorker();
    await until(async () => (await lockedAttempts()).join() === '1');
    await victim.stop('SIGKILL');
    const began = performance.now();
    const heirs = [await startWorker(), await startWorker()];
    await until(async () => (await lockedAttempts()).join() === '2', 60_000);
    expect(performance.now() - began).toBeLessThan(60_000);
    await letGo();
    await until(() => heirs.some((heir) => done(heir).length > 0));
    expect(heirs.flatMap(done)).toEqual([expect.objectContaining({ attempt: 2 })]);
    for (const heir of heirs) expect(await heir.stop()).toMatchObject({ code: 0 });
  }, 90_000);

  test('is refused while a migration is pending', async () => {
    const empty = await createEmptyDatabase();
    const { code, lines } = await refusedStart(
      { ...environment, DATABASE_URL: empty.appUrl, DATABASE_OWNER_URL: empty.ownerUrl },
      { command: commandOf('worker') },
    );
    await empty.drop();
    expect([code, lines]).toEqual([
      1,
      [expect.stringMatching(/^frontdesk: The database lacks .*frontdesk migrate$/)],
    ]);
  }, 60_000);

  test('works beside a server that brings its own PostgreSQL', async () => {
    const own = { DATA_DIR: folder(), PORT: await freePort(), BOOTSTRAP_PASSWORD: PASSWORD };
    const server = await startServer(own);
    const worker = await startWorker(own);
    expect(worker.hasEnded).toBe(false);
    expect(await worker.stop()).toMatchObject({ code: 0 });
    expect(await server.stop()).toMatchObject({ code: 0 });
  }, 60_000);
});

describe('frontdesk serve', () => {
  test.each([
    [['serve'], false],
    [['serve', '--with-worker'], true],
  ])(
    '%j: jobs are run: %s, and reported',
    async (words, runs) => {
      const server = await startServer(environment, { command: commandOf(...words) });
      await owner.query(
        `SELECT graphile_worker.add_job('test.unknown', max_attempts := 1, run_at := now() - interval '90 seconds')`,
      );
      await owner.query(`SELECT graphile_worker.add_job('jobs.housekeeping')`);
      if (runs) await until(() => done(server).length === 1);
      else await delay(2_500);
      expect(done(server)).toHaveLength(runs ? 1 : 0);
      const { status, body } = await server.call('GET', '/health/ready');
      const { jobs } = body.checks as { jobs: { lag_seconds: number; failed: number } };
      expect([status, body.status, jobs.failed]).toEqual([200, 'ok', 0]);
      expect(jobs.lag_seconds).toBeGreaterThan(89);
      const { text } = await server.call('GET', '/metrics');
      expect(text).toMatch(/^jobs_lag_seconds 9\d/m);
      expect(text.includes('job_attempts_total{task="jobs.housekeeping",result="done"} 1')).toBe(runs);
      expect(await server.stop()).toMatchObject({ code: 0 });
    },
    60_000,
  );
});

test('after a restart of PostgreSQL, under a job, jobs run again within 5 s', async () => {
  const served = await serveInstallation(1);
  try {
    const holder = await served.connect();
    holder.on('error', () => undefined); // It ends with the server.
    await served.sql(`SELECT graphile_worker.add_job('test.old', max_attempts := 1)`);
    await served.sql(
      `UPDATE graphile_worker._private_jobs SET attempts = 1, updated_at = now() - interval '40 days'`,
    );
    await holder.query('BEGIN; SELECT FROM graphile_worker._private_jobs FOR UPDATE');
    const add = () => served.sql(`SELECT graphile_worker.add_job('jobs.housekeeping')`);
    await add();
    const locked = () => served.sql('SELECT FROM graphile_worker._private_jobs WHERE locked_at IS NOT NULL');
    await until(async () => (await locked()).length === 1);
    await served.stopDatabase();
    await delay(3_000);
    await served.startDatabase();
    await add();
    const count = () => served.processes[0]?.lines.filter((line) => line.includes('"job done"')).length;
    await until(() => (count() ?? 0) >= 1, 5_000);
    // And the one that was under way, whose worker had to be given up.
    await until(() => count() === 2, 60_000);
    expect(served.processes[0]?.lives()).toBe(true);
  } finally {
    await served.close();
  }
}, 120_000);
