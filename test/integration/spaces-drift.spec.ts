import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY, HOUR, MINUTE, SECOND, toIso, toMicros } from '../../src/spaces/counting/instant.js';
import { countAt, type Entry, spanOf } from '../support/brute-force.js';
import { type HistoryBench, openHistory } from '../support/history.js';
import { addEntries, type LedgerEntry } from '../support/ledger.js';
import { insertDoor, insertSpace } from '../support/spaces.js';
import { operator } from '../../src/access/principal.js';

/** Midnight in Kathmandu, whose hours begin at a quarter past ours, five days before now. */
const START = toMicros('2026-11-18T18:15:00Z');
const NOW = START + 5 * DAY + 10 * HOUR;

let bench: HistoryBench;
beforeAll(async () => {
  bench = await openHistory(NOW);
});
afterAll(() => bench?.close());

const passage = (at: number, delta: number, door_id?: string): LedgerEntry => ({
  ...{ at, kind: 'passage', delta, value: null },
  ...(door_id === undefined ? {} : { door_id }),
});
const recount = (at: number, value: number): LedgerEntry => ({ at, kind: 'anchor', delta: 0, value });

async function houseOf(time_zone: string) {
  const house = await insertSpace(bench.database, { kind: 'building', time_zone });
  const room = await insertSpace(bench.database, { parent: house });
  const doors = {
    main: await insertDoor(bench.database, null, house),
    yard: await insertDoor(bench.database, room, null),
    inner: await insertDoor(bench.database, house, room),
  };
  return { house, room, doors };
}

describe('drift', () => {
  it('is what came less what left, for each day and door, of roll-ups and ledger alike', async () => {
    const { house, doors } = await houseOf('Asia/Kathmandu');
    const entry = fc
      .record({
        hour: fc.integer({ min: 0, max: 5 * 24 + 9 }),
        rest: fc.constantFrom(0, 1, 15 * MINUTE - 1, 15 * MINUTE),
        delta: fc.integer({ min: -5, max: 5 }).filter((delta) => delta !== 0),
        door: fc.constantFrom(undefined, doors.main, doors.yard),
        set: fc.nat({ max: 9 }),
      })
      .map(({ hour, rest, delta, door, set }) => {
        const at = START + hour * HOUR + rest;
        return set === 0 ? recount(at, Math.abs(delta)) : passage(at, delta, door);
      });
    const entries = fc.sample(entry, { numRuns: 300, seed: 5 });
    const later = entries.filter((_, index) => index % 10 === 0);
    await addEntries(
      bench.database,
      house.id,
      entries.filter((one) => !later.includes(one)),
    );
    await bench.rollUps.run();
    for (const roll of [false, true]) {
      if (!roll) await addEntries(bench.database, house.id, later);
      else await bench.rollUps.run();
      const { items, time_zone } = await bench.drift.read(operator, house.id, {
        from: '2026-11-19',
        to: '2026-11-24',
      });
      expect([time_zone, items.length]).toEqual(['Asia/Kathmandu', 6]);
      for (const [index, item] of items.entries()) {
        const [from, to] = [START + index * DAY, START + (index + 1) * DAY];
        expect([item.from, item.to]).toEqual([toIso(from), toIso(to)]);
        const span = spanOf(entries, from, to);
        const net = span.entered - span.departed;
        const corrected = span.last - countAt(entries, from - 1) - net;
        expect(item).toMatchObject({
          in: span.entered,
          out: span.departed,
          drift: net,
          corrected,
          last: span.last,
        });
        const byHand = [doors.main, doors.yard, undefined].map((door) => {
          const own = entries.filter(
            (one) => one.door_id === door && one.at >= from && one.at < to && one.value === null,
          );
          const { entered, departed } = spanOf(own, from, to);
          return { door_id: door ?? null, in: entered, out: departed, drift: entered - departed };
        });
        const named = item.doors.map(({ name: _, ...door }) => door);
        expect(new Set(named)).toEqual(new Set(byHand));
        expect(item.doors.at(-1)).toMatchObject({ door_id: null, name: null });
      }
    }
  });

  it('lists the doors that lead in or out, whoever used them, and one that is gone while somebody did', async () => {
    const { house, room, doors } = await houseOf('UTC');
    await addEntries(bench.database, house.id, [passage(NOW - HOUR, 2, doors.main)]);
    await addEntries(bench.database, room.id, [passage(NOW - HOUR, 1, doors.inner)]);
    const today = { from: '2026-11-24', to: '2026-11-24' };
    const namesOf = async (id: string) => {
      const { items } = await bench.drift.read(operator, id, today);
      return items[0]?.doors.map(({ door_id, name, in: came }) => [door_id, name, came]);
    };
    const sorted = (rows: unknown[]) => [...rows].sort((a, b) => (String(a) < String(b) ? -1 : 1));
    expect(await namesOf(house.id)).toEqual(
      sorted([
        [doors.main, 'Door', 2],
        [doors.yard, 'Door', 0],
      ]),
    );
    expect(await namesOf(room.id)).toEqual(
      sorted([
        [doors.inner, 'Door', 1],
        [doors.yard, 'Door', 0],
      ]),
    );
    await bench.database.query({ text: 'DELETE FROM doors WHERE id = $1', values: [doors.main] });
    expect(await namesOf(house.id)).toEqual([
      [doors.yard, 'Door', 0],
      [doors.main, null, 2],
    ]);
  });

  it('is of the last seven days without a span, and of no day that is unknown', async () => {
    const space = await insertSpace(bench.database, { counting_since: '2026-11-22T10:00:00Z' });
    const { items } = await bench.drift.read(operator, space.id, {});
    expect(items.map(({ date }) => date)).toEqual(['2026-11-22', '2026-11-23', '2026-11-24']);
  });

  it.each([
    [{ from: '2026-11-24', to: '2026-11-23' }, 'from: must not lie after to'],
    [{ from: '2026-08-01', to: '2026-11-24' }, 'from: must lie at most 100 days before to'],
  ])('of %j is refused', async (query, message) => {
    const space = await insertSpace(bench.database);
    await expect(bench.drift.read(operator, space.id, query)).rejects.toThrow(message);
  });
});

describe('peaks', () => {
  it('are those of the local hours, the one that an autumn night repeats counted with its namesake', async () => {
    const space = await insertSpace(bench.database, { time_zone: 'Europe/Berlin' });
    // Both hours that the clocks call two: 5 people in the first, 9 in the second.
    const two = toMicros('2026-10-25T00:00:00Z');
    const entries: Entry[] = [passage(two, 5), passage(two + HOUR, 4), passage(two + 2 * HOUR, -9)];
    await addEntries(bench.database, space.id, entries);
    const span = { from: '2026-10-18T00:00:00Z', to: '2026-11-01T00:00:00Z' };
    const { hours, busiest, time_zone } = await bench.peaks.read(operator, space.id, span);
    expect([time_zone, hours.length]).toEqual(['Europe/Berlin', 168]);
    const full = hours.filter(({ max }) => max !== 0);
    // Two Sundays lie in the span, and the hour of the first one was quiet.
    expect(full).toEqual([{ weekday: 'sun', hour: 2, mean: Math.round(14_000 / 3) / 1_000, max: 9 }]);
    expect(busiest).toEqual([{ date: '2026-10-25', mean: 0.56, max: 9, in: 9 }]);
  });

  it('name the ten busiest days', async () => {
    const space = await insertSpace(bench.database, { counting_since: '2026-11-01T00:00:00Z' });
    const first = toMicros('2026-11-01T12:00:00Z');
    const entries = Array.from({ length: 20 }, (_, index) => [
      passage(first + index * DAY, 1 + ((index * 7) % 20)),
      recount(first + index * DAY + 30 * SECOND, 0),
    ]).flat();
    await addEntries(bench.database, space.id, entries);
    const { busiest, hours } = await bench.peaks.read(operator, space.id, {});
    expect(busiest.map(({ max }) => max)).toEqual([20, 19, 18, 17, 16, 15, 14, 13, 12, 11]);
    expect(hours.filter(({ max }) => max !== null && max > 0).map(({ hour }) => hour)).toEqual([
      12, 12, 12, 12, 12, 12, 12,
    ]);
  });

  it('of more than a year are refused, and nothing is known before the space counted', async () => {
    const space = await insertSpace(bench.database, { counting_since: toIso(NOW - HOUR) });
    await expect(bench.peaks.read(operator, space.id, { from: '2025-11-01T00:00:00Z' })).rejects.toThrow(
      'from: must lie at most 366 days',
    );
    const { hours, busiest } = await bench.peaks.read(operator, space.id, {});
    expect(hours.filter(({ mean }) => mean !== null).length).toBeLessThanOrEqual(2);
    expect(busiest).toEqual([]);
  });
});
