import { EventEmitter } from 'node:events';
import type { LogFunctionFactory, WorkerEvents, WorkerPool } from 'graphile-worker';
import type { Database } from '../database/database.js';
import { log } from '../http/log.js';
import type { JobHandlers } from './job.handlers.js';
import { JobPresence } from './job.presence.js';
import { SCHEMA } from './job.schema.js';

const CONCURRENCY = 4;
/** How late a job may start that was not due when it was enqueued; the others are notified. */
const POLL_MS = 2_000;
/** As long as it takes to remove a job that is done. */
const NUDGE_MS = 10;
/** When a stop begins, running jobs are told after the first to hurry and given up after the second. */
const HURRY_MS = 4_000;
const GIVE_UP_MS = 6_500;

/** A running pool of workers. */
export interface JobPool {
  /** Fulfilled when it has stopped, asked to or not. */
  ended: Promise<void>;
  /** Takes no more jobs and waits for the running ones, at most 6.5 s: what still runs then is tried again elsewhere. */
  stop(): Promise<void>;
}

const LEVELS = { error: 'error', warning: 'warn', info: 'debug', debug: 'trace' } as const;

/** What graphile-worker says of itself. Each job's end is told by its handler's wrapper. */
const logOfWorker: LogFunctionFactory = () => (level, message, meta) => {
  if (meta.success === true || meta.failure === true) return;
  log[LEVELS[level]]({ err: meta.error }, `jobs: ${message}`);
};

/** The next job of a queue becomes free when the one before is gone; without a nudge it would wait for a poll. */
function nudgeAfterQueued(events: WorkerEvents, workers: () => WorkerPool | undefined): void {
  let stopping = false;
  events.once('pool:gracefulShutdown', () => (stopping = true));
  events.on('job:complete', ({ job }) => {
    if (job.job_queue_id === null) return;
    setTimeout(() => stopping || workers()?.nudge(1), NUDGE_MS).unref();
  });
}

/** Starts taking jobs. The package is loaded only here: 12 MB that a process without jobs does not need. */
export async function openJobPool(database: Database, handlers: JobHandlers): Promise<JobPool> {
  const { Logger, parseCronItems, run } = await import('graphile-worker');
  const { pool } = database;
  // It warns of a pool without this listener; that each connection has one for errors, data-source.ts sees to.
  if (pool.listenerCount('connect') === 0) pool.on('connect', () => undefined);
  const events: WorkerEvents = new EventEmitter();
  let workers: WorkerPool | undefined;
  let presence: JobPresence | undefined;
  events.once('pool:create', ({ workerPool }) => {
    workers = workerPool;
    presence = new JobPresence(database.ownConnection(), workerPool.id);
  });
  nudgeAfterQueued(events, () => workers);
  const runner = await run({
    pgPool: pool,
    schema: SCHEMA,
    concurrency: CONCURRENCY,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    gracefulShutdownAbortTimeout: HURRY_MS,
    logger: new Logger(logOfWorker),
    events,
    taskList: handlers.taskList(),
    parsedCronItems: parseCronItems(handlers.cronItems()),
    // Asked before each job is taken, and waited for.
    forbiddenFlags: async () => {
      await presence?.whenSeen();
      return null;
    },
    // Without a delay, even of 0, a completion that fails would be an unhandled rejection.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  });
  const ended = runner.promise
    .catch((error: unknown) => log.error({ err: error }, 'the workers ended by themselves'))
    .then(() => presence?.close());
  const giveUp = async (): Promise<void> => {
    log.warn('jobs that still run are cut off and will be tried again');
    await workers?.forcefulShutdown('cut off by the stop of its process');
  };
  return {
    ended,
    stop: async () => {
      presence?.stopWaiting();
      const late = setTimeout(() => {
        giveUp().catch((error: unknown) => log.error({ err: error }, 'running jobs could not be given back'));
      }, GIVE_UP_MS);
      await runner
        .stop()
        .catch((error: unknown) => log.debug({ err: error }, 'the workers had stopped already'));
      await ended;
      clearTimeout(late);
    },
  };
}
