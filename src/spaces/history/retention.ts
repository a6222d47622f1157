import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database/database.js';
import { JobHandlers } from '../../platform/jobs/job.handlers.js';
import { task } from '../../platform/jobs/task.js';
import { RetentionRepository, TABLES_OF_SPACES } from './retention.repository.js';
import { RollUpRepository } from './rollup.repository.js';

const retentionTask = task('spaces.retention', z.object({}));

const PAGE = 500;

/** Deletes single events whose retention is over, and all rows of deleted spaces. Roll-ups of existing spaces stay. */
@Injectable()
export class Retention implements OnModuleInit {
  constructor(
    private readonly retention: RetentionRepository,
    private readonly rollUps: RollUpRepository,
    private readonly database: Database,
    private readonly jobs: JobHandlers,
  ) {}

  onModuleInit(): void {
    this.jobs.register(retentionTask, (_, { signal }) => this.run(signal));
    this.jobs.every('41 * * * *', retentionTask);
  }

  async run(signal?: AbortSignal): Promise<void> {
    let after: string | undefined;
    do {
      const spaceIds = await this.retention.spacesAfter(after, PAGE);
      for (const spaceId of spaceIds) while (!signal?.aborted && (await this.purge(spaceId)));
      after = spaceIds.length < PAGE ? undefined : spaceIds.at(-1);
    } while (after !== undefined && !signal?.aborted);
    for (const spaceId of await this.gone())
      for (const table of TABLES_OF_SPACES)
        while (!signal?.aborted && (await this.retention.forget(table, spaceId)));
  }

  /** Read once for all tables: a space deleted meanwhile keeps all of its rows until the next run. */
  private async gone(): Promise<Set<string>> {
    const gone = new Set<string>();
    for (const table of TABLES_OF_SPACES)
      for (const spaceId of await this.retention.gone(table)) gone.add(spaceId);
    return gone;
  }

  /** @returns whether there may be more. */
  private purge(spaceId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      // No roll-up may be computed from events while they are deleted. Where one is being computed, the next hour is soon enough.
      if (!(await this.rollUps.lock(tx, spaceId))) return false;
      const before = await this.retention.purgeable(tx, spaceId);
      if (before === undefined) return false;
      await this.retention.setPurgedBefore(tx, spaceId, before);
      return this.retention.purge(tx, spaceId, before);
    });
  }
}
