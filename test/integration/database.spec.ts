import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { Database } from '../../src/platform/database/database.js';
import { openDataSource } from '../support/data-source.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';

let db: TestDatabase;
let dataSource: DataSource;
let database: Database;

beforeAll(async () => {
  db = await createEmptyDatabase();
  dataSource = await openDataSource(db.ownerUrl);
  database = new Database(dataSource);
  await database.query({ text: 'CREATE TABLE things (id int PRIMARY KEY)' });
});
beforeEach(() => database.query({ text: 'TRUNCATE things' }));
afterAll(async () => {
  database.onModuleDestroy();
  await dataSource.destroy();
  await db.drop();
});

const ids = async (): Promise<number[]> =>
  (await database.query<{ id: number }>({ text: 'SELECT id FROM things ORDER BY id' })).map(({ id }) => id);
const insert = (id: number) => ({ text: 'INSERT INTO things VALUES ($1)', values: [id] });
const pidOf = (pipelined: boolean) =>
  database.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid', pipelined });

describe('a transaction', () => {
  it('keeps all of it, and runs what waits for the commit in order', async () => {
    const seen: string[] = [];
    await database.transaction(async (tx) => {
      tx.afterCommit(async () => void seen.push(`after ${(await ids()).join()}`));
      tx.atCommit(insert(2));
      await tx.query(insert(1));
      seen.push(`inside ${(await tx.query({ text: 'SELECT FROM things' })).length}`);
    });
    expect(seen).toEqual(['inside 1', 'after 1,2']);
  });

  it.each([
    ['the work', async (fail: () => Promise<unknown>) => void (await fail()), undefined],
    ['what is sent with the commit', () => Promise.resolve(), insert(1)],
  ])('keeps nothing when %s fails', async (_, work, last) => {
    let after = false;
    const running = database.transaction(async (tx) => {
      tx.afterCommit(() => void (after = true));
      tx.atCommit(insert(3));
      if (last) tx.atCommit(last);
      await tx.query(insert(1));
      await work(() => tx.query(insert(1)));
    });
    await expect(running).rejects.toMatchObject({ code: '23505' });
    expect([await ids(), after]).toEqual([[], false]);
  });

  it('fails, and not the process, when its connection ends between two statements', async () => {
    const running = database.transaction(async (tx) => {
      const [mine] = await tx.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' });
      await tx.query(insert(1));
      await database.query({ text: 'SELECT pg_terminate_backend($1)', values: [mine?.pid] });
      await new Promise((resolve) => setTimeout(resolve, 50));
      await tx.query(insert(2));
    });
    await expect(running).rejects.toThrow();
    expect(await ids()).toEqual([]);
  });
});

describe('pipelined reads', () => {
  it('answers each statement for itself: one that fails does not touch its neighbours', async () => {
    const answers = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        database.query<{ n: number }>({
          prepare: true,
          pipelined: true,
          text: 'SELECT 60 / $1::int AS n',
          values: [index % 7 === 0 ? 0 : index],
        }),
      ),
    );
    answers.forEach((answer, index) => {
      if (index % 7 === 0) expect(answer).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
      else expect(answer).toEqual({ status: 'fulfilled', value: [{ n: Math.trunc(60 / index) }] });
    });
  });

  it('uses few connections for many statements', async () => {
    for (let warm = 0; warm < 4; warm += 1) await pidOf(true);
    const answers = await Promise.all(Array.from({ length: 200 }, () => pidOf(true)));
    expect(new Set(answers.map(([row]) => row?.pid)).size).toBeLessThanOrEqual(2);
  });

  it('comes back after its connections were ended', async () => {
    for (let warm = 0; warm < 4; warm += 1) await pidOf(true);
    const before = new Set<number | undefined>();
    for (let turn = 0; turn < 4; turn += 1) before.add((await pidOf(true))[0]?.pid);
    await database.query({
      text: 'SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid',
      values: [[...before]],
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let turn = 0; turn < 8; turn += 1) expect(before.has((await pidOf(true))[0]?.pid)).toBe(false);
  });
});
