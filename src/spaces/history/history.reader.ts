import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { Database, type Queryable } from '../../platform/database/database.js';
import { notFound } from '../../platform/errors/problem.js';
import { DAY, MINUTE, type Micros } from '../counting/instant.js';
import { HistoryRepository, type HistorySpace } from './history.repository.js';
import { LocalCalendar } from './local.calendar.js';
import { MinuteFold, type RollUp } from './minute.fold.js';
import { type Grain, HOURS, MINUTES, QUARTER, QUARTERS, RollUpRepository } from './rollup.repository.js';
import { type Piece, SeriesBuilder, type StepTotal } from './series.builder.js';
import type { Span } from './time.steps.js';
import type { Principal } from '../../access/principal.js';

const WEEK = 7 * DAY;
const YEAR = 366 * DAY;

const floor = (moment: Micros, width: Micros): Micros => Math.floor(moment / width) * width;

/** Whether most quarters of a stretch are cut. */
const isFine = (cuts: readonly Micros[], length: Micros): boolean =>
  cuts.filter((cut) => cut % QUARTER !== 0).length * QUARTER * 2 >= length;

/** Where pieces that begin at these moments lie, neighbours as one. */
function spansOf(moments: Micros[], width: Micros): Span[] {
  const spans: [Micros, Micros][] = [];
  for (const moment of moments.sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last?.[1] === moment) last[1] = moment + width;
    else spans.push([moment, moment + width]);
  }
  return spans;
}

const asPieces = (minutes: RollUp[]): Piece[] => minutes.map((minute) => ({ ...minute, width: MINUTE }));

/** A space, its calendar, and one moment of the database in which all of a history is read. */
export interface Reading {
  tx: Queryable;
  space: HistorySpace;
  calendar: LocalCalendar;
  now: Micros;
}

/**
 * Reads the history of a space, always as fresh as the ledger: from the roll-ups up to the first event that they
 * miss, and from there on from the ledger. Whole hours come as hours, and those that an edge of a step
 * or of the opening hours cuts as quarters or minutes, so the cost follows the span and the steps that are asked for.
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
  read<T>(principal: Principal, spaceId: string, work: (reading: Reading) => Promise<T>): Promise<T> {
    return this.database.transaction(async (tx) => {
      await tx.query({ prepare: true, text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
      const space = await this.spaces.find(tx, principal, spaceId);
      if (space === undefined) throw notFound('space', spaceId);
      const calendar = new LocalCalendar(space.time_zone);
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
    // The minute that is not over is included, with what came so far.
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

  /** In stretches of bounded size. */
  private async *rolledUp(
    tx: Queryable,
    spaceId: string,
    [begin, end]: Span,
    cuts: readonly Micros[],
  ): AsyncGenerator<Piece[]> {
    const length = isFine(cuts, end - begin) ? WEEK : YEAR;
    for (let from = begin; from < end; from += length) {
      const span: Span = [from, Math.min(from + length, end)];
      const within = cuts.filter((cut) => cut >= span[0] && cut < span[1]);
      const pieces = await this.pieces(tx, spaceId, [HOURS, QUARTERS, MINUTES], [span], [...span, ...within]);
      yield pieces.filter(({ at }) => at >= span[0] && at < span[1]);
    }
  }

  /** Takes the longest pieces that no cut goes through, and for the others shorter ones. */
  private async pieces(
    tx: Queryable,
    spaceId: string,
    [grain, ...finer]: readonly Grain[],
    spans: readonly Span[],
    cuts: readonly Micros[],
  ): Promise<Piece[]> {
    if (grain === undefined || spans.length === 0) return [];
    const { width } = grain;
    const cut = new Set(cuts.filter((moment) => moment % width !== 0).map((moment) => floor(moment, width)));
    const [whole, parts] = await Promise.all([
      this.rollUps.pieces(tx, grain, spaceId, spans),
      this.pieces(tx, spaceId, finer, spansOf([...cut], width), cuts),
    ]);
    return [...whole.filter(({ at }) => !cut.has(at)), ...parts].sort((one, other) => one.at - other.at);
  }
}
