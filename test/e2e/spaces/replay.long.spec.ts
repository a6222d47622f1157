import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HOUR, MINUTE, SECOND, toIso, toMicros } from '../../../src/spaces/counting/instant.js';
import { RollUps } from '../../../src/spaces/history/rollups.js';
import { type Entry, meanLike, spanOf } from '../../support/brute-force.js';
import { type Answer, type Desk, openDesk } from '../../support/desk.js';
import {
  type DoorEvent,
  entriesOf,
  FIRST_DAY,
  readDoorEvents,
  shuffled,
  ZONE,
} from '../../support/door-counts.js';

const BATCH = 1_000;
const DAYS = 105;
const FIRST_MIDNIGHT = toMicros(`${FIRST_DAY}T00:00:00-07:00`);

const events = readDoorEvents();
const entries = entriesOf(events);

/** A building with two doors, and a device at each. */
interface Building {
  id: string;
  doors: string[];
  secrets: string[];
}

interface Item {
  from: string;
  to: string;
  mean: number;
  max: number;
  min: number;
  last: number;
  in: number;
  out: number;
}

let desk: Desk;
let ordered: Building;
let mixed: Building;

const ask = async (method: string, path: string, body?: unknown, as = 'manager'): Promise<Answer['body']> => {
  const headers: Record<string, string> = as === 'manager' ? {} : { authorization: `Bearer ${as}` };
  const answer = await desk.ask(method, `/api/v1/${path}`, {
    ...(as === 'manager' ? { as } : {}),
    body,
    headers,
  });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body;
};

async function makeBuilding(name: string): Promise<Building> {
  const space = await ask('POST', 'spaces', {
    ...{ name, kind: 'building', time_zone: ZONE, counting_since: toIso(FIRST_MIDNIGHT), capacity: 200 },
    ...{ accept_late_days: null, keep_events_days: null, reset_at: '00:00' },
  });
  const building: Building = { id: space.id, doors: [], secrets: [] };
  for (const side of ['east', 'west']) {
    const door = await ask('POST', 'doors', { name: side, to_space_id: space.id });
    const device = await ask('POST', 'devices', { name: side, door_ids: [door.id] });
    building.doors.push(door.id);
    building.secrets.push(device.secret);
  }
  return building;
}

/** Each device posts its own events, in batches and in this order. @returns how many counted and how many came again. */
async function post(
  { doors, secrets }: Building,
  all: readonly DoorEvent[],
): Promise<[counted: number, again: number]> {
  const sums: [number, number] = [0, 0];
  const device = async (door: number): Promise<void> => {
    const own = all.filter((event) => event.door === door);
    for (let from = 0; from < own.length; from += BATCH) {
      const body = own
        .slice(from, from + BATCH)
        .map(({ event_id, direction, count, at }) => ({ event_id, direction, count, at }));
      const answer = await ask('POST', `doors/${doors[door]}/events`, body, secrets[door]);
      expect([answer.refused, answer.invalid]).toEqual([0, 0]);
      sums[0] += answer.counted;
      sums[1] += answer.duplicate;
    }
  };
  await Promise.all([device(0), device(1)]);
  return sums;
}

const seriesOf = async (
  id: string,
  query: string,
): Promise<{ items: Item[]; summary: Record<string, unknown> }> =>
  ask('GET', `spaces/${id}/occupancy?${query}`);

const whole = `from=${toIso(FIRST_MIDNIGHT)}&to=2005-11-06T08:00:00Z`;

/** By the hour in which they lie: a search in all of them for each step would take minutes. */
const byHour = Map.groupBy(entries, ({ at }) => Math.floor(at / HOUR));

/** What a step must show, counted from the events of its day alone: each day begins with nobody. */
function byHand({ from, to, mean }: Item): Omit<Item, 'from' | 'to'> {
  const [begin, end] = [toMicros(from), toMicros(to)];
  const own: Entry[] = [];
  for (let hour = Math.floor(begin / HOUR) - 26; hour * HOUR < end; hour += 1)
    own.push(...(byHour.get(hour) ?? []));
  const span = spanOf(own, begin, end);
  return {
    mean: meanLike(mean, (span.person_seconds * SECOND) / (end - begin)),
    ...{ max: Math.max(0, span.max), min: Math.max(0, span.min), last: Math.max(0, span.last) },
    ...{ in: span.entered, out: span.departed },
  };
}

beforeAll(async () => {
  desk = await openDesk();
  ordered = await makeBuilding('In order');
  mixed = await makeBuilding('In no order');
}, 60_000);
afterAll(() => desk?.close());

describe(`15 weeks of a real building, ${events.length} people through two doors`, () => {
  it('count the same in order, and shuffled with a fifth of them sent again', async () => {
    expect(await post(ordered, events)).toEqual([events.length, 0]);
    const others = events.map((event) => ({ ...event, event_id: randomUUID() }));
    const again = others.filter((_, index) => index % 5 === 0);
    const [counted, duplicate] = await post(mixed, shuffled([...others, ...again]));
    expect([counted, duplicate]).toEqual([events.length, again.length]);
    const stateOf = async ({ id }: Building) => {
      const { occupancy, level, over_capacity } = await ask('GET', `spaces/${id}/state`);
      return { occupancy, level, over_capacity };
    };
    expect(await stateOf(ordered)).toEqual({ occupancy: 0, level: 'free', over_capacity: false });
    expect(await stateOf(mixed)).toEqual(await stateOf(ordered));
  }, 300_000);

  it.each([
    ['from the ledger', false],
    ['from the roll-ups', true],
  ])(
    'have the history that counting by hand makes of them, %s',
    async (_, roll) => {
      if (roll) await desk.app.get(RollUps).run();
      const { items, summary } = await seriesOf(ordered.id, `${whole}&step=1h&fill=previous`);
      expect(items.length).toBe(DAYS * 24 + 1);
      expect(items).toEqual(items.map((item) => ({ ...item, ...byHand(item) })));
      const other = await seriesOf(mixed.id, `${whole}&step=1h&fill=previous`);
      expect(other).toMatchObject({ items, summary });
      for (const step of ['1d', '6h', '10m'] as const) {
        const part = step === '10m' ? `from=${items[2_000]?.from}&to=${items[2_400]?.from}` : whole;
        const one = await seriesOf(ordered.id, `${part}&step=${step}&fill=previous`);
        expect(one.items).toEqual(one.items.map((item) => ({ ...item, ...byHand(item) })));
        expect((await seriesOf(mixed.id, `${part}&step=${step}&fill=previous`)).items).toEqual(one.items);
      }
    },
    120_000,
  );

  it('begin each day with nobody, on the day of 25 hours too', async () => {
    const { items: days } = await seriesOf(mixed.id, `${whole}&step=1d&fill=previous`);
    expect(days.length).toBe(DAYS);
    expect(
      days
        .filter(({ from, to }) => toMicros(to) - toMicros(from) === 25 * HOUR)
        .map(({ from }) => from.slice(0, 10)),
    ).toEqual(['2005-10-30']);
    for (const { from } of days) {
      const query = `from=${from}&to=${toIso(toMicros(from) + MINUTE)}&step=1m&fill=previous`;
      expect((await seriesOf(mixed.id, query)).items).toMatchObject([{ max: 0, min: 0, last: 0 }]);
    }
  }, 60_000);

  it('drift apart each day, and the reset at night takes it back', async () => {
    const { items: days } = await seriesOf(mixed.id, `${whole}&step=1d&fill=previous`);
    const drifts: { date: string; drift: number; corrected: number; doors: { drift: number }[] }[] = [];
    for (const [from, to] of [
      ['2005-07-24', '2005-09-30'],
      ['2005-10-01', '2005-11-05'],
    ])
      drifts.push(...(await ask('GET', `spaces/${mixed.id}/drift?from=${from}&to=${to}`)).items);
    expect(drifts.length).toBe(DAYS);
    for (const [index, { drift, corrected, doors }] of drifts.entries()) {
      const day = days[index] as Item;
      expect(drift).toBe(day.in - day.out);
      expect(corrected + (drifts[index - 1]?.drift ?? 0)).toBe(0);
      const [begin, end] = [toMicros(day.from), toMicros(day.to)];
      const own = events.filter(({ moment }) => moment >= begin && moment < end);
      const byDoor = mixed.doors.map((id, door) => ({
        door_id: id,
        in: own.filter((event) => event.door === door && event.direction === 'in').length,
        out: own.filter((event) => event.door === door && event.direction === 'out').length,
      }));
      expect(doors).toMatchObject(byDoor.sort((one, two) => (one.door_id < two.door_id ? -1 : 1)));
    }
    const sum = drifts.reduce((before, { drift }) => before + drift, 0);
    expect(sum).toBe(events.filter(({ direction }) => direction === 'in').length * 2 - events.length);
  });

  it('were most on the days, and in the hours, that the peaks name', async () => {
    const { items } = await seriesOf(mixed.id, `${whole}&step=1d`);
    const { busiest, hours } = await ask('GET', `spaces/${mixed.id}/peaks?${whole}`);
    const top = Math.max(...items.map(({ max }) => max));
    expect(busiest[0].max).toBe(top);
    expect(Math.max(...hours.map(({ max }: { max: number }) => max))).toBe(top);
  });
});
