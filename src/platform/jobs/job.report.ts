import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';
import { log } from '../log/log.js';
import { failedGauge, lagGauge } from './job.metrics.js';

export interface JobReport {
  /** How long the oldest job that is due has been waiting; 0 when none is. */
  lag_seconds: number;
  /** Jobs that failed for good. */
  failed: number;
}

export async function reportJobs(db: Queryable): Promise<JobReport> {
  const [report] = await db.query<JobReport>({
    prepare: true,
    text: `SELECT coalesce(round(extract(epoch FROM now() - min(run_at) FILTER (WHERE attempts < max_attempts)), 3), 0)::float8
                    AS lag_seconds,
                  count(*) FILTER (WHERE attempts >= max_attempts) AS failed
           FROM graphile_worker.jobs WHERE locked_at IS NULL AND run_at <= now()`,
  });
  if (report === undefined) throw new Error('an aggregate has always one row');
  return report;
}

/** Which tasks have jobs that failed for good, with how many: `door.event (3)`. */
export async function failedTasks(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ task: string }>({
    text: `SELECT format('%s (%s)', task_identifier, count(*)) AS task FROM graphile_worker.jobs
           WHERE attempts >= max_attempts AND locked_at IS NULL GROUP BY task_identifier ORDER BY task_identifier`,
  });
  return rows.map(({ task }) => task);
}

/** How the queue stands, for health and metrics. */
@Injectable()
export class JobReporter {
  constructor(private readonly database: Database) {}

  report(): Promise<JobReport> {
    return reportJobs(this.database);
  }

  /** For a scrape, which is answered without a database too: the gauges are then not a number. */
  async refreshGauges(): Promise<void> {
    const unknown: JobReport = { lag_seconds: Number.NaN, failed: Number.NaN };
    const { lag_seconds, failed } = await this.report().catch((error: unknown) => {
      log.warn({ err: error }, 'the jobs could not be counted');
      return unknown;
    });
    lagGauge.set(lag_seconds);
    failedGauge.set(failed);
  }
}
