import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { configureLog } from '../../src/platform/log/log.js';
import { enqueue } from '../../src/platform/jobs/enqueue.js';
import { task } from '../../src/platform/jobs/task.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/server.js';
import { keptJobs, openWorker, type TestWorker } from '../support/worker.js';

const NOTE = task('test.note', z.object({ n: z.int() }));
const TICK = task('test.tick', z.strictObject({ of: z.string() }));

let db: TestDatabase;
let owner: pg.Client;
let one: TestWorker;
let two: TestWorker;

beforeAll(async () => {
  configureLog('silent', 'test');
  db = await cloneDatabase();
  owner = new pg.Client({ connectionString: db.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await db.drop();
});
beforeEach(async () => {
  await owner.query('DELETE FROM graphile_worker._private_jobs');
  [one, two] = [await openWorker(db), await openWorker(db)];
});
afterEach(async () => {
  await Promise.all([one.close(), two.close()]);
});

const add = (n: number) =>
  two.database.transaction(async (tx) => {
    await Promise.resolve();
    enqueue(tx, NOTE, { n });
  });

/** Ends every connection of the workers, those in use too; as their own role, which may. */
async function cutConnections(): Promise<void> {
  const client = new pg.Client({ connectionString: db.appUrl });
  await client.connect();
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'test'`,
  );
  await client.end();
}

describe('recurring work', () => {
  it('is enqueued once at each tick, however many workers run', async () => {
    const ran: string[] = [];
    for (const { handlers } of [one, two]) {
      handlers.register(TICK, ({ of }) => void ran.push(of));
      handlers.every('* * * * *', TICK, { of: 'a minute' });
    }
    // Just before the minute that has begun, so that its tick comes now and not in up to a minute.
    const minute = Math.floor(Date.now() / 60_000) * 60_000;
    jest.useFakeTimers({
      now: minute - 1_500,
      advanceTimers: true,
      doNotFake: ['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
    });
    try {
      for (const { worker } of [one, two]) worker.start();
      await until(() => ran.length > 0);
      await delay(1_000);
    } finally {
      jest.useRealTimers();
    }
    expect(ran).toEqual(['a minute']);
    const { rows } = await owner.query(
      'SELECT identifier, last_execution FROM graphile_worker._private_known_crontabs',
    );
    expect(rows).toEqual([
      { identifier: 'test.tick', last_execution: new Date(minute).toISOString().replace('.000', '') },
    ]);
  });
});

describe('a worker', () => {
  it('works again after its connections were cut, idle or at work', async () => {
    const ran: number[] = [];
    let release = Promise.withResolvers<void>();
    one.handlers.register(NOTE, async ({ n }) => {
      ran.push(n);
      await release.promise;
    });
    one.worker.start();
    await add(1);
    await until(() => ran.length === 1);
    await cutConnections();
    release.resolve();
    await until(async () => (await keptJobs(owner)).length === 0, 5_000);
    await cutConnections();
    release = Promise.withResolvers();
    release.resolve();
    await until(() =>
      add(2).then(
        () => true,
        () => false,
      ),
    );
    await until(async () => ran.includes(2) && (await keptJobs(owner)).length === 0, 5_000);
    expect(ran).toEqual([1, 2]);
  });

  it('does not repeat a job whose end it could not tell the database', async () => {
    const ran: number[] = [];
    const release = Promise.withResolvers<void>();
    one.handlers.register(NOTE, async ({ n }) => {
      ran.push(n);
      await release.promise;
    });
    one.worker.start();
    await add(1);
    await until(() => ran.length === 1);
    const holder = new pg.Client({ connectionString: db.ownerUrl });
    await holder.connect();
    await holder.query('BEGIN; SELECT FROM graphile_worker._private_jobs FOR UPDATE');
    release.resolve();
    const stuck = `SELECT FROM pg_stat_activity WHERE application_name = 'test' AND wait_event_type = 'Lock'`;
    await until(async () => (await two.database.query({ text: stuck })).length === 1);
    await cutConnections();
    await delay(200);
    await holder.end();
    await until(async () => (await keptJobs(owner)).length === 0, 5_000);
    await add(2);
    await until(() => ran.includes(2), 5_000);
    expect(ran).toEqual([1, 2]);
  });

  it('lets go of a job that it was given without hearing of it', async () => {
    const ran: number[] = [];
    const release = Promise.withResolvers<void>();
    one.handlers.register(NOTE, async ({ n }) => {
      ran.push(n);
      await release.promise;
    });
    one.worker.start();
    await add(1);
    await until(() => ran.length === 1);
    await owner.query(
      `WITH known AS (SELECT locked_by, task_id FROM graphile_worker._private_jobs)
       INSERT INTO graphile_worker._private_jobs (task_id, payload, attempts, locked_at, locked_by)
       SELECT task_id, '{"n": 2}', 1, now(), locked_by FROM known`,
    );
    release.resolve();
    await until(() => ran.includes(2), 20_000);
    expect(ran).toEqual([1, 2]);
  });

  it('that stops waits for its job, tells it to hurry, and gives it back when it does not end', async () => {
    const told: number[] = [];
    one.handlers.register(NOTE, async ({ n }, { signal }) => {
      if (n === 1) return delay(1_000);
      signal.addEventListener('abort', () => told.push(n));
      await new Promise(() => undefined);
    });
    one.worker.start();
    await add(1);
    await add(2);
    await until(async () => (await keptJobs(owner)).every(({ is_locked }) => is_locked));
    const began = performance.now();
    await one.worker.stop();
    expect(performance.now() - began).toBeGreaterThan(6_000);
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(told).toEqual([2]);
    expect(await keptJobs(owner)).toEqual([
      expect.objectContaining({
        payload: { n: 2 },
        is_locked: false,
        attempts: 1,
        last_error: 'cut off by the stop of its process',
      }),
    ]);
    await add(3);
    await delay(200);
    expect((await keptJobs(owner)).map(({ attempts }) => attempts)).toEqual([1, 0]);
  });
});
