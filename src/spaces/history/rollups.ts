import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Database, type Tx } from '../../platform/database/database.js';
import { eachInTurn } from '../../platform/jobs/each.in.turn.js';
import { JobHandlers } from '../../platform/jobs/job.handlers.js';
import { task } from '../../platform/jobs/task.js';
import { DAY, HOUR, MINUTE, type Micros } from '../counting/instant.js';
import { MinuteFold, type RollUp } from './minute.fold.js';
import {
  type Grain,
  HOURS,
  type Marked,
  MINUTES,
  QUARTER,
  QUARTERS,
  RollUpRepository,
} from './rollup.repository.js';
import { type Piece, SeriesBuilder } from './series.builder.js';
import type { Span } from './time.steps.js';

const rollUpTask = task('spaces.rollup', z.object({}));

const WEEK = 7 * DAY;
const PAGE = 100;

const floor = (moment: Micros, width: Micros): Micros => Math.floor(moment / width) * width;

/** The roll-ups of a grain that these minutes make. @param last the count before them. */
function sumUp(minutes: Piece[], { width }: Grain, [from, to]: Span, last: number): RollUp[] {
  const edges = Array.from({ length: (to - from) / width + 1 }, (_, index) => from + index * width);
  const builder = new SeriesBuilder({ edges, known: [from, to], last });
  builder.take(minutes);
  return builder
    .finish()
    .filter(({ eventful }) => eventful)
    .map((step) => ({ ...step, at: step.from }));
}

/**
 * Keeps the roll-ups in step with the ledger: from the first event that they miss, the minutes of a space are computed again,
 * then the quarters and hours that contain them, and the quarters of its doors, in one transaction a space. Events that come
 * meanwhile add a mark of their own, so that the next run sees them whether or not this one did.
 */
@Injectable()
export class RollUps implements OnModuleInit {
  constructor(
    private readonly rollUps: RollUpRepository,
    private readonly database: Database,
    private readonly jobs: JobHandlers,
  ) {}

  /** Each minute is soon enough: what is not rolled up yet, a reader folds for itself. */
  onModuleInit(): void {
    this.jobs.register(rollUpTask, async (_, { signal }) => void (await this.run(signal)));
    this.jobs.every('* * * * *', rollUpTask);
  }

  /** Rolls up every space that has events to be rolled up. @returns how many it did. */
  async run(signal?: AbortSignal): Promise<number> {
    let done = 0;
    await eachInTurn(
      this.marked(),
      async (spaceId) => {
        if (await this.rollUp(spaceId)) done += 1;
      },
      { failed: 'the history of a space could not be rolled up', signal },
    );
    return done;
  }

  private async *marked(): AsyncGenerator<string> {
    let after: string | undefined;
    for (;;) {
      const spaceIds = await this.rollUps.marked(after, PAGE);
      yield* spaceIds;
      if (spaceIds.length < PAGE) return;
      after = spaceIds.at(-1);
    }
  }

  /** @returns false when there was nothing to do, or another worker does it. */
  rollUp(spaceId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.rollUps.lock(tx, spaceId))) return false;
      const marked = await this.rollUps.takeMarks(tx, spaceId);
      if (marked === undefined) return false;
      // What was made of events that are gone could not be made again.
      const since = Math.max(marked.since, await this.rollUps.purgedBefore(tx, spaceId));
      if (since > marked.until) return true;
      const end = await this.makeMinutes(tx, spaceId, { ...marked, since });
      await this.makeLonger(tx, spaceId, floor(since, HOUR), end);
      await this.makeDoors(tx, spaceId, floor(since, QUARTER), floor(marked.until, QUARTER) + QUARTER);
      return true;
    });
  }

  /**
   * Ends early where, after the last new event, the count at the end of a minute is what it was before: from there on
   * nothing is different. So a late event costs no more than the time to the next recount.
   * @returns until when minutes were made.
   */
  private async makeMinutes(tx: Tx, spaceId: string, { since, until }: Marked): Promise<Micros> {
    const first = floor(since, MINUTE);
    const fold = new MinuteFold(await this.rollUps.lastBefore(tx, spaceId, first));
    let end = first + MINUTE;
    const save = async (minutes: RollUp[]): Promise<boolean> => {
      const settled = await this.settledAt(tx, spaceId, minutes, until);
      const made = settled === -1 ? minutes : minutes.slice(0, settled + 1);
      await this.rollUps.save(tx, MINUTES, spaceId, made);
      end = (made.at(-1)?.at ?? end - MINUTE) + MINUTE;
      return settled !== -1;
    };
    for await (const changes of this.rollUps.changes(tx, spaceId, first, Infinity)) {
      if (await save(fold.take(changes))) return end;
    }
    await save(fold.end());
    return end;
  }

  /** The index of the first minute from whose end on nothing is different; -1 when there is none. */
  private async settledAt(tx: Tx, spaceId: string, minutes: RollUp[], until: Micros): Promise<number> {
    const later = minutes.filter(({ at }) => at > until);
    if (later.length === 0) return -1;
    const stored = await this.rollUps.lasts(
      tx,
      spaceId,
      later.map(({ at }) => at),
    );
    return minutes.findIndex(({ at, last }) => at > until && stored.get(at) === last);
  }

  /** Quarters and hours, of all minutes in whole hours. */
  private async makeLonger(tx: Tx, spaceId: string, from: Micros, to: Micros): Promise<void> {
    let last = await this.rollUps.lastBefore(tx, spaceId, from);
    // Week by week, so that memory does not grow with the time since the first event.
    for (let week = from; week < to; week += WEEK) {
      const end = Math.min(week + WEEK, floor(to - 1, HOUR) + HOUR);
      const minutes = await this.rollUps.pieces(tx, MINUTES, spaceId, [[week, end]]);
      if (minutes.length === 0) continue;
      for (const grain of [QUARTERS, HOURS])
        await this.rollUps.save(tx, grain, spaceId, sumUp(minutes, grain, [week, end], last));
      last = minutes.at(-1)?.last ?? last;
    }
  }

  /** Week by week as well: a statement must end in its time. */
  private async makeDoors(tx: Tx, spaceId: string, from: Micros, to: Micros): Promise<void> {
    for (let week = from; week < to; week += WEEK)
      await this.rollUps.saveDoors(tx, spaceId, week, Math.min(week + WEEK, to));
  }
}
