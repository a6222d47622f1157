import { Temporal } from 'temporal-polyfill';
import { DAY, MINUTE, type Micros } from '../counting/instant.js';
import { type Weekday, WEEKDAYS } from '../tree/space.entity.js';

const MILLISECOND: Micros = 1_000;
const MIDNIGHT = Temporal.PlainTime.from('00:00');
const MINUTES_OF_DAY = 1_440;

export interface LocalDay {
  /** `YYYY-MM-DD` */
  date: string;
  weekday: Weekday;
  /** Its first instant, and that of the next day. */
  from: Micros;
  to: Micros;
  /** The clocks are not changed in it, so that it has 24 hours and local times are found by adding. */
  even: boolean;
}

const microsOf = ({ epochMilliseconds }: Temporal.ZonedDateTime): Micros => epochMilliseconds * MILLISECOND;

/** The days of a time zone as spans of real time: 23 or 25 hours long where the clocks are changed. */
export class LocalCalendar {
  /** @param zone an IANA name. */
  constructor(readonly zone: string) {}

  /** The days that have any part in a span of time, in order. */
  *days(from: Micros, to: Micros): Generator<LocalDay> {
    let day = this.dateOf(from);
    let begin = microsOf(day.toZonedDateTime(this.zone));
    // Looked up again only when it is passed: a look costs more than a day.
    let change = this.nextChange(begin);
    while (begin < to) {
      if (change < begin) change = this.nextChange(begin);
      const next = day.add({ days: 1 });
      const even = change > begin + DAY;
      const end = even ? begin + DAY : microsOf(next.toZonedDateTime(this.zone));
      // A zone that crosses the date line leaves a whole day out.
      if (end > begin) {
        const weekday = WEEKDAYS[day.dayOfWeek - 1] as Weekday;
        yield { date: day.toString(), weekday, from: begin, to: end, even };
      }
      day = next;
      begin = end;
    }
  }

  /**
   * The instant of a local time. One that the clocks skip comes as much later, of one that they show twice it is the first.
   * @param minutes after local midnight; 1440 is the end of the day.
   */
  instant(day: LocalDay, minutes: number): Micros {
    if (day.even) return day.from + minutes * MINUTE;
    if (minutes === 0) return day.from;
    if (minutes === MINUTES_OF_DAY) return day.to;
    const local = Temporal.PlainDate.from(day.date).toPlainDateTime(MIDNIGHT.add({ minutes }));
    return microsOf(local.toZonedDateTime(this.zone));
  }

  /** When the day of this date begins. @param date `YYYY-MM-DD` */
  day(date: string): Micros {
    return microsOf(Temporal.PlainDate.from(date).toZonedDateTime(this.zone));
  }

  /** When the local day of an instant began. */
  today(instant: Micros): Micros {
    return microsOf(this.dateOf(instant).toZonedDateTime(this.zone));
  }

  /** The hour that the clocks show. */
  hour(instant: Micros): number {
    return this.zoned(instant).hour;
  }

  private dateOf(instant: Micros): Temporal.PlainDate {
    return this.zoned(instant).toPlainDate();
  }

  private zoned(instant: Micros): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(Math.floor(instant / MILLISECOND)).toZonedDateTimeISO(
      this.zone,
    );
  }

  /** When the clocks are changed, at this instant or later. */
  private nextChange(instant: Micros): Micros {
    const change = this.zoned(instant - MILLISECOND).getTimeZoneTransition('next');
    return change == null ? Infinity : microsOf(change);
  }
}
