import type { z } from 'zod';
import type { Tx } from '../database/database.js';
import type { Task } from './task.js';

interface EnqueueOptions {
  /** At most one job that has not started has this key: a later one takes its place. */
  job_key?: string;
  /** `replace` (default) also moves the time of the job that waits; `preserve_run_at` leaves it. */
  job_key_mode?: 'replace' | 'preserve_run_at';
  /** Not before this time; a text is ISO 8601. */
  run_at?: Date | string;
  /** 25 by default, which with the growing pauses between them is about three days. */
  max_attempts?: number;
  /** Jobs of one queue run one after the other. Few names, please: each is a row that stays until it is swept. */
  queue_name?: string;
}

/** Adds a job together with the commit of its transaction; after a rollback there is none. */
export function enqueue<Payload extends z.ZodObject>(
  tx: Tx,
  task: Task<Payload>,
  payload: z.input<Payload>,
  options: EnqueueOptions = {},
): void {
  const { run_at } = options;
  tx.atCommit({
    prepare: true,
    text: `SELECT FROM graphile_worker.add_job($1, payload := $2::json, queue_name := $3, run_at := $4,
             max_attempts := $5, job_key := $6, job_key_mode := $7)`,
    values: [
      task.name,
      JSON.stringify(payload),
      options.queue_name ?? null,
      (run_at instanceof Date ? run_at.toISOString() : run_at) ?? null,
      options.max_attempts ?? null,
      options.job_key ?? null,
      options.job_key_mode ?? 'replace',
    ],
  });
}
