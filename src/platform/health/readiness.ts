import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { knownMigrations } from '../database/migrate.js';
import { log } from '../http/log.js';
import { type JobReport, JobReporter } from '../jobs/job.report.js';

type Check = 'ok' | 'failed' | 'unknown';

interface Report {
  status: 'ok' | 'unavailable' | 'stopping';
  /** The jobs are told for whoever watches them; they are no reason to take requests elsewhere. */
  checks: { database: Check; migrations: Check; keys: Check; jobs: JobReport | 'unknown' };
}

const PATIENCE_MS = 1_000;

/** Whether requests can be served now; `stopping` from the first signal on. */
@Injectable()
export class Readiness {
  private stopping = false;
  private readonly onStop: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly jobs: JobReporter,
  ) {}

  stop(): void {
    this.stopping = true;
    for (const listener of this.onStop) listener();
  }

  /** Calls back when the stop begins: for answers that would never end by themselves. */
  whenStopping(listener: () => void): void {
    this.onStop.push(listener);
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  async check(): Promise<Report> {
    const [state, jobs] = await Promise.all([
      inTime(this.askDatabase(), 'the database does not answer the readiness check'),
      inTime(this.jobs.report(), 'the jobs could not be counted'),
    ]);
    const needed: Record<'database' | 'migrations' | 'keys', Check> = {
      database: state ? 'ok' : 'failed',
      migrations: state ? (state.migrations === knownMigrations.length ? 'ok' : 'failed') : 'unknown',
      keys: state ? (state.keys ? 'ok' : 'failed') : 'unknown',
    };
    const fine = Object.values(needed).every((check) => check === 'ok');
    return {
      status: this.stopping ? 'stopping' : fine ? 'ok' : 'unavailable',
      checks: { ...needed, jobs: jobs ?? 'unknown' },
    };
  }

  private async askDatabase(): Promise<{ migrations: number; keys: boolean } | undefined> {
    const [row] = await this.database.query<{ migrations: number; keys: boolean }>({
      prepare: true,
      text: `SELECT (SELECT count(*) FROM migrations WHERE name = ANY ($1)) AS migrations,
                    EXISTS (SELECT FROM signing_keys WHERE state = 'active') AS keys`,
      values: [knownMigrations],
    });
    return row;
  }
}

/** The answer, or undefined when it fails or does not come within a second. */
async function inTime<T>(asked: Promise<T>, complaint: string): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  const answer = asked.catch((error: unknown) => {
    log.warn({ err: error }, complaint);
    return undefined;
  });
  try {
    return await Promise.race([answer, patience]);
  } finally {
    clearTimeout(timer);
  }
}
