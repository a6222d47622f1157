import pg from 'pg';
import type { Queryable } from '../../../src/platform/database/database.js';
import { type Desk, form, makeEmployee, makeUser, openDesk, PASSWORD } from '../../support/desk.js';
import { type Operation, operationsOf } from './operations.js';
import { assertRules } from './rules.js';

/** The only origin that browsers may call from, besides our own. */
export const FRIEND = 'https://desk.example';

/** A desk whose answers are all held to the rules, with somebody and something to attack. */
export interface World extends Desk {
  /** Ids by name: of users, and of one employee, ticket, space, door, device and display that belong to others. */
  ids: Record<string, number | string>;
  operations: Operation[];
  heard: Heard;
}

/** Users beside admin, manager and support. */
const USERS: Record<string, Record<string, unknown>> = {
  'other.admin': { roles: ['admin'] },
  'other.manager': { roles: ['manager'] },
  'other.support': {},
  roleless: { roles: [] },
  disabled: { roles: ['admin'] },
};

/** The heartbeat of the connection that listens for changes. */
const HEARTBEAT = 'SELECT 1';

interface Heard {
  /** SQLSTATEs that PostgreSQL answered. */
  errors: string[];
  statements: string[];
}

/** Hears what every connection of this process asks PostgreSQL, and which errors it answers. */
function hearDatabase(): Heard {
  const heard: Heard = { errors: [], statements: [] };
  const prototype = pg.Client.prototype as unknown as Record<
    'connect' | 'query',
    (this: pg.Client, ...rest: unknown[]) => unknown
  >;
  const { connect, query } = prototype;
  prototype.connect = function connecting(...rest) {
    this.connection.on('errorMessage', ({ code }: { code?: string }) => heard.errors.push(code ?? ''));
    return connect.apply(this, rest);
  };
  prototype.query = function asking(...rest) {
    const [statement] = rest as [string | { text?: string }];
    const text = typeof statement === 'string' ? statement : (statement.text ?? '');
    if (text !== HEARTBEAT) heard.statements.push(text);
    return query.apply(this, rest);
  };
  return heard;
}

export async function openWorld(): Promise<World> {
  const heard = hearDatabase();
  const desk = await openDesk({ CORS_ORIGINS: FRIEND });
  // Whoever migrates asks first for what is not there yet.
  heard.errors.length = 0;
  const ids: Record<string, number | string> = {};
  for (const [username, fields] of Object.entries(USERS))
    ids[username] = (await makeUser(desk, username, fields)).id;
  for (const username of ['admin', 'manager', 'support', ...Object.keys(USERS)]) {
    // Signed in once here, so that no row signs anybody in by the way.
    ids[username] = Number((await desk.ask('GET', '/api/v1/me', { as: username })).body.id);
  }
  await desk.ask('PATCH', `/api/v1/users/${ids.disabled}`, { as: 'admin', body: { disabled: true } });
  ids.employee = (await makeEmployee(desk)).id;
  const ticket = { title: 'Not yours', employee_id: ids.employee };
  ids.ticket = Number(
    (await desk.ask('POST', '/api/v1/tickets', { as: 'other.support', body: ticket })).body.id,
  );
  const make = async (path: string, body: Record<string, unknown>): Promise<string> =>
    (await desk.ask('POST', `/api/v1${path}`, { as: 'other.manager', body })).body.id as string;
  ids.space = await make('/spaces', { kind: 'room', name: 'Not yours' });
  ids.door = await make('/doors', { name: 'Not yours', to_space_id: ids.space });
  ids.device = await make('/devices', { name: 'Not yours', door_ids: [ids.door] });
  ids['display-token'] = await make(`/spaces/${ids.space}/display-tokens`, { name: 'Not yours' });
  const document = (await desk.ask('GET', '/openapi.json')).body;

  const ask: Desk['ask'] = async (method, path, options) => {
    const answer = await desk.ask(method, path, options);
    assertRules(method, path, answer);
    return answer;
  };
  const signIn: Desk['signIn'] = (username, password = PASSWORD) =>
    ask('POST', '/api/v1/token', {
      body: form({ username, password }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  return { ...desk, ask, signIn, ids, operations: operationsOf(document), heard };
}

/** Forgets the failed sign-ins that were counted. */
export async function forgetFailures({ database }: { database: Queryable }): Promise<void> {
  await database.query({ text: 'DELETE FROM sign_in_limits' });
}
