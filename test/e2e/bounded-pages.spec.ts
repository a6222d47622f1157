import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Desk, makeEmployee, openDesk } from '../support/desk.js';

const MOST_BYTES = 8 * 1024 * 1024;

let desk: Desk;
let employee: number;

beforeAll(async () => {
  desk = await openDesk();
  employee = (await makeEmployee(desk)).id;
  // Four bytes a character; every third is a control character, which JSON writes as six.
  await desk.database.query({
    text: `INSERT INTO tickets (title, description, status, priority, employee_id, created_by, created_at)
           SELECT 'Long ' || n, repeat(CASE WHEN n % 3 = 0 THEN chr(1) ELSE '😀' END, 20000), 'open', 'normal', $1, 1,
             '2026-01-01'::timestamptz + make_interval(secs => n / 3) FROM generate_series(1, 250) n`,
    values: [employee],
  });
  await desk.database.query({
    text: `INSERT INTO audit (action, subject_type, subject_id, before, after)
           SELECT 'ticket.update', 'ticket', '1', jsonb_build_object('description', repeat('é', 20000)),
             jsonb_build_object('description', repeat('ü', 20000)) FROM generate_series(1, 150)`,
  });
  await desk.database.query({
    text: `INSERT INTO employees (first_name, last_name, email, address)
           SELECT 'A', 'B', 'long' || n || '@example.org', repeat('x', 100000) FROM generate_series(1, 120) n`,
  });
}, 60_000);
afterAll(() => desk?.close());

const get = (path: string): Promise<Answer> => desk.ask('GET', `/api/v1${path}`, { as: 'admin' });

interface Item {
  id: number;
  title?: string;
}

/** Every page of a list, each held to its bounds. */
async function walk(path: string): Promise<Item[][]> {
  const pages: Item[][] = [];
  let cursor = '';
  for (;;) {
    const { status, text, body, headers } = await get(`${path}${cursor}`);
    expect(status).toBe(200);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
    const { items, next_cursor } = body as { items: Item[]; next_cursor: string | null };
    pages.push(items);
    if (next_cursor === null) return pages;
    expect(headers.get('link')).toContain(next_cursor);
    // As many as fit, and no fewer.
    if (items.length < 200) expect(Buffer.byteLength(text)).toBeGreaterThan(MOST_BYTES - 250_000);
    cursor = `&cursor=${next_cursor}`;
  }
}

const idsOf = (pages: Item[][]): number[] => pages.flat().map(({ id }) => id);
const ascending = (ids: number[]): number[] => [...ids].sort((a, b) => a - b);

describe('a page of long items', () => {
  it.each(['id', '-id', 'created_at', '-created_at', '-updated_at'])(
    'is at most 8 MiB, and the cursors lead through every ticket once: sort=%s',
    async (sort) => {
      const pages = await walk(`/tickets?limit=200&sort=${sort}`);
      expect(pages[0]?.length).toBeLessThan(200);
      expect(pages.length).toBeGreaterThan(2);
      const ids = idsOf(pages);
      expect(ascending(ids)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
      if (!sort.includes('updated'))
        expect(ids).toEqual(sort.startsWith('-') ? ascending(ids).reverse() : ascending(ids));
    },
    30_000,
  );

  it('is as the items are by themselves', async () => {
    const { body } = await get('/tickets?limit=200&sort=id');
    for (const index of [0, 60, body.items.length - 1]) {
      const alone = await get(`/tickets/${body.items[index].id}`);
      expect(body.items[index]).toEqual(alone.body);
    }
  });

  it('still counts all there are', async () => {
    const { body } = await get('/tickets?limit=200&count=true');
    expect([body.total, body.items.length < 200]).toEqual([250, true]);
  });

  it('has its one item however long that is', async () => {
    await desk.database.query({
      text: `INSERT INTO employees (first_name, last_name, email, address)
             VALUES ('A', 'B', 'longest@example.org', repeat('x', 9000000))`,
    });
    const { status, body } = await get('/employees?limit=200');
    expect([status, body.items.length, body.items[0].address.length]).toEqual([200, 1, 9_000_000]);
    expect(body.next_cursor).not.toBeNull();
    await desk.database.query({ text: `DELETE FROM employees WHERE email = 'longest@example.org'` });
  });

  it('is so in every list: employees, the tickets of one, a history', async () => {
    expect(idsOf(await walk('/employees?limit=200')).length).toBe(121);
    expect(idsOf(await walk(`/employees/${employee}/tickets?limit=200`)).length).toBe(250);
    expect(idsOf(await walk('/tickets/1/history?limit=200')).length).toBe(150);
  }, 30_000);
});

describe('a page of short items', () => {
  beforeAll(async () => {
    await desk.database.query({
      text: `INSERT INTO tickets (title, description, status, priority, employee_id, created_by)
             SELECT 'Short ' || n, 'text', 'new', 'normal', $1, 1 FROM generate_series(1, 201) n`,
      values: [employee],
    });
  });

  it.each([1, 50, 51, 52, 102, 200])('has all that it may have: limit=%i', async (limit) => {
    const { body } = await get(`/tickets?limit=${limit}`);
    const titles = (body.items as Item[]).map(({ title }) => title);
    expect(titles).toEqual(Array.from({ length: limit }, (_, index) => `Short ${201 - index}`));
    expect(body.next_cursor).not.toBeNull();
  });

  it('ends where the list ends', async () => {
    const { body } = await get('/tickets?limit=200&status=new&sort=id');
    expect(
      (await get(`/tickets?limit=200&status=new&sort=id&cursor=${body.next_cursor}`)).body,
    ).toMatchObject({
      items: [{ title: 'Short 201' }],
      next_cursor: null,
    });
  });
});
