import { Injectable } from '@nestjs/common';
import type { CronItem, Job, TaskList } from 'graphile-worker';
import type { z } from 'zod';
import { log } from '../log/log.js';
import { countJob } from './job.metrics.js';
import type { Task } from './task.js';

/** What a handler knows of the job beside its payload. */
export interface JobRun {
  id: number;
  /** 1 for the first. */
  attempt: number;
  /** Whether a failure now is for good. */
  is_last_attempt: boolean;
  /** Aborted when the process stops and would wait no longer. */
  signal: AbortSignal;
}

/**
 * Does the job, or throws so that it is tried again after 3, 7, 20, 55 ... seconds.
 * A job that was cut off by a crash runs again: what it does must bear that.
 */
export type JobHandler<Payload extends z.ZodObject> = (
  payload: z.output<Payload>,
  run: JobRun,
) => Promise<void> | void;

interface Registered {
  task: Task;
  handler: JobHandler<z.ZodObject>;
}

/** Which task is done by whom; features add theirs in onModuleInit. */
@Injectable()
export class JobHandlers {
  private readonly handlers = new Map<string, Registered>();
  private readonly recurring = new Map<string, CronItem>();

  /** @throws Error when the task has a handler already. */
  register<Payload extends z.ZodObject>(task: Task<Payload>, handler: JobHandler<Payload>): void {
    if (this.handlers.has(task.name)) throw new Error(`the task ${task.name} has two handlers`);
    this.handlers.set(task.name, { task, handler: handler });
  }

  /**
   * Enqueues the task at each tick, once however many workers run; a tick while none runs is left out,
   * and one whose predecessor still waits takes its place.
   * @param cron minute, hour, day of month, month, day of week, in UTC.
   */
  every<Payload extends z.ZodObject>(
    cron: string,
    task: Task<Payload>,
    payload?: z.input<Payload> & Record<string, unknown>,
  ): void {
    if (this.recurring.has(task.name)) throw new Error(`the task ${task.name} recurs already`);
    const options = { jobKey: `every ${task.name}` };
    this.recurring.set(task.name, { task: task.name, match: cron, identifier: task.name, options, payload });
  }

  /** As graphile-worker takes them. Tasks of another version are in no list, and so their jobs wait. */
  taskList(): TaskList {
    return Object.fromEntries(
      [...this.handlers].map(([name, registered]) => [
        name,
        (payload: unknown, { job, abortSignal }: { job: Job; abortSignal?: AbortSignal }) =>
          run(registered, payload, job, abortSignal ?? new AbortController().signal),
      ]),
    );
  }

  cronItems(): CronItem[] {
    return [...this.recurring.values()];
  }
}

async function run(
  { task, handler }: Registered,
  given: unknown,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const is_last_attempt = job.attempts >= job.max_attempts;
  const about = { task: task.name, job: Number(job.id), attempt: job.attempts };
  try {
    // A recurring job says here when it was due.
    const { _cron, ...payload } = given as Record<string, unknown>;
    await handler(task.payload.parse(payload), {
      id: about.job,
      attempt: job.attempts,
      is_last_attempt,
      signal,
    });
  } catch (error) {
    countJob(task.name, 'failed');
    const fields = { ...about, max_attempts: job.max_attempts, err: error };
    if (is_last_attempt) log.error(fields, 'a job failed for good');
    else log.warn(fields, 'a job failed and will be tried again');
    throw error;
  }
  countJob(task.name, 'done');
  log.info({ ...about, ms: Math.round(performance.now() - began) }, 'job done');
}
