import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DAY, HOUR, toIso } from '../../src/spaces/counting/instant.js';
import { TABLES_OF_SPACES } from '../../src/spaces/history/retention.repository.js';
import { SpaceRepository } from '../../src/spaces/tree/space.repository.js';
import { type HistoryBench, openHistory } from '../support/history.js';
import { addEntries, type LedgerEntry } from '../support/ledger.js';
import { until } from '../support/server.js';
import { insertSpace } from '../support/spaces.js';
import { operator } from '../../src/access/principal.js';

const NOW = Date.now() * 1_000;
const DOOR = randomUUID();

let bench: HistoryBench;
beforeAll(async () => {
  bench = await openHistory(NOW);
});
afterAll(() => bench?.close());

const passage = (at: number, delta: number): LedgerEntry => ({
  at,
  kind: 'passage',
  delta,
  value: null,
  door_id: DOOR,
});

const rowsOf = async (spaceId: string): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const table of TABLES_OF_SPACES) {
    const [row] = await bench.database.query<{ rows: number }>({
      text: `SELECT count(*) AS rows FROM ${table} WHERE space_id = $1`,
      values: [spaceId],
    });
    counts[table] = row?.rows ?? 0;
  }
  return counts;
};

const purgedBefore = async (spaceId: string): Promise<string | null | undefined> => {
  const [row] = await bench.database.query<{ purged_before: string | null }>({
    text: 'SELECT purged_before FROM space_counts WHERE space_id = $1',
    values: [spaceId],
  });
  return row?.purged_before;
};

const since = toIso(NOW - 100 * DAY);

describe('the retention of single events', () => {
  it('lets those go whose days are over, in any number, and keeps the history that was made of them', async () => {
    const space = await insertSpace(bench.database, { counting_since: since, keep_events_days: 30 });
    const old = Array.from({ length: 6_000 }, (_, index) =>
      passage(NOW - 60 * DAY + index * 1_000_003, index % 2 ? -1 : 1),
    );
    await addEntries(bench.database, space.id, [
      ...old,
      passage(NOW - 31 * DAY - 3 * HOUR, 1),
      passage(NOW - 29 * DAY, 1),
    ]);
    await bench.rollUps.run();
    const query = { from: since, step: '1d', fill: 'previous' } as const;
    const before = [
      await bench.occupancy.series(operator, space.id, query),
      await bench.drift.read(operator, space.id, { from: toIso(NOW - 70 * DAY).slice(0, 10) }),
    ];
    await bench.retention.run();
    expect((await rowsOf(space.id)).space_events).toBe(1);
    const purged = (await purgedBefore(space.id)) ?? '';
    expect(purged).toBe(
      new Date(Math.floor((Date.now() - 30 * 86_400_000 - 3_600_000) / 3_600_000) * 3_600_000)
        .toISOString()
        .replace('.000', ''),
    );
    const after = [
      await bench.occupancy.series(operator, space.id, query),
      await bench.drift.read(operator, space.id, { from: toIso(NOW - 70 * DAY).slice(0, 10) }),
    ];
    expect(after).toEqual(before);
    await addEntries(bench.database, space.id, [passage(NOW - 29 * DAY, 5)]);
    await bench.rollUps.run();
    const { items } = await bench.occupancy.series(operator, space.id, query);
    expect(items.at(-1)?.last).toBe(7);
  });

  it('keeps those that are not rolled up yet, with the hour that they are in', async () => {
    const space = await insertSpace(bench.database, { counting_since: since, keep_events_days: 30 });
    await addEntries(bench.database, space.id, [passage(NOW - 60 * DAY, 1), passage(NOW - 50 * DAY, 1)]);
    await bench.retention.run();
    expect([(await rowsOf(space.id)).space_events, await purgedBefore(space.id)]).toEqual([2, null]);
    await bench.rollUps.run();
    await addEntries(bench.database, space.id, [passage(NOW - 50 * DAY, 1)]);
    await bench.retention.run();
    expect((await rowsOf(space.id)).space_events).toBe(2);
  });

  it('keeps all where they are kept for ever, and where a worker makes roll-ups of them', async () => {
    const [forever, busy] = [
      await insertSpace(bench.database, {
        counting_since: since,
        keep_events_days: null,
        accept_late_days: null,
      }),
      await insertSpace(bench.database, { counting_since: since, keep_events_days: 30 }),
    ];
    for (const { id } of [forever, busy]) await addEntries(bench.database, id, [passage(NOW - 90 * DAY, 1)]);
    await bench.rollUps.run();
    await addEntries(bench.database, forever.id, [passage(NOW - DAY, 1)]);
    await bench.database.transaction(async (tx) => {
      await bench.repository.lock(tx, busy.id);
      await bench.retention.run();
    });
    expect((await rowsOf(forever.id)).space_events).toBe(2);
    expect((await rowsOf(busy.id)).space_events).toBe(1);
  });
});

describe('what a deleted space leaves', () => {
  /** A space with rows in every table. */
  const insertCounted = async () => {
    const space = await insertSpace(bench.database);
    await addEntries(bench.database, space.id, [passage(NOW - DAY, 1)]);
    await bench.rollUps.run();
    await addEntries(bench.database, space.id, [passage(NOW - HOUR, 1)]);
    expect(await hasRows(space.id)).toEqual(TABLES_OF_SPACES.map(() => true));
    return space;
  };
  const hasRows = async (id: string) => Object.values(await rowsOf(id)).map((rows) => rows > 0);
  const remove = ({ id }: { id: string }) =>
    bench.database.query({ text: 'DELETE FROM spaces WHERE id = $1', values: [id] });

  it('goes from every table, and what others have stays', async () => {
    const [gone, kept] = [await insertCounted(), await insertCounted()];
    await addEntries(bench.database, gone.id, [passage(NOW - HOUR, 1)]);
    const before = await rowsOf(kept.id);
    await remove(gone);
    await bench.retention.run();
    expect(await hasRows(gone.id)).toEqual(TABLES_OF_SPACES.map(() => false));
    expect(await rowsOf(kept.id)).toEqual(before);
  });

  it.each(TABLES_OF_SPACES)('keeps its id from others when it is cut off at %s', async (table) => {
    const gone = await insertCounted();
    await remove(gone);
    const owner = new pg.Client({ connectionString: bench.ownerUrl });
    await owner.connect();
    await owner.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'cut off'; END $$;
      CREATE TRIGGER refuse BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`);
    await expect(bench.retention.run()).rejects.toThrow();
    await owner.query('DROP FUNCTION refuse CASCADE');
    await owner.end();
    expect(await new SpaceRepository(bench.database).isRemembered(bench.database, gone.id)).toBe(true);
    await bench.retention.run();
    expect(await hasRows(gone.id)).toEqual(TABLES_OF_SPACES.map(() => false));
  });

  it('stays whole until the next run when it is deleted during one', async () => {
    const [gone, later] = [await insertCounted(), await insertCounted()];
    await remove(gone);
    let run: Promise<void> | undefined;
    await bench.database.transaction(async (tx) => {
      await tx.query({ text: 'SELECT FROM space_hours WHERE space_id = $1 FOR UPDATE', values: [gone.id] });
      run = bench.retention.run();
      await until(() => isAnyoneWaiting());
      await remove(later);
    });
    await run;
    expect(await hasRows(gone.id)).toEqual(TABLES_OF_SPACES.map(() => false));
    expect(await hasRows(later.id)).toEqual(TABLES_OF_SPACES.map(() => true));
  });

  const isAnyoneWaiting = async (): Promise<boolean> => {
    const waiting = await bench.database.query({
      text: `SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
             WHERE NOT granted AND datname = current_database()`,
    });
    return waiting.length > 0;
  };
});
