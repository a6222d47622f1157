import { MINUTE, type Micros } from '../counting/instant.js';
import type { OpeningHours } from '../tree/space.entity.js';
import type { LocalCalendar, LocalDay } from './local.calendar.js';

const HOUR_MINUTES = 60;

/** What a series may be cut into, in minutes. Each is a part of the next hour, or of the day. */
export const STEPS = {
  '1m': 1,
  '2m': 2,
  '5m': 5,
  '10m': 10,
  '15m': 15,
  '20m': 20,
  '30m': 30,
  '1h': 60,
  '2h': 120,
  '3h': 180,
  '4h': 240,
  '6h': 360,
  '8h': 480,
  '12h': 720,
  '1d': 1_440,
} as const;

export type Step = keyof typeof STEPS;

/** What a step shows in which nothing happened. */
export const FILLS = ['null', 'previous', 'zero'] as const;
export type Fill = (typeof FILLS)[number];

export type Span = readonly [from: Micros, to: Micros];

/** Where the steps of a day begin. Those that the clocks skip begin with the next one, or not at all. */
function* edgesOf(calendar: LocalCalendar, day: LocalDay, minutes: number): Generator<Micros> {
  const byClock = minutes > HOUR_MINUTES && !day.even;
  let last = -Infinity;
  for (let passed = 0; !byClock || passed < STEPS['1d']; passed += minutes) {
    const edge = byClock ? calendar.instant(day, passed) : day.from + passed * MINUTE;
    if (edge >= day.to) return;
    if (edge > last) yield edge;
    last = edge;
  }
}

/**
 * Cuts a span of time into the steps of a zone, the first and the last of which are whole. Steps of up to an hour count
 * the time that passes from local midnight; longer ones follow the clocks, and so one of a day on which they are changed
 * is shorter or longer.
 * @returns where the steps begin, and where the last one ends.
 */
export function stepEdges(calendar: LocalCalendar, step: Step, from: Micros, to: Micros): Micros[] {
  const days = [...calendar.days(from, to)];
  const edges = days.flatMap((day) => [...edgesOf(calendar, day, STEPS[step])]);
  edges.push(days.at(-1)?.to ?? to);
  const first = edges.findLastIndex((edge) => edge <= from);
  const last = edges.findIndex((edge) => edge >= to);
  return edges.slice(first, last + 1);
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * HOUR_MINUTES + Number(time.slice(3));

/** When a space is open within a span of time, in order. @param hours null: always. */
export function openSpans(
  calendar: LocalCalendar,
  hours: OpeningHours | null,
  from: Micros,
  to: Micros,
): Span[] {
  if (hours === null) return [[from, to]];
  return [...calendar.days(from, to)].flatMap((day) =>
    (hours[day.weekday] ?? [])
      .map(([opens, closes]): Span => [
        Math.max(from, calendar.instant(day, minutesOf(opens))),
        Math.min(to, calendar.instant(day, minutesOf(closes))),
      ])
      .filter(([opens, closes]) => opens < closes),
  );
}
