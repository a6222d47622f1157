import { Temporal } from 'temporal-polyfill';
import { type OpeningHours, WEEKDAYS } from './space.entity.js';

/** The zone of a space when neither it nor a space above it names one. */
export const DEFAULT_TIME_ZONE = 'UTC';

const MICROSECONDS = 1_000;

/** Offsets such as `+01:00` are no places and know no summer time, so they are not taken. */
const IANA_NAME = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;

/** The IANA time zone of this name, spelt as IANA does; undefined when there is none. */
export function timeZoneNamed(name: string): string | undefined {
  if (!IANA_NAME.test(name)) return undefined;
  try {
    return zoned(0, name).timeZoneId;
  } catch {
    // A RangeError is how the library says that it knows no such zone.
    return undefined;
  }
}

const zoned = (instant: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(Math.floor(instant / MICROSECONDS)).toZonedDateTimeISO(zone);

/**
 * Whether a space is open.
 * @param hours null: always.
 * @param instant microseconds since the epoch.
 */
export function isOpen(hours: OpeningHours | null, zone: string, instant: number): boolean {
  if (hours === null) return true;
  const local = zoned(instant, zone);
  const day = WEEKDAYS[local.dayOfWeek - 1];
  const time = local.toPlainTime().toString({ smallestUnit: 'minute' });
  return (day === undefined ? [] : (hours[day] ?? [])).some(([from, to]) => from <= time && time < to);
}

/**
 * The instant of a local time on a local date, exactly one for each date: a time that the clocks skip is that much
 * later (02:30 becomes 03:30), of one that they show twice it is the first.
 */
const instantOf = (date: Temporal.PlainDate, time: string, zone: string): number =>
  date.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds * MICROSECONDS;

/**
 * When the clocks of a zone next show a time of day, however long its days are.
 * @param time `HH:MM`.
 * @param after microseconds since the epoch, as the answer, which lies after it.
 */
export function nextLocalTime(time: string, zone: string, after: number): number {
  // A time skipped late in the evening comes after midnight, and so belongs to the day before.
  let date = zoned(after, zone).toPlainDate().subtract({ days: 1 });
  for (;;) {
    const instant = instantOf(date, time, zone);
    if (instant > after) return instant;
    date = date.add({ days: 1 });
  }
}

/** When the clocks of a zone last showed a time of day: at `until` or before. Microseconds since the epoch. */
export function lastLocalTime(time: string, zone: string, until: number): number {
  let date = zoned(until, zone).toPlainDate().add({ days: 1 });
  for (;;) {
    const instant = instantOf(date, time, zone);
    if (instant <= until) return instant;
    date = date.subtract({ days: 1 });
  }
}
