import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { Database, type Queryable } from '../../platform/database/database.js';
import { notFound } from '../../platform/errors/problem.js';
import { DAY, HOUR, MINUTE, type Micros } from '../counting/instant.js';
import { HistoryRepository, type HistorySpace } from './history.repository.js';
import { LocalCalendar } from './local.calendar.js';
import { MinuteFold, type RollUp } from './minute.fold.js';
import { RollUpRepository } from './rollup.repository.js';
import { type Piece, SeriesBuilder, type StepTotal } from './series.builder.js';
import type { Span } from './time.steps.js';

const WEEK = 7 * DAY;
const YEAR = 366 * DAY;

const floor = (moment: Micros, width: Micros): Micros => Math.floor(moment / width) * width;

const asPieces = (minutes: RollUp[]): Piece[] => minutes.map((minute) => ({ ...minute, width: MINUTE }));

/** A space, its calendar, and one moment of the database in which all of a history is read. */
export interface Reading {
  tx: Queryable;
  space: HistorySpace;
  calendar: LocalCalendar;
  now: Micros;
}

/**
 * Reads the history of a space, always as fresh as the ledger: up to the first event that the roll-ups do not know of
 * from the roll-ups, and from there on by folding the ledger. Whole hours come as hours, and those that an edge of a step
 * or of the opening hours cuts as their minutes, so the cost follows the span and the steps that are asked for.
 */
@Injectable()
export class HistoryReader {
  constructor(
    private readonly spaces: HistoryRepository,
    private readonly rollUps: RollUpRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem 404. */
  read<T>(spaceId: string, work: (reading: Reading) => Promise<T>): Promise<T> {
    return this.database.transaction(async (tx) => {
      await tx.query({ prepare: true, text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
      const space = await this.spaces.find(tx, spaceId);
      if (space === undefined) throw notFound('space', spaceId);
      const calendar = new LocalCalendar(space.time_zone ?? 'UTC');
      return work({ tx, space, calendar, now: this.clock.now() * 1_000 });
    });
  }

  /** @param open when the space is open, for sums of that time alone. */
  async steps(
    { tx, space, now }: Reading,
    edges: readonly Micros[],
    open: readonly Span[] = [],
  ): Promise<StepTotal[]> {
    const begin = Math.max(floor(space.counting_since, MINUTE), edges[0] as Micros);
    // Of the minute that is not over what came so far is known.
    const end = Math.min(floor(now, MINUTE) + MINUTE, edges.at(-1) as Micros);
    const fresh = Math.max(0, floor(await this.rollUps.earliestMark(tx, space.id), MINUTE));
    const last = await this.rollUps.lastBefore(tx, space.id, Math.min(begin, fresh));
    const builder = new SeriesBuilder({ edges, known: [begin, end], open, last });
    const cuts = [...edges, ...open.flat(), begin, end, Math.min(end, fresh)];
    for await (const pieces of this.rolledUp(tx, space.id, [begin, Math.min(end, fresh)], cuts))
      builder.take(pieces);
    if (fresh < end) {
      const fold = new MinuteFold(fresh > begin ? await this.rollUps.lastBefore(tx, space.id, fresh) : last);
      for await (const changes of this.rollUps.changes(tx, space.id, fresh, end))
        builder.take(asPieces(fold.take(changes)));
      builder.take(asPieces(fold.end()));
    }
    return builder.finish();
  }

  private async *rolledUp(
    tx: Queryable,
    spaceId: string,
    [begin, end]: Span,
    cuts: readonly Micros[],
  ): AsyncGenerator<Piece[]> {
    const cut = new Set(cuts.filter((moment) => moment % HOUR !== 0).map((moment) => floor(moment, HOUR)));
    if (cut.size * 2 * HOUR > end - begin) {
      for (let week = begin; week < end; week += WEEK)
        yield await this.rollUps.minutes(tx, spaceId, week, Math.min(week + WEEK, end));
      return;
    }
    for (let year = floor(begin, HOUR); year < end; year += YEAR) {
      const until = Math.min(year + YEAR, end);
      const inMinutes = [...cut].filter((hour) => hour >= year && hour < until);
      const [hours, minutes] = await Promise.all([
        this.rollUps.hours(tx, spaceId, year, until),
        inMinutes.length === 0 ? [] : this.rollUps.minutesOf(tx, spaceId, inMinutes),
      ]);
      yield [...hours.filter(({ at }) => !cut.has(at)), ...minutes.filter(({ at }) => at < end)].sort(
        (one, other) => one.at - other.at,
      );
    }
  }
}
