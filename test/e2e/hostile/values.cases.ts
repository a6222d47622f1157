import { operator } from '../../../src/access/principal.js';
import { parse } from 'csv-parse/sync';
import { expect } from '@jest/globals';
import { TicketExport } from '../../../src/tickets/ticket.export.js';
import { as, type Case, json } from './attacks.js';
import { call, inShort } from './operations.js';
import { assertExpected, INVALID_INPUT, UNKNOWN_FIELD } from './rules.js';
import { untouched } from './untouched.js';

const url = encodeURIComponent;

/** Values that stand for an id and are none. */
const NO_IDS = [
  '1' + '0'.repeat(22),
  '1e3',
  url('1 or 1=1'),
  '%00',
  '1%00',
  '-1',
  '0',
  '1.5',
  '0x10',
  url('１'),
  'null',
  '%ff',
];

const LIMITS = ['1e9', '1000000000', '201', '0', '-1', 'abc', 'NaN', '', '1.5', '%00'];

/** Requests whose body is what a client may set, and something that it may not. */
const ASSIGNMENTS: [method: string, path: string, body: Record<string, unknown>][] = [
  ...[
    { roles_added: ['admin'] },
    { role: ['admin'] },
    { id: 1 },
    { password_hash: 'x' },
    { password: 'Correct-Horse-8' },
    { version: 9 },
    { must_change_password: false },
    { created_at: '2020-01-01T00:00:00Z' },
  ].map((more): [string, string, Record<string, unknown>] => [
    'PATCH',
    '/api/v1/users/{support}',
    { first_name: 'Other', ...more },
  ]),
  ...[
    { roles: ['admin'] },
    { disabled: false },
    { login_denied: false },
    { email: 'a@example.org' },
    { username: 'root' },
  ].map((more): [string, string, Record<string, unknown>] => [
    'PATCH',
    '/api/v1/me',
    { first_name: 'Other', ...more },
  ]),
  ...[
    { id: 9 },
    { created_by: 1 },
    { resolved_at: null },
    { created_at: '2020-01-01T00:00:00Z' },
    { status: 'closed' },
  ].map((more): [string, string, Record<string, unknown>] => [
    'POST',
    '/api/v1/tickets',
    { title: 'x', employee_id: 1, ...more },
  ]),
  ['PATCH', '/api/v1/tickets/{ticket}', { created_by: 1 }],
  ['PATCH', '/api/v1/employees/{employee}', { version: 7 }],
  ...[
    { id: '0199c6f2-0000-7000-8000-000000000000' },
    { occupancy: 0 },
    { path: [] },
    { ticket_created_by: 1 },
    { reset_since: null },
    { version: 9 },
  ].map((more): [string, string, Record<string, unknown>] => ['PATCH', '/api/v1/spaces/{space}', more]),
  ['PATCH', '/api/v1/doors/{door}', { to_space_id: null }],
  ...[{ secret: 'fdd_' }, { revoked_at: null }, { last_seen_at: null }, { state: 'online' }].map(
    (more): [string, string, Record<string, unknown>] => ['PATCH', '/api/v1/devices/{device}', more],
  ),
];

const FORMULAS = ["=cmd|' /C calc'!A0", '+1+1', '-2+3', '@SUM(1)', "'=1"];

/** Values in their right place that no client may send, and what is made of those that one may. */
export const values: Case[] = [
  {
    no: 33,
    what: 'mass assignment: fields that a client may not set, beside one that it may',
    requests: ASSIGNMENTS.map(([method, path, body]) =>
      as(path === '/api/v1/me' ? 'support' : 'admin', method, path, body),
    ),
    expected: UNKNOWN_FIELD,
  },
  {
    no: 33,
    what: 'mass assignment through PATCH contacts of the legacy server',
    expected: '200 with only the named fields changed',
    scenario: async (world) => {
      const read = async () => (await as('admin', 'GET', '/api/v1/users/{other.support}')(world)).body;
      const before = await read();
      const answer = await as('admin', 'PATCH', '/api/v1/user/{other.support}/contacts', {
        first_name: 'Renamed',
        last_name: 'Test',
        phone: '',
        email: '',
        ...{
          role: ['admin'],
          roles: ['admin'],
          id: 1,
          disabled: true,
          login_denied: true,
          password_hash: 'x',
          username: 'root',
        },
      })(world);
      expect(answer.status).toBe(200);
      const { first_name, updated_at: _changed, ...others } = await read();
      const { first_name: _was, updated_at: _then, ...same } = before;
      expect([first_name, others]).toEqual(['Renamed', same]);
      const signedIn = await world.signIn('other.support');
      expect(signedIn.status).toBe(200);
    },
  },
  {
    no: 38,
    what: 'a limit out of range or no number, a parameter twice or unknown, on every list of the API',
    expected: '422',
    scenario: async (world) => {
      const lists = world.operations.filter(
        ({ legacy, queryNames }) => !legacy && queryNames.includes('limit'),
      );
      expect(lists.length).toBeGreaterThanOrEqual(5);
      const queries = [
        ...LIMITS.map((limit) => `limit=${limit}`),
        ...[
          'limit=1&limit=2',
          'limit[]=1',
          'skip=-1',
          'skip=0',
          'offset=1',
          'x=1',
          'cursor=abc',
          'cursor=&cursor=',
        ],
      ];
      await untouched(world.database, async () => {
        for (const { path } of lists) {
          const target = path.replace(/^\/api\/v1\/(\w+)s\/\{id\}/, `/api/v1/$1s/{$1}`);
          for (const query of queries) {
            const answer = await as('admin', 'GET', `${target}?${query}`)(world);
            expect([target, query, answer.status]).toEqual([target, query, 422]);
          }
        }
      });
    },
  },
  {
    no: 38,
    what: 'skip and limit below their bounds or no numbers, on every list of the legacy server',
    expected:
      '422 with the list of bad places; a limit above 100 counts as 100, of a repeated one the last counts',
    scenario: async (world) => {
      const lists = world.operations.filter(
        ({ legacy, queryNames }) => legacy && queryNames.includes('skip'),
      );
      expect(lists.length).toBeGreaterThanOrEqual(4);
      for (const { path } of lists) {
        for (const query of [
          'skip=-1',
          'skip=abc',
          'skip=NaN',
          'skip=1e3',
          'limit=0',
          'limit=-1',
          'limit=1e9',
          'limit=',
          'limit=%00',
        ]) {
          const answer = await as('admin', 'GET', `${path}?${query}`)(world);
          const [place] = Array.isArray(answer.body.detail) ? answer.body.detail : [{}];
          expect([path, query, answer.status, place.loc]).toEqual([
            path,
            query,
            422,
            ['query', query.split('=')[0]],
          ]);
        }
        for (const query of ['limit=1000000000', 'limit=0&limit=1', `skip=1${'0'.repeat(30)}`, 'x=1']) {
          assertExpected(await as('admin', 'GET', `${path}?${query}`)(world), { status: 200 });
        }
      }
    },
  },
  {
    no: 39,
    what: 'ids that are none: 10^22, 1e3, `1 or 1=1`, NUL and others, in every path of the OpenAPI document',
    expected: '422 or 404, on routes of the occupancy service 400',
    scenario: async (world) => {
      const withId = world.operations.filter(({ path }) => path.includes('{'));
      expect(withId.length).toBeGreaterThan(20);
      await untouched(world.database, async () => {
        for (const operation of withId) {
          for (const value of NO_IDS) {
            const short = inShort(await call(world, operation, 'admin', value));
            const name = `${operation.method} ${operation.path} ${value}`;
            const expected = operation.occupancy ? /^40[04] in words$/ : /^(?:422|404) /;
            expect([name, short]).toEqual([name, expect.stringMatching(expected)]);
          }
        }
      });
    },
  },
  {
    no: 39,
    what: 'ids in a body that are none',
    requests: ['1e22', '1.5', '-1', '0', '"1"', '"1 or 1=1"', 'true', '[1]', '{}', '9007199254740993'].map(
      (value) => json('support', 'POST', '/api/v1/tickets', `{"title": "x", "employee_id": ${value}}`),
    ),
    expected: INVALID_INPUT,
  },
  {
    no: 39,
    what: 'ids in a body that are no UUIDs',
    requests: ['1', '"1"', '"x\\u0000"', '"{00000000-0000-0000-0000-000000000000}"', 'true', '[]', '{}'].map(
      (value) =>
        json('manager', 'POST', '/api/v1/spaces', `{"kind": "zone", "name": "x", "parent_id": ${value}}`),
    ),
    expected: INVALID_INPUT,
  },
  {
    no: 40,
    what: '50 parallel creates with one unique value: an e-mail, a phone, a username',
    expected: 'one 201, 49 times 409 with the code of that field',
    scenario: async (world) => {
      const employee = { first_name: 'A', last_name: 'B' };
      const user = { ...employee, password: 'Correct-Horse-7', roles: ['support'] };
      const race = async (
        path: string,
        body: (index: number) => Record<string, unknown>,
      ): Promise<Record<string, number>> => {
        const answers = await Promise.all(
          Array.from({ length: 50 }, (_, index) => as('admin', 'POST', path, body(index))(world)),
        );
        const counted: Record<string, number> = {};
        for (const answer of answers) counted[inShort(answer)] = (counted[inShort(answer)] ?? 0) + 1;
        return counted;
      };
      expect(
        await race('/api/v1/employees', (index) => ({
          ...employee,
          email: index % 2 ? 'One@Example.org' : 'one@example.org',
        })),
      ).toEqual({ 201: 1, '409 email_taken': 49 });
      expect(
        await race('/api/v1/employees', (index) => ({
          ...employee,
          email: `${index}@example.org`,
          phone: '+442079460001',
        })),
      ).toEqual({ 201: 1, '409 phone_taken': 49 });
      expect(
        await race('/api/v1/users', (index) => ({ ...user, username: index % 2 ? 'Racer' : 'racer' })),
      ).toEqual({
        201: 1,
        '409 username_taken': 49,
      });
      // Nobody was made by a request that was refused.
      const rows = await world.database.query<{ n: number }>({
        text: `SELECT (SELECT count(*) FROM employees WHERE first_name = 'A') + (SELECT count(*) FROM users WHERE first_name = 'A') AS n`,
      });
      expect(rows).toEqual([{ n: 3 }]);
    },
  },
  {
    no: 46,
    what: 'CSV export of =cmd|..., +, -, @, tab, CR; quotes, commas and line ends',
    expected: 'a quote before each cell that a spreadsheet would run, RFC 4180 otherwise',
    scenario: async (world) => {
      for (const title of FORMULAS) {
        const body = {
          title,
          description: `a "quoted", cell\r\nand\n${title}`,
          employee_id: world.ids.employee,
        };
        assertExpected(await as('support', 'POST', '/api/v1/tickets', body)(world), { status: 201 });
      }
      // Our own input is trimmed; what a legacy installation brought along may begin with blanks.
      await world.database.query({
        text: `INSERT INTO tickets (title, description, status, priority, employee_id, created_by)
               VALUES (E'\t=1', E'\r=1', 'new', 'normal', $1, $2)`,
        values: [world.ids.employee, world.ids.support],
      });
      const pieces: string[] = [];
      await world.app.get(TicketExport, { strict: false }).write(
        'csv',
        (text) => Promise.resolve(void pieces.push(text)),
        () => undefined,
        operator,
      );
      const csv = pieces.join('');
      const [header, ...rows] = parse(csv, { record_delimiter: '\r\n' });
      expect(csv.endsWith('\r\n')).toBe(true);
      expect(rows.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
      const column = (name: string): string[] => rows.map((row) => row[header?.indexOf(name) ?? -1] ?? '');
      expect(column('title')).toEqual(
        expect.arrayContaining([...FORMULAS, '\t=1'].map((title) => `'${title}`)),
      );
      expect(column('description')).toEqual(
        expect.arrayContaining(["'\r=1", `a "quoted", cell\r\nand\n${FORMULAS[0]}`]),
      );
      expect(csv).toContain('"a ""quoted"", cell\r\nand\n');
    },
  },
];
