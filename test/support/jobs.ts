import { EventEmitter } from 'node:events';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger, runOnce, type WorkerEvents } from 'graphile-worker';
import { Database } from '../../src/platform/database/database.js';
import { JobHandlers } from '../../src/platform/jobs/job.handlers.js';

export interface RanJob {
  task: string;
  /** What the handler threw; undefined when it did the job. */
  error: unknown;
}

/** Runs every job that is due, also those that the jobs themselves enqueue, and returns when none is left. */
export async function runJobs({ app }: { app: Pick<NestFastifyApplication, 'get'> }): Promise<RanJob[]> {
  const ran: RanJob[] = [];
  const events: WorkerEvents = new EventEmitter();
  events.on('job:complete', ({ job, error }) =>
    ran.push({ task: job.task_identifier, error: error ?? undefined }),
  );
  const { pool } = app.get(Database);
  if (pool.listenerCount('connect') === 0) pool.on('connect', () => undefined);
  await runOnce({
    pgPool: pool,
    taskList: app.get(JobHandlers).taskList(),
    noHandleSignals: true,
    logger: new Logger(() => () => undefined),
    events,
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  });
  return ran;
}
