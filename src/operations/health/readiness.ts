import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { knownMigrations } from '../../platform/migrations/steps.js';
import { log } from '../../platform/log/log.js';
import { type Product, product } from '../../platform/product.js';
import { type JobReport, JobReporter } from '../../platform/jobs/job.report.js';
import { Shutdown } from '../../platform/shutdown.js';

type Check = 'ok' | 'failed' | 'unknown';

interface Report extends Product {
  status: 'ok' | 'unavailable' | 'stopping';
  /** The jobs are told for whoever watches them; they are no reason to take requests elsewhere. */
  checks: { database: Check; migrations: Check; keys: Check; jobs: JobReport | 'unknown' };
}

const PATIENCE_MS = 1_000;

/** One question that each check asks. */
class Question<T> {
  private answered = true;

  constructor(
    private readonly complaint: string,
    private readonly ask: () => Promise<T>,
  ) {}

  /** The answer, or undefined when it fails or does not come in time; of which the log is told once, until one comes. */
  async answer(): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    try {
      const answer = await Promise.race([this.ask(), patience]);
      this.answered = true;
      return answer;
    } catch (error) {
      if (this.answered) log.warn({ err: error }, this.complaint);
      this.answered = false;
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

interface State {
  migrations: number;
  keys: boolean;
}

async function stateOf(database: Database): Promise<State | undefined> {
  const [row] = await database.query<State>({
    prepare: true,
    text: `SELECT (SELECT count(*) FROM migrations WHERE name = ANY ($1)) AS migrations,
                  EXISTS (SELECT FROM signing_keys WHERE state = 'active') AS keys`,
    values: [knownMigrations],
  });
  return row;
}

/** Whether requests can be served now; `stopping` from the first signal on. */
@Injectable()
export class Readiness {
  private readonly database: Question<State | undefined>;
  private readonly jobs: Question<JobReport>;

  constructor(
    database: Database,
    jobs: JobReporter,
    private readonly shutdown: Shutdown,
  ) {
    this.database = new Question('the database does not answer the readiness check', () => stateOf(database));
    this.jobs = new Question('the jobs could not be counted', () => jobs.report());
  }

  async check(): Promise<Report> {
    const [state, jobs] = await Promise.all([this.database.answer(), this.jobs.answer()]);
    const needed: Record<'database' | 'migrations' | 'keys', Check> = {
      database: state ? 'ok' : 'failed',
      migrations: state ? (state.migrations === knownMigrations.length ? 'ok' : 'failed') : 'unknown',
      keys: state ? (state.keys ? 'ok' : 'failed') : 'unknown',
    };
    const fine = Object.values(needed).every((check) => check === 'ok');
    return {
      status: this.shutdown.hasBegun ? 'stopping' : fine ? 'ok' : 'unavailable',
      ...product,
      checks: { ...needed, jobs: jobs ?? 'unknown' },
    };
  }
}
