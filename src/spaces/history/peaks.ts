import { Injectable } from '@nestjs/common';
import { invalid } from '../../platform/errors/problem.js';
import { shownOf } from '../counting/counted.space.js';
import { DAY } from '../counting/instant.js';
import { type Weekday, WEEKDAYS } from '../tree/space.entity.js';
import { HistoryReader } from './history.reader.js';
import type { LocalCalendar, LocalDay } from './local.calendar.js';
import { rounded, spanAsked } from './occupancy.history.js';
import type { PeaksAnswer, PeaksQuery } from './peaks.schemas.js';
import type { StepTotal } from './series.builder.js';
import { stepEdges } from './time.steps.js';
import type { Principal } from '../../access/principal.js';

const MOST_DAYS = 366;
const USUAL = 28 * DAY;
const BUSIEST = 10;

/** What several hours come to. */
class HourSum {
  private personSeconds = 0;
  private seconds = 0;
  private top = -Infinity;
  private came = 0;

  add({ person_seconds, seconds, max, entered }: StepTotal): void {
    this.personSeconds += person_seconds;
    this.seconds += seconds;
    this.top = Math.max(this.top, max);
    this.came += entered;
  }

  get max(): number | null {
    return this.seconds === 0 ? null : shownOf(this.top);
  }

  get mean(): number | null {
    return this.seconds === 0 ? null : rounded(this.personSeconds / this.seconds, 3);
  }

  get entered(): number {
    return this.came;
  }
}

/** The hour of the local day that a step of an hour begins in. */
const hourOf = (calendar: LocalCalendar, day: LocalDay, index: number, step: StepTotal): number =>
  day.even ? index : calendar.hour(step.from);

/** When a space is full, by the hours of the week and by days. */
@Injectable()
export class Peaks {
  constructor(private readonly reader: HistoryReader) {}

  /** @throws Problem 404, or 422 for a span that is empty or too long. */
  read(principal: Principal, spaceId: string, query: PeaksQuery): Promise<PeaksAnswer> {
    return this.reader.read(principal, spaceId, async (reading) => {
      const { space, calendar, now } = reading;
      const [from, to] = spanAsked(query, now, USUAL);
      if (to - from > MOST_DAYS * DAY) throw invalid('from', `must lie at most ${MOST_DAYS} days before to`);
      const steps = await this.reader.steps(reading, stepEdges(calendar, '1h', from, to));
      const week = new Map(
        WEEKDAYS.map((weekday) => [weekday, Array.from({ length: 24 }, () => new HourSum())]),
      );
      const days: [date: string, sum: HourSum][] = [];
      let next = 0;
      for (const day of calendar.days(from, to)) {
        const sum = new HourSum();
        for (; next < steps.length && (steps[next] as StepTotal).from < day.to; next += 1) {
          const step = steps[next] as StepTotal;
          const hour = hourOf(calendar, day, Math.floor((step.from - day.from) / (DAY / 24)), step);
          week.get(day.weekday)?.[hour]?.add(step);
          sum.add(step);
        }
        days.push([day.date, sum]);
      }
      return { space_id: space.id, time_zone: calendar.zone, hours: hoursOf(week), busiest: busiestOf(days) };
    });
  }
}

const hoursOf = (week: Map<Weekday, HourSum[]>): PeaksAnswer['hours'] =>
  [...week].flatMap(([weekday, hours]) => hours.map(({ mean, max }, hour) => ({ weekday, hour, mean, max })));

const busiestOf = (days: [date: string, sum: HourSum][]): PeaksAnswer['busiest'] =>
  days
    .filter(([, { max }]) => max !== null && max > 0)
    .sort(([, one], [, other]) => (other.max ?? 0) - (one.max ?? 0) || (other.mean ?? 0) - (one.mean ?? 0))
    .slice(0, BUSIEST)
    .map(([date, { mean, max, entered }]) => ({ date, mean, max, in: entered }));
