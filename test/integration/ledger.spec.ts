import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { operatorContext } from '../../src/access/context.js';
import { Principals } from '../../src/access/principals.js';
import { Database } from '../../src/platform/database/database.js';
import { CountHooks } from '../../src/spaces/counting/count.hooks.js';
import { CountingWork } from '../../src/spaces/counting/counting.work.js';
import { Ledger } from '../../src/spaces/counting/ledger.js';
import { LedgerRepository } from '../../src/spaces/counting/ledger.repository.js';
import { openDataSource } from '../support/data-source.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { insertDoor, insertSpace } from '../support/spaces.js';

let testDatabase: TestDatabase;
let dataSource: DataSource;
let database: Database;

beforeAll(async () => {
  testDatabase = await cloneDatabase();
  dataSource = await openDataSource(testDatabase.appUrl);
  database = new Database(dataSource);
});
afterAll(async () => {
  await dataSource.destroy();
  await testDatabase.drop();
});

const repository = new LedgerRepository();
const work = new CountingWork(repository, new Principals(), new CountHooks());

/** Two buildings on a site; the first has two rooms, one of them with a zone. Each by the index of what contains it. */
const PARENTS = [null, 0, 0, 1, 1, 3] as const;
const KINDS = ['site', 'building', 'building', 'room', 'room', 'zone'];
/** Doors from and to, by index; null is outside. The last two lie inside of the first building. */
const DOORS = [
  [null, 1],
  [null, 2],
  [1, 3],
  [3, 4],
] as const;

const containing = (space: number | null): number[] =>
  space === null ? [] : [space, ...containing(PARENTS[space] ?? null)];

/** A change of a space, or what it was set to, in the order propagated delta, recount, event at one moment. */
interface Entry {
  at: number;
  order: 0 | 1 | 2;
  delta: number;
  value?: number;
}

/** Every space as a list of all that was ever said of it; each number is worked out anew from the whole list. */
class Model {
  private readonly lines: Entry[][] = PARENTS.map(() => []);

  at(space: number, until: number): number {
    return (this.lines[space] as Entry[])
      .filter(({ at }) => at <= until)
      .sort((a, b) => a.at - b.at || a.order - b.order)
      .reduce((sum, { delta, value }) => value ?? sum + delta, 0);
  }

  pass(from: number | null, to: number | null, at: number, delta: number): void {
    const [into, outOf] = [containing(to), containing(from)];
    this.add(
      into.filter((space) => !outOf.includes(space)),
      at,
      delta,
    );
    this.add(
      outOf.filter((space) => !into.includes(space)),
      at,
      -delta,
    );
  }

  /** What is set after the event, here or below, has the last word: its effect ends there. */
  private add(spaces: number[], at: number, delta: number): void {
    let below = Infinity;
    for (const space of spaces) {
      const line = this.lines[space] as Entry[];
      const own = Math.min(
        ...line.filter((entry) => entry.value !== undefined && entry.at > at).map((entry) => entry.at),
      );
      line.push({ at, order: 2, delta });
      if (below < own) line.push({ at: below, order: 0, delta: -delta });
      below = Math.min(below, own);
    }
  }

  set(space: number, at: number, value: number): void {
    const delta = value - this.at(space, at);
    const [, ...above] = containing(space);
    (this.lines[space] as Entry[]).push({ at, order: 1, delta, value });
    for (const container of above) (this.lines[container] as Entry[]).push({ at, order: 0, delta });
  }
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      space: fc.nat(PARENTS.length - 1),
      delta: fc.integer({ min: -5, max: 9 }),
      when: fc.nat(100),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      door: fc.nat(DOORS.length - 1),
      delta: fc.integer({ min: -5, max: 9 }),
      when: fc.nat(100),
    }),
  },
  { weight: 2, arbitrary: fc.record({ recount: fc.nat(PARENTS.length - 1), value: fc.nat(50) }) },
);

describe('the ledger', () => {
  it('holds for every space, now and at any moment before, what a model says that works it out from the beginning', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const spaces: { id: string; path: string[] }[] = [];
        for (const [index, parent] of PARENTS.entries()) {
          const kind = KINDS[index] as string;
          spaces.push(
            await insertSpace(database, {
              kind,
              ...(parent === null ? {} : { parent: spaces[parent] as never }),
            }),
          );
        }
        const doors: string[] = [];
        for (const [from, to] of DOORS)
          doors.push(
            await insertDoor(database, from === null ? null : (spaces[from] ?? null), spaces[to] ?? null),
          );
        const start = Date.now() * 1_000 - 1_000_000;
        const model = new Model();
        for (const one of steps) {
          if ('recount' in one) {
            await database.transaction(async (tx) => {
              const { id } = spaces[one.recount] as { id: string };
              const ledger = await Ledger.open(tx, repository, { spaceIds: [id] });
              const node = ledger.space(id);
              const at = ledger.tick();
              if (node !== undefined) await ledger.recount(node, at, one.value, { kind: 'anchor' });
              await ledger.save(new CountHooks());
              model.set(one.recount, at, one.value);
            });
          } else if (one.delta !== 0) {
            const now = Date.now() * 1_000 - 1_000;
            const at = Math.floor(start + ((now - start) * one.when) / 100);
            const target =
              'door' in one
                ? { door_id: doors[one.door] as string }
                : { space_id: spaces[one.space]?.id as string };
            const event = { event_id: randomUUID(), delta: one.delta, at, ask: false };
            const context = operatorContext('test');
            const [outcome] = await database.transaction((tx) =>
              work.run(tx, [{ context, target, events: [event], bounded: false }]),
            );
            expect(outcome).toMatchObject({ events: [{ result: 'counted' }] });
            const [from, to] =
              'door' in one ? (DOORS[one.door] as [number | null, number]) : [null, one.space];
            model.pass(from, to, at, one.delta);
          }
        }
        const now = (Date.now() + 1_000) * 1_000;
        for (const [index, { id }] of spaces.entries()) {
          const [row] = await database.query<{ inside: number }>({
            text: 'SELECT inside FROM space_counts WHERE space_id = $1',
            values: [id],
          });
          expect([index, row?.inside]).toEqual([index, model.at(index, now)]);
          for (const share of [0.1, 0.5, 0.9, 1]) {
            const moment = Math.floor(start + (now - start) * share);
            expect(await repository.valueBefore(database, id, moment)).toBe(model.at(index, moment - 1));
          }
        }
      }),
      { numRuns: 120 },
    );
  }, 120_000);
});
