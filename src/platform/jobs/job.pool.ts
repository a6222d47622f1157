import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogFunctionFactory, WorkerEvents, WorkerPool } from 'graphile-worker';
import type { Database } from '../database/database.js';
import { log } from '../log/log.js';
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
const RETRY_MS = 1_000;
/** Many more than can be done and not yet removed. */
const REMEMBERED = 1_000;

/** A running pool of workers. */
export interface JobPool {
  /** Fulfilled when it has stopped, asked to or not, and holds no job any more. */
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

/** Starts taking jobs. The package is loaded only here: 12 MB that a process without jobs does not need. */
export async function openJobPool(database: Database, handlers: JobHandlers): Promise<JobPool> {
  const { Logger, parseCronItems, run } = await import('graphile-worker');
  const { pool } = database;
  // It warns of a pool without this listener; that each connection has one for errors, data-source.ts sees to.
  if (pool.listenerCount('connect') === 0) pool.on('connect', () => undefined);
  const events: WorkerEvents = new EventEmitter();
  const watched = watch(events, database);
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
      await watched.presence?.whenSeen();
      return null;
    },
    // Without a delay, even of 0, a completion that fails would be an unhandled rejection. So it ends the pool.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  });
  let stopping = false;
  const ended = runner.promise
    .catch((error: unknown) => log.warn({ err: error }, 'the workers ended by themselves'))
    .then(() => settle(database, watched, () => stopping))
    .finally(() => watched.presence?.close());
  const giveUp = async (): Promise<void> => {
    log.warn('jobs that still run are cut off and will be tried again');
    await watched.workers?.forcefulShutdown('cut off by the stop of its process');
  };
  return {
    ended,
    stop: async () => {
      stopping = true;
      watched.presence?.stopWaiting();
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

interface Watched {
  workers: WorkerPool | undefined;
  presence: JobPresence | undefined;
  /** The last jobs that succeeded, by id. */
  readonly done: number[];
}

/** Follows what the pool that is about to start does. */
function watch(events: WorkerEvents, database: Database): Watched {
  const watched: Watched = { workers: undefined, presence: undefined, done: [] };
  const running = new Set<number>();
  let stopping = false;
  events.once('pool:create', ({ workerPool }) => {
    watched.workers = workerPool;
    watched.presence = new JobPresence(database.ownConnection(), {
      name: workerPool.id,
      isRunning: (job) => running.has(job),
      onStrays: () => stopping || void workerPool.gracefulShutdown('it holds jobs that it does not know'),
    });
  });
  events.once('pool:gracefulShutdown', () => (stopping = true));
  events.on('job:start', ({ job }) => running.add(Number(job.id)));
  events.on('job:success', ({ job }) => {
    watched.done.push(Number(job.id));
    if (watched.done.length > REMEMBERED) watched.done.shift();
  });
  events.on('job:complete', ({ job }) => {
    running.delete(Number(job.id));
    // The next job of a queue becomes free when the one before is gone; without a nudge it would wait for a poll.
    if (job.job_queue_id !== null) setTimeout(() => stopping || watched.workers?.nudge(1), NUDGE_MS).unref();
  });
  return watched;
}

/** Gives back what a pool that has ended still holds, and removes what it did without being able to say so. */
async function settle(
  database: Database,
  { workers, done }: Watched,
  isStopping: () => boolean,
): Promise<void> {
  for (;;) {
    try {
      return await database.transaction(async (tx) => {
        await tx.query({ text: 'SELECT graphile_worker.force_unlock_workers($1)', values: [[workers?.id]] });
        await tx.query({ text: 'SELECT FROM graphile_worker.complete_jobs($1)', values: [done] });
      });
    } catch (error) {
      log.warn({ err: error }, 'the jobs of the workers that ended could not be given back');
      if (isStopping()) return;
    }
    await delay(RETRY_MS);
  }
}
