import { Injectable } from '@nestjs/common';
import { invalid } from '../../platform/errors/problem.js';
import { shownOf } from '../counting/counted.space.js';
import { DAY, MINUTE, type Micros, toIso, toMicros } from '../counting/instant.js';
import { HistoryReader, type Reading } from './history.reader.js';
import type { OccupancyItem, OccupancyQuery, OccupancySeries } from './occupancy.schemas.js';
import type { StepTotal } from './series.builder.js';
import { type Fill, openSpans, type Span, stepEdges, STEPS } from './time.steps.js';
import type { Principal } from '../../access/principal.js';

/** A week of minutes. */
const MOST_STEPS = 10_080;
/** The years that a time as we count it is exact in. */
const [EARLIEST, LATEST] = [toMicros('1970-01-01T00:00:00Z'), toMicros('2200-01-01T00:00:00Z')];

export const rounded = (value: number, digits: number): number =>
  Math.round(value * 10 ** digits) / 10 ** digits;

/**
 * The span of time that a query names.
 * @param usual how long it is without `from`.
 * @throws Problem 422.
 */
export function spanAsked(
  query: { from?: string | undefined; to?: string | undefined },
  now: Micros,
  usual: Micros,
): Span {
  const to = query.to === undefined ? now : toMicros(query.to);
  const from = query.from === undefined ? to - usual : toMicros(query.from);
  if (from < EARLIEST || from > LATEST) throw invalid('from', 'must lie between 1970 and 2200');
  if (to > LATEST) throw invalid('to', 'must lie between 1970 and 2200');
  if (from >= to) throw invalid('from', `must lie before to, which is ${toIso(to)}`);
  return [from, to];
}

function itemOf(total: StepTotal, fill: Fill): OccupancyItem {
  const { from, to, seconds, eventful } = total;
  const item = { from: toIso(from), to: toIso(to), in: total.entered, out: total.departed };
  if (seconds === 0 || (!eventful && fill === 'null'))
    return { ...item, mean: null, max: null, min: null, last: null };
  if (!eventful && fill === 'zero') return { ...item, mean: 0, max: 0, min: 0, last: 0 };
  const [min, max, last] = [shownOf(total.min), shownOf(total.max), shownOf(total.last)];
  return { ...item, mean: rounded(total.person_seconds / seconds, 3), max, min, last };
}

const sum = (totals: StepTotal[], of: (total: StepTotal) => number): number =>
  totals.reduce((before, total) => before + of(total), 0);

function summaryOf(totals: StepTotal[], capacity: number | null): OccupancySeries['summary'] {
  const known = totals.filter(({ seconds }) => seconds > 0);
  const peak = known.reduce<StepTotal | undefined>(
    (top, total) => (top && top.max >= total.max ? top : total),
    undefined,
  );
  const open = sum(known, ({ open_seconds }) => open_seconds);
  return {
    peak: peak === undefined ? null : { occupancy: shownOf(peak.max), at: toIso(peak.from) },
    mean:
      peak === undefined
        ? null
        : rounded(
            sum(known, ({ person_seconds }) => person_seconds) / sum(known, ({ seconds }) => seconds),
            3,
          ),
    in: sum(known, ({ entered }) => entered),
    out: sum(known, ({ departed }) => departed),
    utilisation:
      capacity === null || open === 0
        ? null
        : rounded(sum(known, ({ open_person_seconds }) => open_person_seconds) / open / capacity, 4),
  };
}

/** How full a space was, step by step. */
@Injectable()
export class OccupancyHistory {
  constructor(private readonly reader: HistoryReader) {}

  /** @throws Problem 404, or 422 for a span that is empty or has too many steps. */
  series(principal: Principal, spaceId: string, query: OccupancyQuery): Promise<OccupancySeries> {
    return this.reader.read(principal, spaceId, async (reading) => {
      const { space, calendar, now } = reading;
      const [from, to] = spanAsked(query, now, DAY);
      const steps = (to - from) / (STEPS[query.step] * MINUTE);
      if (steps > MOST_STEPS)
        throw invalid(
          'step',
          `makes ${Math.ceil(steps)} steps of this span, and ${MOST_STEPS} are the most: take longer ones`,
        );
      const totals = await this.totals(reading, stepEdges(calendar, query.step, from, to));
      return {
        space_id: space.id,
        time_zone: calendar.zone,
        step: query.step,
        items: totals.map((total) => itemOf(total, query.fill)),
        summary: summaryOf(totals, space.capacity),
      };
    });
  }

  private totals(reading: Reading, edges: Micros[]): Promise<StepTotal[]> {
    const { capacity, opening_hours } = reading.space;
    const [from, to] = [edges[0] as Micros, edges.at(-1) as Micros];
    const open = capacity === null ? [] : openSpans(reading.calendar, opening_hours, from, to);
    return this.reader.steps(reading, edges, open);
  }
}
