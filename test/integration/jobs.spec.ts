import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { configureLog } from '../../src/platform/log/log.js';
import { enqueue } from '../../src/platform/jobs/enqueue.js';
import { NEWEST } from '../../src/platform/jobs/job.schema.js';
import { task } from '../../src/platform/jobs/task.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { runJobs } from '../support/jobs.js';
import { until } from '../support/server.js';
import { keptJobs, openWorker, type TestWorker } from '../support/worker.js';

const NOTE = task('test.note', z.object({ n: z.int() }));
const FAIL = task('test.fail', z.object({ times: z.int() }));
const NEWER = task('test.of-a-newer-version', z.object({}));

let db: TestDatabase;
let owner: pg.Client;
let one: TestWorker;
let two: TestWorker;
let seen: { by: 'one' | 'two'; n: number }[] = [];

/** A worker that notes what it did. */
async function openNoting(name: 'one' | 'two'): Promise<TestWorker> {
  const opened = await openWorker(db);
  opened.handlers.register(NOTE, async ({ n }) => {
    seen.push({ by: name, n });
    await delay(2);
  });
  opened.handlers.register(FAIL, ({ times }, { attempt }) => {
    if (attempt <= times) throw new Error(`attempt ${attempt}`);
  });
  return opened;
}

const waiting = () => keptJobs(owner);

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
  seen = [];
  await owner.query('DELETE FROM graphile_worker._private_jobs');
  one = await openNoting('one');
  two = await openNoting('two');
});
afterEach(async () => {
  await one.close();
  await two.close();
});

const addNotes = (count: number) =>
  one.database.transaction(async (tx) => {
    for (let n = 0; n < count; n += 1) enqueue(tx, NOTE, { n });
    await Promise.resolve();
  });

describe('enqueue', () => {
  it('adds the job with the commit, and none after a rollback', async () => {
    await addNotes(1);
    const failing = one.database.transaction(async (tx) => {
      enqueue(tx, NOTE, { n: 7 });
      await tx.query({ text: 'SELECT 1 / 0' });
    });
    await expect(failing).rejects.toThrow();
    expect((await waiting()).map(({ payload }) => payload)).toEqual([{ n: 0 }]);
    expect(await runJobs(one)).toEqual([{ task: 'test.note', error: undefined }]);
    expect([seen, await waiting()]).toEqual([[{ by: 'one', n: 0 }], []]);
  });

  it.each([
    ['replace', 100],
    ['preserve_run_at', 50],
  ] as const)('keeps one job for a key (%s)', async (job_key_mode, due) => {
    const at = (seconds: number) => new Date(Date.now() + seconds * 1_000);
    await one.database.transaction(async (tx) => {
      await Promise.resolve();
      enqueue(tx, NOTE, { n: 1 }, { job_key: 'k', run_at: at(50).toISOString() });
      enqueue(tx, NOTE, { n: 2 }, { job_key: 'k', run_at: at(100), job_key_mode });
    });
    const left = await waiting();
    expect(left.map(({ payload }) => payload)).toEqual([{ n: 2 }]);
    expect(Math.abs((left[0]?.wait ?? 0) - due)).toBeLessThan(5);
    expect(await runJobs(one)).toEqual([]);
  });

  it('runs the jobs of one queue one after the other', async () => {
    let running = 0;
    const most: number[] = [];
    const QUEUED = task('test.queued', z.object({}));
    for (const { handlers } of [one, two])
      handlers.register(QUEUED, async () => {
        running += 1;
        most.push(running);
        await delay(5);
        running -= 1;
      });
    await one.database.transaction(async (tx) => {
      await Promise.resolve();
      for (let n = 0; n < 10; n += 1) enqueue(tx, QUEUED, {}, { queue_name: 'q' });
    });
    for (const { worker } of [one, two]) worker.start();
    await until(() => most.length === 10, 20_000);
    expect(Math.max(...most)).toBe(1);
  });
});

describe('the workers', () => {
  it('run each of many jobs once, by both', async () => {
    for (const { worker } of [one, two]) worker.start();
    await Promise.all(Array.from({ length: 10 }, () => addNotes(40)));
    await until(async () => seen.length >= 400 && (await waiting()).length === 0, 20_000);
    await delay(100);
    expect(seen).toHaveLength(400);
    expect(new Set(seen.map(({ by }) => by))).toEqual(new Set(['one', 'two']));
  });

  it('try a failed job again after a pause that grows, and keep the one that failed for good', async () => {
    await one.database.transaction(async (tx) => {
      await Promise.resolve();
      enqueue(tx, FAIL, { times: 2 }, { max_attempts: 3 });
      enqueue(tx, FAIL, { times: 9 }, { max_attempts: 1 });
    });
    const errors = (await runJobs(one)).map(({ error }) => (error as Error | undefined)?.message);
    expect(errors).toEqual(['attempt 1', 'attempt 1']);
    const [first, second] = await waiting();
    expect(first).toMatchObject({ attempts: 1, last_error: 'attempt 1' });
    expect(first?.wait).toBeGreaterThan(1.5);
    expect(first?.wait).toBeLessThan(3);
    expect(second).toMatchObject({ attempts: 1 });
    expect(await runJobs(one)).toEqual([]);
    const again = () =>
      owner.query(`UPDATE graphile_worker._private_jobs SET run_at = now() WHERE max_attempts = 3`);
    await again();
    await runJobs(one);
    expect((await waiting())[0]?.wait).toBeGreaterThan(5);
    await again();
    expect(await runJobs(one)).toEqual([{ task: 'test.fail', error: undefined }]);
    expect(await waiting()).toEqual([expect.objectContaining({ payload: { times: 9 } })]);
  });

  it('leave a task that they do not know to those who do, and a payload that is wrong fails', async () => {
    await one.database.transaction(async (tx) => {
      enqueue(tx, NEWER, {});
      enqueue(tx, NOTE, { n: 1 });
      await tx.query({ text: `SELECT graphile_worker.add_job('test.note', '{"n": "x"}')` });
    });
    one.worker.start();
    await until(() => seen.length === 1);
    await until(async () =>
      (await waiting()).some(({ last_error }) => last_error?.includes('expected number')),
    );
    expect((await waiting()).map(({ task: name, attempts }) => [name, attempts])).toEqual(
      expect.arrayContaining([
        ['test.of-a-newer-version', 0],
        ['test.note', 1],
      ]),
    );
  });
});

it('the schema that is known here is the one that the package makes', async () => {
  const { rows } = await owner.query('SELECT max(id) FROM graphile_worker.migrations');
  expect(rows).toEqual([{ max: NEWEST }]);
});
