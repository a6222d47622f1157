import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routesOf, type ServedRoute } from '../../src/platform/http/adapter.js';
import { committed } from '../support/committed.js';
import { type Desk, makeUser, openDesk } from '../support/desk.js';

const TABLE = 'test/e2e/access-matrix.md';

const COLUMNS = [
  'nobody',
  'support',
  'manager',
  'admin',
  'no roles',
  'disabled admin',
  'denied admin',
] as const;
type Column = (typeof COLUMNS)[number];

let desk: Desk;
const tokens = new Map<Column, string>();

beforeAll(async () => {
  desk = await openDesk();
  for (const name of ['support', 'manager', 'admin'] as const) tokens.set(name, await desk.token(name));
  await makeUser(desk, 'roleless', { roles: [] });
  tokens.set('no roles', await desk.token('roleless'));
  const off = await makeUser(desk, 'disabled', { roles: ['admin'] });
  tokens.set('disabled admin', await desk.token('disabled'));
  await desk.ask('PATCH', `/api/v1/users/${off.id}`, { as: 'admin', body: { disabled: true } });
  const denied = await makeUser(desk, 'denied', { roles: ['admin'] });
  tokens.set('denied admin', await desk.token('denied'));
  await desk.ask('PATCH', `/api/v1/users/${denied.id}`, { as: 'admin', body: { login_denied: true } });
});

afterAll(() => desk.close());

/** Not Nest routes: OAuth's own endpoints and the documentation. */
const OUTSIDE = /^\/(?:api\/v1\/token|\.well-known|docs|openapi\.json)|^\*$/;

const routes = (): ServedRoute[] =>
  routesOf(desk.app.getHttpAdapter().getInstance())
    .filter(({ path }) => !OUTSIDE.test(path))
    .filter(({ method }) => method !== 'OPTIONS')
    .sort((a, b) => `${a.path} ${a.method}`.localeCompare(`${b.path} ${b.method}`, 'en'));

/** Ids that lead nowhere and bodies without content: what passes the door changes nothing. */
async function cell({ method, path }: ServedRoute, column: Column): Promise<string> {
  const answer = await desk.ask(method, path.replace(/:[a-z_]+/g, '999999'), {
    ...(tokens.has(column) ? { as: tokens.get(column) as string } : {}),
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
  });
  const { status, body } = answer;
  const reason: unknown = body?.code ?? body?.detail;
  if (status === 401 || status === 403 || reason === 'User disabled') return `${status} ${String(reason)}`;
  if (status >= 500) return `${status} (a fault)`;
  return 'pass';
}

describe('role x route matrix', () => {
  it('equals the committed table, route by route', async () => {
    const lines = [`| route | ${COLUMNS.join(' | ')} |`, `|---|${COLUMNS.map(() => '---|').join('')}`];
    for (const route of routes()) {
      const cells: string[] = [];
      for (const column of COLUMNS) cells.push(await cell(route, column));
      lines.push(`| ${route.method} ${route.path} | ${cells.join(' | ')} |`);
    }
    const table = `# Who passes which door\n\nWritten by access-matrix.spec.ts. \`pass\`: the door opened, whatever came after.\n\n${lines.join('\n')}\n`;
    expect(lines.length).toBeGreaterThan(20);
    expect(table).toBe(committed(TABLE, table));
  });

  it('has no route that declares no access rule', async () => {
    for (const { method, path } of routes()) {
      const answer = await desk.ask(method, path.replace(/:[a-z_]+/g, '999999'), {
        as: 'admin',
        ...(method === 'GET' ? {} : { body: {} }),
      });
      expect(`${method} ${path}: ${answer.text}`).not.toContain('declares no access rule');
    }
  });
});
