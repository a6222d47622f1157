import { afterEach, expect, it } from '@jest/globals';
import { z } from 'zod';
import { enqueue } from '../../src/platform/jobs/enqueue.js';
import { JobHandlers } from '../../src/platform/jobs/job.handlers.js';
import { task } from '../../src/platform/jobs/task.js';
import { type Desk, openDesk } from '../support/desk.js';
import { runJobs } from '../support/jobs.js';
import { until } from '../support/server.js';

const GREET = task('test.greet', z.object({ name: z.string() }));

let desk: Desk;
afterEach(() => desk?.close());

const greet = () =>
  desk.database.transaction(async (tx) => {
    await Promise.resolve();
    enqueue(tx, GREET, { name: 'Edith' });
  });

it('a desk runs its jobs when the test says so', async () => {
  desk = await openDesk();
  const greeted: string[] = [];
  desk.app.get(JobHandlers).register(GREET, async ({ name }) => {
    greeted.push(name);
    if (greeted.length === 1) await greet();
  });
  await greet();
  const ready = await desk.ask('GET', '/health/ready');
  expect([ready.status, ready.body.checks.jobs.failed]).toEqual([200, 0]);
  expect(await runJobs(desk)).toEqual([
    { task: 'test.greet', error: undefined },
    { task: 'test.greet', error: undefined },
  ]);
  expect(greeted).toEqual(['Edith', 'Edith']);
  expect(await runJobs(desk)).toEqual([]);
});

it('a desk with a worker runs them as they come', async () => {
  desk = await openDesk({}, { worker: true });
  await desk.database.query({ text: `SELECT graphile_worker.add_job('jobs.housekeeping')` });
  await until(
    async () => (await desk.database.query({ text: 'SELECT FROM graphile_worker.jobs' })).length === 0,
  );
});
