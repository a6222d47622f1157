import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Answer, type Desk, openDesk } from '../support/desk.js';

let desk: Desk;
let other: pg.Client;

beforeAll(async () => {
  desk = await openDesk();
  other = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
  await other.connect();
});
afterAll(async () => {
  await other.end();
  await desk.close();
});

/** The processes of PostgreSQL that work for the application, or wait for a lock for it. */
async function processes(condition = 'true'): Promise<number[]> {
  const rows = await desk.database.query<{ pid: number }>({
    text: `SELECT pid FROM pg_stat_activity
           WHERE application_name LIKE 'frontdesk%' AND datname = current_database() AND ${condition} ORDER BY pid`,
  });
  return rows.map(({ pid }) => pid);
}

it('is told as a query that took too long; the database is not away, and no connection is lost', async () => {
  const list = (): Promise<Answer> => desk.ask('GET', '/api/v1/tickets?limit=7', { as: 'support' });
  const change = (): Promise<Answer> =>
    desk.ask('PATCH', '/api/v1/tickets/1', { as: 'support', body: { title: 'New' } });
  await desk.token('support');
  await other.query('BEGIN; LOCK TABLE tickets');
  const running = Promise.all([list(), change()]);
  let waiting: number[] = [];
  while (waiting.length < 2) waiting = await processes(`wait_event_type = 'Lock'`);
  const ready = await desk.ask('GET', '/health/ready');
  const answers = await running;
  await other.query('ROLLBACK');
  for (const { status, headers, body } of answers) {
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
    expect(body.detail).toMatch(/^The query took too long and was stopped\. Ask for less/);
  }
  expect(ready.status).toBe(200);
  expect((await desk.ask('GET', '/health/ready')).status).toBe(200);
  expect(await processes()).toEqual(expect.arrayContaining(waiting));
  expect((await list()).status).toBe(200);
}, 20_000);
