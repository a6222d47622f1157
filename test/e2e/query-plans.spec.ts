import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { Database } from '../../src/platform/database/database.js';
import { type Desk, openDesk } from '../support/desk.js';
import { type Plan, sequentialScans } from '../support/query-plan.js';

const ROWS = 100_000;

/** The id of one of many rows, as SQL and as text. */
const UUID = `('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid`;
const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** A value for each filter that the document offers; a filter without one here fails the test. */
const VALUES: Record<string, string> = {
  q: 'first4711',
  username: 'user4711',
  email: 'person4711@example.org',
  phone: '+4420004711',
  role: 'rare',
  disabled: 'true',
  status: 'pending',
  priority: 'urgent',
  employee_id: '4711',
  created_by: 'me',
  assignee: 'none',
  created_from: '2026-01-01T00:00:00Z',
  due_from: '2026-01-01T00:00:00Z',
  due_to: '2027-01-01T00:00:00Z',
  updated_from: '2026-01-01T00:00:00Z',
  updated_to: '2027-01-01T00:00:00Z',
  created_to: '2026-01-02T00:00:00Z',
  parent_id: uuid(1),
  within: uuid(1),
  kind: 'site',
  tag: 'rare',
  space_id: uuid(4711),
  door_id: uuid(4711),
  state: 'revoked',
};

const NOT_FILTERS = new Set(['limit', 'cursor', 'sort', 'count']);

interface Parameter {
  name: string;
  in: string;
  schema: { enum?: string[]; format?: string };
}

let desk: Desk;
let app: pg.Client;

beforeAll(async () => {
  desk = await openDesk();
  const owner = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
  await owner.connect();
  await owner.query(`
    INSERT INTO users (username, first_name, last_name, phone, email, roles, disabled, password_hash)
    SELECT 'user' || n, 'First' || n, 'Last' || n, '+4420' || lpad(n::text, 6, '0'), 'person' || n || '@example.org',
      ARRAY[CASE WHEN n % 1000 = 0 THEN 'rare' ELSE 'support' END], n % 500 = 0, 'none' FROM generate_series(1, ${ROWS}) n;
    INSERT INTO employees (first_name, last_name, phone, email)
    SELECT 'First' || n, 'Last' || n, '+4420' || lpad(n::text, 6, '0'), 'person' || n || '@example.org' FROM generate_series(1, ${ROWS}) n;
    INSERT INTO tickets (title, description, status, priority, employee_id, created_by, assignee_id, created_at, updated_at)
    SELECT 'Ticket ' || n, 'text', (ARRAY['new','open','pending','resolved','closed'])[1 + n % 5],
      (ARRAY['low','normal','high','urgent'])[1 + n % 4], 1 + n, 4 + n % 50, CASE WHEN n % 100 > 0 THEN 4 + n % 50 END,
      '2026-01-01'::timestamptz + make_interval(mins => n), '2026-01-01'::timestamptz + make_interval(mins => n)
      FROM generate_series(1, ${ROWS} - 10) n;
    INSERT INTO spaces (id, parent_id, path, kind, name, tags, created_at)
    SELECT ${UUID}, CASE WHEN n > 100 THEN ${UUID.replace('n::', '(n % 100 + 1)::')} END,
      CASE WHEN n > 100 THEN ARRAY[${UUID.replace('n::', '(n % 100 + 1)::')}, ${UUID}] ELSE ARRAY[${UUID}] END,
      CASE WHEN n > 100 THEN 'room' ELSE 'site' END, 'Space ' || n, CASE WHEN n % 1000 = 0 THEN '{rare}'::text[] ELSE '{}' END,
      '2026-01-01'::timestamptz + make_interval(mins => n) FROM generate_series(1, ${ROWS}) n;
    INSERT INTO space_counts (space_id) SELECT id FROM spaces;
    INSERT INTO doors (id, name, to_space_id) SELECT ${UUID}, 'Door ' || n, ${UUID} FROM generate_series(1, ${ROWS}) n;
    INSERT INTO devices (id, name, offline_at, revoked_at) SELECT ${UUID}, 'Device ' || n, now() + make_interval(mins => n),
      CASE WHEN n % 1000 = 0 THEN now() END FROM generate_series(1, ${ROWS}) n;
    INSERT INTO device_doors (device_id, door_id) SELECT ${UUID}, ${UUID} FROM generate_series(1, ${ROWS}) n;
    INSERT INTO display_tokens (id, space_id, name, hash) SELECT ${UUID}, ${UUID}, 'Display', sha256(n::text::bytea)
      FROM generate_series(1, ${ROWS}) n;
    INSERT INTO space_alerts (space_id, level, occupancy, capacity) SELECT ${UUID}, 'full', 1, 1
      FROM generate_series(1, ${ROWS}) n;
    INSERT INTO audit (action, subject_type, subject_id) SELECT 'ticket.create', 'ticket', n::text FROM generate_series(1, ${ROWS}) n;
    INSERT INTO audit_values (audit_id, field, after, salt) SELECT id, 'description', '"text"', '' FROM audit;
  `);
  await owner.query('VACUUM ANALYZE');
  await owner.end();
  app = new pg.Client({ connectionString: desk.testDatabase.appUrl });
  await app.connect();
  // Signed in here, so that no case catches what that asks.
  await desk.token('admin');
}, 120_000);

afterAll(async () => {
  await app?.end();
  await desk?.close();
});

/** Who asks is looked up in any request; whether there is a maintenance, or a new key, is asked beside them. */
const BESIDE = /\bFROM (?:sessions|maintenance|signing_keys)\b/;

/** Every statement that a request runs for its answer, with its values. */
async function statementsOf(request: () => Promise<{ status: number; text: string }>) {
  const query = jest.spyOn(desk.app.get(Database), 'query');
  try {
    const answer = await request();
    expect(`${answer.status} ${answer.status === 200 ? '' : answer.text}`).toBe('200 ');
    return query.mock.calls
      .map(([{ text, values = [] }]) => ({ text, values }))
      .filter(({ text }) => !BESIDE.test(text));
  } finally {
    query.mockRestore();
  }
}

/** @returns how many plans were looked at. */
async function assertIndexed(path: string): Promise<number> {
  const statements = await statementsOf(() => desk.ask('GET', path, { as: 'admin' }));
  const reads = statements.filter(({ text }) => /^\s*(?:SELECT|WITH)\b/.test(text));
  expect({ path, caught: reads.length > 0 }).toEqual({ path, caught: true });
  for (const { text, values } of reads) {
    const { rows } = await app.query({ text: `EXPLAIN (FORMAT JSON) ${text}`, values });
    const plan = (rows[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan;
    expect({ path, text, scans: sequentialScans(plan) }).toEqual({ path, text, scans: [] });
  }
  return reads.length;
}

interface Described {
  parameters?: Parameter[];
  deprecated?: boolean;
}

/** Every operation that reads, but those of the legacy APIs: its path with an id of one that is there. */
async function reads(): Promise<[path: string, parameters: Parameter[]][]> {
  const { body } = await desk.ask('GET', '/openapi.json');
  const paths = body.paths as Record<string, { get?: Described }>;
  return Object.entries(paths).flatMap(([path, { get }]): [string, Parameter[]][] => {
    const isUuid = get?.parameters?.some(({ name, schema }) => name === 'id' && schema.format === 'uuid');
    return get === undefined || get.deprecated
      ? []
      : [[path.replace('{id}', isUuid ? uuid(4711) : '4711'), get.parameters ?? []]];
  });
}

const isList = (parameters: Parameter[]): boolean => parameters.some(({ name }) => name === 'limit');

async function lists(): Promise<[path: string, parameters: Parameter[]][]> {
  return (await reads())
    .filter(([, parameters]) => isList(parameters))
    .map(([path, parameters]) => [path, parameters.filter((parameter) => parameter.in === 'query')]);
}

/** What reads the history has its plans in spaces-history-plans.spec.ts, at many events; and what asks nothing of PostgreSQL. */
const NO_LOOK_UP =
  /\/(?:occupancy|peaks|drift|stream)$|^\/(?:board|health|maintenance|metrics|\.well-known)|\/status$/;

const lookUps = async (): Promise<string[]> =>
  (await reads())
    .filter(([path, parameters]) => !isList(parameters) && !NO_LOOK_UP.test(path))
    .map(([path]) => path);

describe('no list reads a whole table', () => {
  it('at 100,000 rows, for every filter with every sort that the document offers', async () => {
    let checked = 0;
    for (const [path, parameters] of await lists()) {
      const sorts = parameters.find(({ name }) => name === 'sort')?.schema.enum ?? ['-id'];
      const filters = parameters.map(({ name }) => name).filter((name) => !NOT_FILTERS.has(name));
      for (const sort of sorts) {
        const sorted = sorts.length === 1 ? '' : `&sort=${sort}`;
        checked += await assertIndexed(`${path}?limit=50${sorted}`);
        for (const filter of filters) {
          const value = VALUES[filter];
          if (value === undefined)
            throw new Error(`${path} offers the filter ${filter}: give it a value in this test`);
          checked += await assertIndexed(`${path}?limit=50${sorted}&${filter}=${encodeURIComponent(value)}`);
        }
        const page = await desk.ask('GET', `${path}?limit=5${sorted}`, { as: 'admin' });
        if (page.body.next_cursor)
          checked += await assertIndexed(`${path}?limit=50${sorted}&cursor=${page.body.next_cursor}`);
      }
    }
    expect(checked).toBeGreaterThan(100);
  }, 120_000);

  it('nor does a look-up of one', async () => {
    const paths = await lookUps();
    for (const path of paths) await assertIndexed(path);
    for (const name of ['users/4711', 'employees/4711', 'tickets/4711', 'me', `spaces/${uuid(4711)}/state`])
      expect(paths).toContain(`/api/v1/${name}`);
  });

  it('runs the same number of statements for one row and for many', async () => {
    const count = async (limit: number) =>
      (await statementsOf(() => desk.ask('GET', `/api/v1/tickets?limit=${limit}`, { as: 'admin' }))).length;
    expect(await count(200)).toBe(await count(1));
  });
});
