import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Sql } from '../../src/platform/database/database.js';
import { toMicros } from '../../src/spaces/counting/instant.js';
import { type HistoryBench, openHistory } from '../support/history.js';
import { type Plan, sequentialScans } from '../support/query-plan.js';
import { operator } from '../../src/access/principal.js';

const NOW = toMicros('2026-11-24T12:00:00Z');
const SPACES = 3_000;
/** The 11th of all. */
const ID = '0199c6f2-8f3a-7c41-9d55-000000000011';

let bench: HistoryBench;
let asked: Sql[] = [];

const id = (n: string): string => `('0199c6f2-8f3a-7c41-9d55-' || lpad((${n})::text, 12, '0'))::uuid`;

beforeAll(async () => {
  bench = await openHistory(NOW);
  const { database } = bench;
  const owner = new pg.Client({ connectionString: bench.ownerUrl });
  await owner.connect();
  await owner.query(`
    INSERT INTO spaces (id, path, kind, name, capacity, time_zone, opening_hours, counting_since)
      SELECT ${id('n')}, ARRAY[${id('n')}], 'building', 'Building ' || n, 100, 'Asia/Kathmandu', '{"mon": [["09:05", "18:00"]]}', '2026-01-01'
      FROM generate_series(1, ${SPACES}) n;
    INSERT INTO space_counts (space_id) SELECT id FROM spaces;
    INSERT INTO doors (id, name, to_space_id) SELECT gen_random_uuid(), 'Door', id FROM spaces;
    INSERT INTO space_events (event_id, space_id, at, kind, delta, target, door_id)
      SELECT gen_random_uuid(), d.to_space_id, '2026-11-01'::timestamptz + make_interval(hours => n * 9), 'passage', 1, true, d.id
      FROM doors d, generate_series(1, 60) n;
    INSERT INTO space_minutes SELECT space_id, date_trunc('minute', at), 1, 0, 0, 1, 1, 60 FROM space_events;
    INSERT INTO space_quarters SELECT space_id, date_bin('15 minutes', at, 'epoch'), 1, 0, 0, 1, 1, 900 FROM space_events;
    INSERT INTO space_hours SELECT space_id, date_trunc('hour', at), 1, 0, 0, 1, 1, 3600 FROM space_events;
    INSERT INTO door_quarters SELECT space_id, date_bin('15 minutes', at, 'epoch'), door_id, 1, 0 FROM space_events;
    INSERT INTO rollup_marks (space_id, since, until) SELECT id, '2026-11-20', '2026-11-20' FROM spaces, generate_series(1, 20);
  `);
  await owner.query('VACUUM ANALYZE');
  await owner.end();
  const transaction = database.transaction.bind(database);
  const note = (sql: Sql): Sql => {
    asked.push(sql);
    return sql;
  };
  database.transaction = (work) => transaction((tx) => work({ ...tx, query: (sql) => tx.query(note(sql)) }));
  const query = database.query.bind(database);
  database.query = (sql) => query(note(sql));
}, 120_000);
afterAll(() => bench?.close());

/** The statements of the work that read a whole table, planned for their values. */
async function scansOf(work: () => Promise<unknown>): Promise<[text: string, scans: string[]][]> {
  asked = [];
  await work();
  const statements = asked.filter(({ text }) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(text));
  expect(statements.length).toBeGreaterThan(0);
  const found: [string, string[]][] = [];
  for (const { text, values = [] } of statements) {
    const { rows } = await bench.database.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>({
      text: `EXPLAIN (FORMAT JSON) ${text}`,
      values,
    });
    const scans = rows.flatMap((row) => sequentialScans(row['QUERY PLAN'][0].Plan));
    if (scans.length > 0) found.push([text, scans]);
  }
  return found;
}

const span = { from: '2026-11-02T00:00:00Z', to: '2026-11-24T12:00:00Z' };

describe('at 180,000 events no whole table is read', () => {
  it.each([
    [
      'a series by minutes',
      () => bench.occupancy.series(operator, ID, { from: '2026-11-19T00:00:00Z', step: '1m', fill: 'null' }),
    ],
    ['a series by hours', () => bench.occupancy.series(operator, ID, { ...span, step: '1h', fill: 'null' })],
    ['a series by days', () => bench.occupancy.series(operator, ID, { ...span, step: '1d', fill: 'null' })],
    ['peaks', () => bench.peaks.read(operator, ID, span)],
    ['drift', () => bench.drift.read(operator, ID, { from: '2026-11-02', to: '2026-11-24' })],
    ['the roll-up of one space', () => bench.rollUps.rollUp(ID)],
    ['the search for what is to be rolled up', () => bench.repository.marked(ID, 100)],
  ])('for %s', async (_, work) => {
    expect(await scansOf(work)).toEqual([]);
  });

  it('nor for what the retention looks for and removes', async () => {
    await bench.database.query({ text: `DELETE FROM rollup_marks WHERE space_id = $1`, values: [ID] });
    await bench.database.query({
      text: `UPDATE spaces SET keep_events_days = 1, accept_late_days = 1 WHERE id = $1`,
      values: [ID],
    });
    const found = await scansOf(() => bench.retention.run());
    // All spaces are compared with all that have rows.
    expect(found.flatMap(([, scans]) => scans).filter((table) => table !== 'spaces')).toEqual([]);
  }, 120_000);
});
