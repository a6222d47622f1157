import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HOUR, MINUTE, SECOND, toIso, toMicros } from '../../src/spaces/counting/instant.js';
import { LocalCalendar } from '../../src/spaces/history/local.calendar.js';
import type { OccupancyItem, OccupancyQuery } from '../../src/spaces/history/occupancy.schemas.js';
import { openSpans, type Step, STEPS } from '../../src/spaces/history/time.steps.js';
import { type Entry, meanLike, spanOf } from '../support/brute-force.js';
import { type HistoryBench, openHistory } from '../support/history.js';
import { addEntries } from '../support/ledger.js';
import { insertSpace } from '../support/spaces.js';
import { operator } from '../../src/access/principal.js';

/** The night in which Berlin sets its clocks back. */
const START = toMicros('2026-10-24T20:00:00Z');
const NOW = START + 8 * HOUR + 25 * MINUTE + 20 * SECOND;

let bench: HistoryBench;
beforeAll(async () => {
  bench = await openHistory(NOW);
});
afterAll(() => bench?.close());

const asked = (query: Partial<OccupancyQuery>): OccupancyQuery => ({ step: '1h', fill: 'null', ...query });

const entry = fc
  .record({
    minute: fc.integer({ min: 0, max: 8 * 60 + 25 }),
    rest: fc.constantFrom(0, 1, 15 * SECOND),
    kind: fc.constantFrom('passage' as const, 'passage' as const, 'anchor' as const, 'carry' as const),
    delta: fc.integer({ min: -5, max: 5 }).filter((delta) => delta !== 0),
  })
  .map(({ minute, rest, kind, delta }): Entry => {
    const value = kind === 'anchor' ? Math.max(0, delta) : null;
    return { at: START + minute * MINUTE + rest, kind, delta, value };
  });

/** What a step must show, counted from the events alone. */
function itemByHand(
  entries: readonly Entry[],
  item: OccupancyItem,
  since: number,
  fill: string,
): Partial<OccupancyItem> {
  const from = Math.max(toMicros(item.from), since);
  const to = Math.min(toMicros(item.to), Math.floor(NOW / MINUTE) * MINUTE + MINUTE);
  const nothing = { mean: null, max: null, min: null, last: null };
  if (from >= to) return { ...nothing, in: 0, out: 0 };
  const span = spanOf(entries, from, to);
  const numbers = {
    mean: meanLike(item.mean, (span.person_seconds * SECOND) / (to - from)),
    max: Math.max(0, span.max),
    min: Math.max(0, span.min),
    last: Math.max(0, span.last),
  };
  const zero = { mean: 0, max: 0, min: 0, last: 0 };
  const quiet = { null: nothing, zero, previous: numbers }[fill];
  return { ...(span.events === 0 ? quiet : numbers), in: span.entered, out: span.departed };
}

describe('the series of a space', () => {
  it('is that of a count from scratch, whatever is rolled up, in any zone, step and span', async () => {
    const arrivals = fc.array(fc.record({ entries: fc.array(entry, { maxLength: 6 }), roll: fc.boolean() }), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        arrivals,
        fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe'),
        fc.constantFrom(...(Object.keys(STEPS) as Step[])),
        fc.constantFrom('null' as const, 'previous' as const, 'zero' as const),
        fc.integer({ min: -120, max: 600 }),
        fc.integer({ min: 1, max: 700 }),
        fc.constantFrom(null, 0, 45),
        async (batches, time_zone, step, fill, begin, length, sinceMinute) => {
          const since = START + (sinceMinute ?? -600) * MINUTE + 10 * SECOND;
          const space = await insertSpace(bench.database, {
            time_zone,
            counting_since: toIso(since),
            capacity: 20,
          });
          const entries: Entry[] = [];
          for (const batch of batches) {
            const own = batch.entries.filter(({ at }) => at >= since && at <= NOW);
            entries.push(...own);
            await addEntries(bench.database, space.id, own);
            if (batch.roll) await bench.rollUps.run();
          }
          const from = START + begin * MINUTE + 7 * SECOND;
          const query = asked({ step, fill, from: toIso(from), to: toIso(from + length * MINUTE) });
          const { items, summary } = await bench.occupancy.series(operator, space.id, query);
          const known = Math.floor(since / MINUTE) * MINUTE;
          expect(items).toEqual(
            items.map((item) => ({ ...item, ...itemByHand(entries, item, known, fill) })),
          );
          expect(items.length).toBeGreaterThanOrEqual((length / STEPS[step]) * 0.9);
          const [first, last] = [items[0] as OccupancyItem, items.at(-1) as OccupancyItem];
          const whole = itemByHand(entries, { ...first, to: last.to, mean: summary.mean }, known, 'previous');
          expect({ ...summary, peak: summary.peak?.occupancy ?? null }).toEqual({
            ...{ peak: whole.max, mean: whole.mean, in: whole.in, out: whole.out },
            utilisation: summary.utilisation,
          });
        },
      ),
      { numRuns: 200 },
    );
  }, 120_000);

  it('takes hours where nothing cuts them, minutes where an opening hour does, and the ledger for the rest', async () => {
    const hours = { sat: [['20:30', '24:00']], sun: [['00:00', '01:15']] } satisfies Parameters<
      typeof openSpans
    >[1];
    const space = await insertSpace(bench.database, { time_zone: 'Europe/Berlin', capacity: 20 });
    await bench.database.query({
      text: 'UPDATE spaces SET opening_hours = $2 WHERE id = $1',
      values: [space.id, JSON.stringify(hours)],
    });
    const entries = fc.sample(entry, { numRuns: 120, seed: 3 }).filter(({ at }) => at <= NOW);
    const fresh = entries.filter(({ at }) => at > START + 7 * HOUR);
    await addEntries(
      bench.database,
      space.id,
      entries.filter((one) => !fresh.includes(one)),
    );
    await bench.rollUps.run();
    await addEntries(bench.database, space.id, fresh);
    const query = asked({
      from: toIso(START - 3 * HOUR),
      to: toIso(START + 9 * HOUR),
      step: '3h',
      fill: 'previous',
    });
    const { items, summary } = await bench.occupancy.series(operator, space.id, query);
    expect(items).toEqual(items.map((item) => ({ ...item, ...itemByHand(entries, item, 0, 'previous') })));
    const open = openSpans(new LocalCalendar('Europe/Berlin'), hours, START - 3 * HOUR, START + 9 * HOUR);
    const taken = open.reduce((sum, [from, to]) => sum + spanOf(entries, from, to).person_seconds, 0);
    const time = open.reduce((sum, [from, to]) => sum + (to - from) / SECOND, 0);
    expect(time / 3_600).toBe(4.75);
    expect(summary.utilisation).toBeCloseTo(taken / time / 20, 4);
  });

  it('is the same from a roll-up that a worker has not got to, one that it has, and one in between', async () => {
    const space = await insertSpace(bench.database);
    const entries = fc.sample(entry, { numRuns: 60, seed: 11 }).filter(({ at }) => at <= NOW);
    const query = asked({ from: toIso(START), to: toIso(START + 8 * HOUR), step: '10m' });
    for (const one of entries) {
      await addEntries(bench.database, space.id, [one]);
      const before = await bench.occupancy.series(operator, space.id, query);
      await bench.rollUps.rollUp(space.id);
      expect(await bench.occupancy.series(operator, space.id, query)).toEqual(before);
    }
  });
});

describe('the day of a space', () => {
  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
  ])('%s has %d hours and is one step', async (date, hours) => {
    const space = await insertSpace(bench.database, {
      time_zone: 'Europe/Berlin',
      counting_since: '2025-01-01T00:00:00Z',
    });
    bench.clock.micros = toMicros('2026-12-01T00:00:00Z');
    const midnight = toMicros(`${date}T00:00:00${hours === 23 ? '+01:00' : '+02:00'}`);
    await addEntries(bench.database, space.id, [
      { at: midnight + HOUR, kind: 'passage', delta: hours, value: null },
    ]);
    const span = { from: toIso(midnight), to: toIso(midnight + hours * HOUR) };
    const byDay = await bench.occupancy.series(operator, space.id, asked({ ...span, step: '1d' }));
    expect(byDay.items).toMatchObject([{ ...span, mean: hours - 1, in: hours }]);
    expect(
      (await bench.occupancy.series(operator, space.id, asked({ ...span, step: '1h' }))).items,
    ).toHaveLength(hours);
    bench.clock.micros = NOW;
  });
});

describe('a tree', () => {
  it('shows what its parts counted once, and who went from one part to another not at all', async () => {
    const site = await insertSpace(bench.database, { kind: 'site' });
    const room = await insertSpace(bench.database, { parent: site });
    const at = START + HOUR;
    await addEntries(bench.database, site.id, [{ at, kind: 'passage', delta: 3, value: null }]);
    await addEntries(bench.database, room.id, [{ at, kind: 'passage', delta: 3, value: null }]);
    await addEntries(bench.database, room.id, [{ at: at + 1, kind: 'passage', delta: -2, value: null }]);
    const query = asked({ from: toIso(START), to: toIso(START + 2 * HOUR) });
    expect((await bench.occupancy.series(operator, site.id, query)).summary).toMatchObject({
      in: 3,
      out: 0,
      peak: { occupancy: 3 },
    });
    expect((await bench.occupancy.series(operator, room.id, query)).summary).toMatchObject({
      in: 3,
      out: 2,
      peak: { occupancy: 3 },
    });
  });

  it('hands its zone and its opening hours down, the nearest first', async () => {
    const site = await insertSpace(bench.database, { kind: 'site', time_zone: 'Asia/Tokyo' });
    const floor = await insertSpace(bench.database, {
      parent: site,
      kind: 'floor',
      time_zone: 'Europe/Berlin',
    });
    const room = await insertSpace(bench.database, { parent: floor, capacity: 10 });
    await bench.database.query({
      text: `UPDATE spaces SET opening_hours = '{"sat": [["22:00", "23:00"]]}' WHERE id = $1`,
      values: [site.id],
    });
    await addEntries(bench.database, room.id, [{ at: START, kind: 'passage', delta: 5, value: null }]);
    const query = asked({ from: toIso(START - HOUR), to: toIso(START + HOUR) });
    const { time_zone, summary } = await bench.occupancy.series(operator, room.id, query);
    expect({ time_zone, utilisation: summary.utilisation }).toEqual({
      time_zone: 'Europe/Berlin',
      utilisation: 0.5,
    });
  });
});

describe('a span', () => {
  it.each([
    ['that ends before it begins', { from: toIso(NOW), to: toIso(NOW) }, /^from: must lie before to/],
    [
      'of too many steps',
      { from: toIso(NOW - 8 * 24 * HOUR), step: '1m' as const },
      /^step: makes 11520 steps/,
    ],
    ['before time', { from: '1969-12-31T00:00:00Z' }, /^from: must lie between/],
    ['after time', { to: '2201-01-01T00:00:00Z' }, /^(from|to): must lie between/],
  ])('%s is refused', async (_, query, message) => {
    const space = await insertSpace(bench.database);
    await expect(bench.occupancy.series(operator, space.id, asked(query))).rejects.toThrow(message);
  });

  it('is the last day without one', async () => {
    const space = await insertSpace(bench.database);
    const { items } = await bench.occupancy.series(operator, space.id, asked({}));
    expect([items.length, items[0]?.from, items.at(-1)?.to]).toEqual([
      25,
      '2026-10-24T04:00:00.000000Z',
      '2026-10-25T05:00:00.000000Z',
    ]);
  });
});
