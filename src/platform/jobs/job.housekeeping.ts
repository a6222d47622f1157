import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../database/database.js';
import { JobHandlers } from './job.handlers.js';
import { task } from './task.js';

const HOUSEKEEPING = task('jobs.housekeeping', z.object({}));
const KEPT_DAYS = 30;

/** Once an hour: removes jobs that failed for good and that nobody has looked after. */
@Injectable()
export class JobHousekeeping implements OnModuleInit {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.handlers.register(HOUSEKEEPING, () => this.sweep());
    this.handlers.every('17 * * * *', HOUSEKEEPING);
  }

  private async sweep(): Promise<void> {
    await this.database.query({
      text: `SELECT FROM graphile_worker.complete_jobs(ARRAY(
               SELECT id FROM graphile_worker.jobs
               WHERE attempts >= max_attempts AND locked_at IS NULL AND updated_at < now() - make_interval(days => $1)
               LIMIT 10000))`,
      values: [KEPT_DAYS],
    });
  }
}
