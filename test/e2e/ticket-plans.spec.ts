import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { Database } from '../../src/platform/database/database.js';
import { type Desk, openDesk } from '../support/desk.js';

const ROWS = 100_000;
const LIMIT = 50;

interface Plan {
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

let desk: Desk;
let owner: pg.Client;

beforeAll(async () => {
  desk = await openDesk();
  owner = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
  await owner.connect();
  // Two of a hundred are open, and those are the newest: who asks for the oldest of them looks past all the others.
  await owner.query(`
    INSERT INTO employees (first_name, last_name, email) SELECT 'A', 'B', n || '@example.org' FROM generate_series(1, 100) n;
    INSERT INTO tickets (title, description, status, priority, employee_id, created_by, created_at)
    SELECT 'Ticket ' || n, 'text', CASE WHEN n > ${ROWS * 0.98} THEN 'open' ELSE 'closed' END, 'normal', 1 + n % 100, 1,
      '2026-01-01'::timestamptz + make_interval(mins => n) FROM generate_series(1, ${ROWS}) n`);
  await owner.query('VACUUM ANALYZE tickets');
}, 60_000);
afterAll(async () => {
  await owner.end();
  await desk.close();
});

/** The statement that reads the list, with its values. */
async function statementOf(path: string): Promise<{ text: string; values: unknown[] }> {
  const query = jest.spyOn(desk.app.get(Database), 'query');
  expect((await desk.ask('GET', path, { as: 'support' })).status).toBe(200);
  const seen = query.mock.calls.map(([{ text, values = [] }]) => ({ text, values }));
  query.mockRestore();
  const found = seen.find(({ text }) => text.includes('FROM tickets'));
  if (found === undefined) throw new Error(`${path} read no tickets`);
  return found;
}

const removed = ({ Plans = [], ...plan }: Plan): number =>
  Plans.reduce((total, inner) => total + removed(inner), plan['Rows Removed by Filter'] ?? 0);

it.each(['id', '-id', 'created_at', '-created_at'])(
  'the tickets of one status are found by an index, however many others there are: sort=%s',
  async (sort) => {
    const first = `/api/v1/tickets?limit=${LIMIT}&status=open&sort=${sort}`;
    const { next_cursor } = (await desk.ask('GET', first, { as: 'support' })).body;
    for (const path of [first, `${first}&cursor=${next_cursor}`]) {
      const { text, values } = await statementOf(path);
      await owner.query(`PREPARE list AS ${text}`);
      const literals = values.map((value) => owner.escapeLiteral(String(value))).join(', ');
      // From the sixth time on PostgreSQL may take one plan for all values.
      for (let time = 1; time <= 8; time += 1) {
        const { rows } = await owner.query(
          `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE list(${literals})`,
        );
        const plan = (rows[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan;
        expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(200);
        expect(removed(plan)).toBeLessThanOrEqual(20 * LIMIT);
      }
      await owner.query('DEALLOCATE list');
    }
  },
  20_000,
);
