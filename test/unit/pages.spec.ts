import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Queryable, Sql } from '../../src/platform/database/database.js';
import { readPage } from '../../src/platform/pagination/page.js';
import { where } from '../../src/platform/pagination/page.reading.js';

interface Row {
  id: number;
  created_at: string;
}

const LIST = {
  from: 'things',
  columns: 'id, created_at',
  sorts: { id: { column: 'id', type: 'bigint' }, created_at: { column: 'created_at', type: 'timestamptz' } },
} as const;

/** Answers the two shapes of statement that a list by created_at makes, over rows in memory. */
function tableOf(rows: Row[]): Queryable & { asked: Sql[] } {
  const asked: Sql[] = [];
  const query = <T>(sql: Sql): Promise<T[]> => {
    asked.push(sql);
    const values = [...(sql.values ?? [])] as (string | number)[];
    const limit = values.pop() as number;
    const [at, id] = values as [string | undefined, number | undefined];
    const newestFirst = [...rows].sort((a, b) =>
      a.created_at === b.created_at ? b.id - a.id : a.created_at < b.created_at ? 1 : -1,
    );
    const after = newestFirst.filter(
      (row) => at === undefined || row.created_at < at || (row.created_at === at && row.id < (id as number)),
    );
    return Promise.resolve(after.slice(0, limit) as T[]);
  };
  return { asked, query };
}

const pages = { sort: '-created_at', count: false };

describe('a keyset page', () => {
  it('leads through every row once, whatever the page size and however many share a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        async (seconds, limit) => {
          const rows = seconds.map((second, index) => ({
            id: index + 1,
            created_at: `2026-01-01T00:00:0${second}.000001Z`,
          }));
          const table = tableOf(rows);
          const seen: number[] = [];
          let cursor: string | undefined;
          do {
            const page = await readPage<Row>(table, LIST, [], { ...pages, limit, cursor });
            seen.push(...page.items.map(({ id }) => id));
            cursor = page.next_cursor ?? undefined;
          } while (cursor !== undefined);
          expect([...seen].sort((a, b) => a - b)).toEqual(rows.map(({ id }) => id));
        },
      ),
    );
  });

  it('never meets a client’s text inside a statement', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), async (value) => {
        const table = tableOf([]);
        await readPage<Row>(table, LIST, [where('title = ?', `'${value}'--`)], { ...pages, limit: 1 });
        expect(table.asked[0]?.text).toBe(
          'SELECT id, created_at FROM things WHERE title = $1 ORDER BY created_at DESC, id DESC LIMIT $2',
        );
      }),
    );
  });

  it('refuses as a cursor whatever it did not make for this order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ maxLength: 40 }),
          fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
        ),
        async (cursor) => {
          await expect(
            readPage<Row>(tableOf([]), LIST, [], { ...pages, limit: 1, cursor }),
          ).rejects.toMatchObject({ status: 422 });
        },
      ),
    );
    const foreign = Buffer.from(JSON.stringify(['created_at', '2026-01-01T00:00:00Z', 1])).toString(
      'base64url',
    );
    await expect(
      readPage<Row>(tableOf([]), LIST, [], { ...pages, limit: 1, cursor: foreign }),
    ).rejects.toMatchObject({ status: 422 });
  });
});
