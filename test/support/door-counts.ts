import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { Temporal } from 'temporal-polyfill';
import { MINUTE, SECOND, toIso, type Micros } from '../../src/spaces/counting/instant.js';
import type { Entry } from './brute-force.js';

export const ZONE = 'America/Los_Angeles';
export const FIRST_DAY = '2005-07-24';

const SLICE = 30 * MINUTE;

/** One person who went through a door. */
export interface DoorEvent {
  event_id: string;
  direction: 'in' | 'out';
  count: 1;
  at: string;
  /** Which of two doors. */
  door: 0 | 1;
  moment: Micros;
}

interface Slice {
  slice_start: string;
  people_in: string;
  people_out: string;
}

const startOf = (local: string): Micros =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(ZONE).epochMilliseconds * 1_000;

/** Who went in or out in half an hour: evenly spread, none in its first minute, every other one through the other door. */
function spread(direction: 'in' | 'out', start: Micros, people: number): DoorEvent[] {
  return Array.from({ length: people }, (_, index) => {
    const share = (index + (direction === 'in' ? 0.3 : 0.7)) / people;
    const moment = start + MINUTE + Math.floor(share * (SLICE - MINUTE - SECOND));
    const door = (index % 2) as 0 | 1;
    return { event_id: randomUUID(), direction, count: 1, at: toIso(moment), door, moment };
  });
}

/** The people of test/data/building-door-counts.csv in the order of time: 15 weeks of a university building. */
export function readDoorEvents(): DoorEvent[] {
  const slices = parse<Slice>(readFileSync('test/data/building-door-counts.csv'), { columns: true });
  return slices
    .flatMap(({ slice_start, people_in, people_out }) => {
      const start = startOf(slice_start);
      return [...spread('in', start, Number(people_in)), ...spread('out', start, Number(people_out))];
    })
    .sort((one, other) => one.moment - other.moment);
}

/** The same as entries of a ledger that is set to 0 at each midnight. */
export function entriesOf(events: readonly DoorEvent[]): Entry[] {
  const midnights = new Set(
    events.map(
      ({ at }) =>
        Temporal.Instant.from(at).toZonedDateTimeISO(ZONE).add({ days: 1 }).startOfDay().epochMilliseconds *
        1_000,
    ),
  );
  return [
    ...events.map(({ moment, direction }): Entry => {
      const delta = direction === 'in' ? 1 : -1;
      return { at: moment, kind: 'passage', delta, value: null };
    }),
    ...[...midnights].map((at): Entry => ({ at, kind: 'reset', delta: 0, value: 0 })),
  ];
}

/** In another order, the same each time. */
export function shuffled<T>(items: readonly T[], seed = 1): T[] {
  const all = [...items];
  let state = seed;
  for (let index = all.length - 1; index > 0; index -= 1) {
    state = (state * 48_271) % 2_147_483_647;
    const other = state % (index + 1);
    [all[index], all[other]] = [all[other] as T, all[index] as T];
  }
  return all;
}
