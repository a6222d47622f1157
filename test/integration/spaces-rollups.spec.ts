import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY, HOUR, MINUTE, SECOND, toIso, toMicros } from '../../src/spaces/counting/instant.js';
import { HOURS, MINUTES, QUARTERS } from '../../src/spaces/history/rollup.repository.js';
import { rollUpsOf } from '../support/brute-force.js';
import { type HistoryBench, openHistory } from '../support/history.js';
import { addEntries, type LedgerEntry } from '../support/ledger.js';
import { insertSpace } from '../support/spaces.js';

const START = toMicros('2026-03-01T10:00:00Z');
const DOORS = [randomUUID(), randomUUID()];

let bench: HistoryBench;
let { database, repository, rollUps } = {} as HistoryBench;

beforeAll(async () => {
  bench = await openHistory(START);
  ({ database, repository, rollUps } = bench);
});
afterAll(() => bench?.close());

const entry = fc
  .record({
    minute: fc.integer({ min: 0, max: 200 }),
    rest: fc.constantFrom(0, 1, 30 * SECOND, MINUTE - 1),
    kind: fc.constantFrom('passage', 'passage', 'passage', 'admission', 'anchor', 'reset', 'carry'),
    delta: fc.integer({ min: -5, max: 5 }).filter((delta) => delta !== 0),
    door: fc.constantFrom(undefined, ...DOORS),
  })
  .map(({ minute, rest, kind, delta, door }): LedgerEntry => {
    const isSet = kind === 'anchor' || kind === 'reset';
    const at = START + minute * MINUTE + rest;
    return {
      ...{ at, kind, delta, value: isSet ? Math.max(0, delta) : null },
      ...(door === undefined || isSet || kind === 'carry' ? {} : { door_id: door }),
    };
  });

const rounded = <Row extends { person_seconds: number }>(rows: Row[]) =>
  rows.map((row) => ({ ...row, person_seconds: row.person_seconds.toFixed(4) }));

const doorRows = (spaceId: string) =>
  database.query<{ quarter: string; door_id: string; entered: number; departed: number }>({
    text: 'SELECT quarter, door_id, entered, departed FROM door_quarters WHERE space_id = $1 ORDER BY 1, 2',
    values: [spaceId],
  });

function doorsByHand(entries: readonly LedgerEntry[]) {
  const quarters = new Map<string, { entered: number; departed: number }>();
  for (const { at, door_id, delta } of entries) {
    if (door_id === undefined) continue;
    const key = `${toIso(Math.floor(at / (15 * MINUTE)) * 15 * MINUTE).replace('.000000', '')} ${door_id}`;
    const { entered, departed } = quarters.get(key) ?? { entered: 0, departed: 0 };
    quarters.set(key, { entered: entered + Math.max(0, delta), departed: departed + Math.max(0, -delta) });
  }
  return [...quarters]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, sums]) => ({ quarter: key.slice(0, 20), door_id: key.slice(21), ...sums }));
}

async function expectTruth(spaceId: string, entries: readonly LedgerEntry[]): Promise<void> {
  const numbers = (rows: { width: number }[]) => rows.map(({ width: _, ...row }) => row) as never[];
  for (const grain of [MINUTES, QUARTERS, HOURS]) {
    const stored = await repository.pieces(database, grain, spaceId, [[0, START + 10 * DAY]]);
    expect(rounded(numbers(stored))).toEqual(rounded(rollUpsOf(entries, grain.width)));
  }
  expect(await doorRows(spaceId)).toEqual(doorsByHand(entries));
  expect(await repository.marked(undefined, 1)).toEqual([]);
}

const passage = (minute: number, delta: number): LedgerEntry => ({
  at: START + minute * MINUTE,
  kind: 'passage',
  delta,
  value: null,
});
const recount = (minute: number, value: number): LedgerEntry => ({
  at: START + minute * MINUTE,
  kind: 'anchor',
  delta: 0,
  value,
});

describe('the roll-ups of a space', () => {
  it('are those of a count from scratch, whatever the order of arrival and whenever they are made', async () => {
    const batches = fc.array(fc.record({ entries: fc.array(entry, { maxLength: 6 }), roll: fc.boolean() }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (arrivals) => {
        const { id: spaceId } = await insertSpace(database);
        for (const { entries, roll } of arrivals) {
          await addEntries(database, spaceId, entries);
          if (roll) await rollUps.run();
        }
        await rollUps.run();
        await expectTruth(
          spaceId,
          arrivals.flatMap(({ entries }) => entries),
        );
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('are made of any number of events, page by page', async () => {
    const { id: spaceId } = await insertSpace(database);
    const entries = Array.from({ length: 12_000 }, (_, index) => ({
      ...passage(index % 300, index % 3 === 0 ? -1 : 1),
      at: START + index * 2 * SECOND,
    }));
    await addEntries(database, spaceId, entries);
    await rollUps.run();
    const [sum] = await database.query<{ minutes: number; entered: number; departed: number; last: number }>({
      text: `SELECT count(*) AS minutes, sum(entered)::bigint AS entered, sum(departed)::bigint AS departed,
                    (array_agg(last ORDER BY minute DESC))[1] AS last FROM space_minutes WHERE space_id = $1`,
      values: [spaceId],
    });
    expect(sum).toEqual({ minutes: 400, entered: 8_000, departed: 4_000, last: 4_000 });
  });

  it('are made anew after a late event only up to where it makes no difference', async () => {
    const { id: spaceId } = await insertSpace(database);
    const entries = [passage(0, 5), passage(70, 2), recount(130, 1), passage(190, 1), passage(260, 1)];
    await addEntries(database, spaceId, entries);
    await rollUps.run();
    const versions = () =>
      database.query<{ at: string; xmin: string }>({
        text: `SELECT minute AS at, xmin::text FROM space_minutes WHERE space_id = $1
               UNION ALL SELECT hour, xmin::text FROM space_hours WHERE space_id = $1 ORDER BY 1, 2`,
        values: [spaceId],
      });
    const before = await versions();
    await addEntries(database, spaceId, [passage(60, 3)]);
    await rollUps.run();
    await expectTruth(spaceId, [...entries, passage(60, 3)]);
    const kept = (await versions()).filter((row) =>
      before.some(({ at, xmin }) => at === row.at && xmin === row.xmin),
    );
    // The first minute and its hour, and those after the recount.
    expect(kept.map(({ at }) => at.slice(11, 16))).toEqual([
      '10:00',
      '10:00',
      '13:00',
      '13:10',
      '14:00',
      '14:20',
    ]);
  });

  it('keep what was made of events that are gone', async () => {
    const { id: spaceId } = await insertSpace(database);
    await addEntries(database, spaceId, [passage(0, 5), passage(61, 2)]);
    await rollUps.run();
    await database.query({ text: 'DELETE FROM space_events WHERE space_id = $1', values: [spaceId] });
    await database.query({
      text: 'UPDATE space_counts SET purged_before = $2 WHERE space_id = $1',
      values: [spaceId, toIso(START + 2 * HOUR)],
    });
    await addEntries(database, spaceId, [passage(121, 1)]);
    await addEntries(database, spaceId, [passage(1, 1)]);
    await rollUps.run();
    const minutes = await repository.pieces(database, MINUTES, spaceId, [[0, START + DAY]]);
    expect(minutes.map(({ at, last }) => [(at - START) / MINUTE, last])).toEqual([
      [0, 5],
      [61, 7],
      [121, 8],
    ]);
  });
});

describe('several workers', () => {
  it('leave the same while events go on coming', async () => {
    const spaces = await Promise.all([insertSpace(database), insertSpace(database)]);
    const entries = fc.sample(entry, { numRuns: 400, seed: 7 });
    let counting = true;
    const worker = async () => {
      while (counting) await rollUps.run();
    };
    const workers = [worker(), worker()];
    const counters = spaces.map(async ({ id: spaceId }) => {
      for (let from = 0; from < entries.length; from += 5) {
        await database.transaction(async (tx) => {
          await addEntries(tx, spaceId, entries.slice(from, from + 5));
          await delay(from % 3);
        });
      }
    });
    await Promise.all(counters);
    counting = false;
    await Promise.all(workers);
    await rollUps.run();
    for (const { id } of spaces) await expectTruth(id, entries);
  }, 60_000);

  it('do not wait for one another: a space that one has is left to it', async () => {
    const { id: spaceId } = await insertSpace(database);
    await addEntries(database, spaceId, [passage(0, 1)]);
    await database.transaction(async (tx) => {
      expect(await repository.lock(tx, spaceId)).toBe(true);
      expect(await rollUps.run()).toBe(0);
    });
    expect(await rollUps.run()).toBe(1);
  });
});
