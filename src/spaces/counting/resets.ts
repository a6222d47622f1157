import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Database, type Tx } from '../../platform/database/database.js';
import { eachInTurn } from '../../platform/jobs/each.in.turn.js';
import { JobHandlers } from '../../platform/jobs/job.handlers.js';
import { task } from '../../platform/jobs/task.js';
import { CountHooks } from './count.hooks.js';
import type { CountedSpace } from './counted.space.js';
import type { Micros } from './instant.js';
import { Ledger } from './ledger.js';
import { LedgerRepository } from './ledger.repository.js';
import { lastReset, nextReset, type ResetSchedule } from './reset.schedule.js';

export const resetTask = task('spaces.reset', z.object({}));

/** With more missed resets than this only the last is made: one is enough to make the count right. */
const MOST_MISSED = 60;

/** Empties each space at its local time, once a day, with all that lies in it. */
@Injectable()
export class SpaceResets implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly repository: LedgerRepository,
    private readonly hooks: CountHooks,
    private readonly jobs: JobHandlers,
  ) {}

  onModuleInit(): void {
    this.jobs.register(resetTask, (_, { signal }) => this.run(signal));
    this.jobs.every('* * * * *', resetTask);
  }

  /** Makes the resets that are due. One that comes late still counts from its own time. */
  async run(signal?: AbortSignal): Promise<void> {
    await eachInTurn(await this.repository.scheduled(this.database), (id) => this.resetOne(id), {
      failed: 'a space could not be reset',
      signal,
    });
  }

  private resetOne(id: string): Promise<void> {
    return this.database.transaction(async (tx: Tx) => {
      const parts = await this.repository.partsOf(tx, id);
      const ledger = await Ledger.open(tx, this.repository, { spaceIds: [id, ...parts] });
      const space = ledger.space(id);
      // schedulesOf goes from the root down, so its own schedule is the last.
      const schedule = space?.reset_at ? ledger.schedulesOf(space).at(-1) : undefined;
      if (space === undefined || schedule === undefined) return;
      for (const moment of dueResets(schedule, space, ledger.now)) {
        if (await ledger.hasRecount(space, moment)) continue;
        for (const part of parts) {
          const inner = ledger.space(part);
          if (inner === undefined || (await ledger.hasRecount(inner, moment))) continue;
          if ((await ledger.valueBefore(inner, moment)) !== 0)
            await ledger.recount(inner, moment, 0, { kind: 'reset' });
        }
        await ledger.recount(space, moment, 0, { kind: 'reset' });
      }
      await ledger.save(this.hooks);
    });
  }
}

/** The resets since the latest recount, up to now. */
export function dueResets(
  schedule: ResetSchedule,
  { anchored_at }: Pick<CountedSpace, 'anchored_at'>,
  now: Micros,
): Micros[] {
  const last = lastReset(schedule, now);
  if (last === undefined) return [];
  if (anchored_at === null) return [last];
  const due: Micros[] = [];
  for (let next = nextReset(schedule, anchored_at); next <= last; next = nextReset(schedule, next)) {
    due.push(next);
    if (due.length > MOST_MISSED) return [last];
  }
  return due;
}
