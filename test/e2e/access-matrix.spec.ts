import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routesOf, type ServedRoute } from '../../src/platform/http/adapter.js';
import { committed } from '../support/committed.js';
import { type Desk, makeUser, openDesk } from '../support/desk.js';
import { EventReader } from '../support/event-stream.js';
import { type Asked, askedFor, pathOf } from '../support/operation.fixtures.js';
import { Things } from '../support/operation.things.js';
import { addRoles } from '../support/permissions.js';

const TABLE = 'test/e2e/access-matrix.md';

const COLUMNS = [
  'nobody',
  'support',
  'manager',
  'admin',
  'no roles',
  'disabled admin',
  'denied admin',
  'ticket:read_own',
  'the same, own tickets',
] as const;
type Column = (typeof COLUMNS)[number];

let desk: Desk;
const tokens = new Map<Column, string>();
/** Of an admin, but in the last column, which asks about tickets of its own. */
let others: Things;
let own: Things;

beforeAll(async () => {
  desk = await openDesk();
  addRoles({ reader: { rank: 5, permissions: ['ticket:read_own'] } });
  for (const name of ['support', 'manager', 'admin'] as const) tokens.set(name, await desk.token(name));
  await makeUser(desk, 'roleless', { roles: [] });
  tokens.set('no roles', await desk.token('roleless'));
  const off = await makeUser(desk, 'disabled', { roles: ['admin'] });
  tokens.set('disabled admin', await desk.token('disabled'));
  await desk.ask('PATCH', `/api/v1/users/${off.id}`, { as: 'admin', body: { disabled: true } });
  const denied = await makeUser(desk, 'denied', { roles: ['admin'] });
  tokens.set('denied admin', await desk.token('denied'));
  await desk.ask('PATCH', `/api/v1/users/${denied.id}`, { as: 'admin', body: { login_denied: true } });
  for (const [column, username] of [
    ['ticket:read_own', 'reader'],
    ['the same, own tickets', 'own.reader'],
  ] as const) {
    const { id } = await makeUser(desk, username, { roles: ['reader'] });
    tokens.set(column, await desk.token(username));
    own = new Things(desk.database, id, 'own');
  }
  const { body: admin } = await desk.ask('GET', '/api/v1/me', { as: 'admin' });
  others = new Things(desk.database, admin.id as number, 'others');
});

afterAll(() => desk?.close());

/** Not Nest routes: OAuth's own endpoints and the documentation. */
const OUTSIDE = /^\/(?:api\/v1\/token|\.well-known|docs|openapi\.json)|^\*$/;

const routes = (): ServedRoute[] =>
  routesOf(desk.app.getHttpAdapter().getInstance())
    .filter(({ path }) => !OUTSIDE.test(path))
    .filter(({ method }) => method !== 'OPTIONS')
    .sort((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`, 'en'));

/** Its name in the document. */
const templateOf = ({ path }: ServedRoute): string => path.replace(/:([a-z_]+)/g, '{$1}');

/** A stream that is let in has no end: only its head is read. */
async function isOpenStream(path: string, token: string | undefined): Promise<boolean> {
  if (!path.endsWith('/stream')) return false;
  const reader = await EventReader.open(`${desk.url}${path}`, token === undefined ? {} : { token });
  reader.leave();
  return reader.status === 200;
}

async function cell({ method }: ServedRoute, path: string, asked: Asked, column: Column): Promise<string> {
  const token = tokens.get(column);
  if (await isOpenStream(path, token)) return '200';
  const { status, body } = await desk.ask(method, path, {
    ...(token === undefined ? {} : { as: token }),
    ...(asked.body === undefined ? {} : { body: asked.body }),
  });
  const reason = (body?.code ?? body?.detail) as string | undefined;
  return status < 400 || reason === undefined ? String(status) : `${status} ${reason}`;
}

/** What each column is answered; things that a column has changed are made anew for the next. */
async function cellsOf(route: ServedRoute): Promise<string[]> {
  const template = templateOf(route);
  const made = new Map<Things, Asked>();
  const cells: string[] = [];
  for (const column of COLUMNS) {
    const things = column === 'the same, own tickets' ? own : others;
    const asked = made.get(things) ?? (await askedFor(`${route.method} ${template}`, things));
    made.set(things, asked);
    const answered = await cell(route, pathOf(template, asked), asked, column);
    if (answered.startsWith('2') && route.method !== 'GET') made.delete(things);
    cells.push(answered);
  }
  return cells;
}

describe('role x route matrix', () => {
  it('equals the committed table, route by route', async () => {
    const lines = [`| route | ${COLUMNS.join(' | ')} |`, `|---|${COLUMNS.map(() => '---|').join('')}`];
    const closed: string[] = [];
    for (const route of routes()) {
      const cells = await cellsOf(route);
      const name = `${route.method} ${route.path}`;
      lines.push(`| ${name} | ${cells.join(' | ')} |`);
      if (cells[COLUMNS.indexOf('admin')]?.startsWith('403')) closed.push(name);
    }
    // As is a route that declares no rule.
    expect(closed).toEqual([]);
    const about =
      'Written by access-matrix.spec.ts: the status, and of a refusal its code or sentence. Each cell asks for what a caller with ' +
      'the right would get, about things that exist; the tickets of the last column are those that its caller has opened.';
    const table = `# Who may ask what\n\n${about}\n\n${lines.join('\n')}\n`;
    expect(lines.length).toBeGreaterThan(20);
    expect(table).toBe(committed(TABLE, table));
  }, 120_000);
});
