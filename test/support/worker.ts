import type pg from 'pg';
import { Database } from '../../src/platform/database/database.js';
import { JobHandlers } from '../../src/platform/jobs/job.handlers.js';
import { JobWorker } from '../../src/platform/jobs/job.worker.js';
import type { TestDatabase } from './database.js';
import { openDataSource } from './data-source.js';

/** One process' share of the queue, without the rest of the application. */
export interface TestWorker {
  handlers: JobHandlers;
  worker: JobWorker;
  database: Database;
  /** For runJobs. */
  app: { get: <T>(token: unknown) => T };
  close(): Promise<void>;
}

export async function openWorker(db: TestDatabase): Promise<TestWorker> {
  const dataSource = await openDataSource(db.appUrl);
  const database = new Database(dataSource);
  const handlers = new JobHandlers();
  const worker = new JobWorker(database, handlers);
  const provided = new Map<unknown, unknown>([
    [Database, database],
    [JobHandlers, handlers],
  ]);
  return {
    handlers,
    worker,
    database,
    app: { get: <T>(token: unknown) => provided.get(token) as T },
    close: async () => {
      await worker.stop();
      database.onModuleDestroy();
      await dataSource.destroy();
    },
  };
}

export interface KeptJob {
  task: string;
  payload: Record<string, unknown>;
  attempts: number;
  last_error: string | null;
  is_locked: boolean;
  /** Seconds until it is due. */
  wait: number;
}

/** The jobs in the queue, as its owner sees them. */
export async function keptJobs(owner: pg.Client): Promise<KeptJob[]> {
  const { rows } = await owner.query<KeptJob>(
    `SELECT t.identifier AS task, payload, attempts, last_error, locked_at IS NOT NULL AS is_locked,
            extract(epoch FROM run_at - now())::float8 AS wait
     FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = task_id ORDER BY j.id`,
  );
  return rows;
}
