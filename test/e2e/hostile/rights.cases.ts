import { expect } from '@jest/globals';
import type { Answer } from '../../support/desk.js';
import { as, type Attack, type Case } from './attacks.js';
import { answersOf, call, inShort, nobodyOf, type Operation, tableOf } from './operations.js';
import { assertExpected, FORBIDDEN, LEGACY_FORBIDDEN } from './rules.js';
import { untouched } from './untouched.js';
import type { World } from './world.js';

const PASSWORD = { password: 'Other-Horse-8' };
const NEW_USER = { ...PASSWORD, username: 'smuggled', first_name: 'A', last_name: 'B' };
const CONTACTS = { first_name: 'X', last_name: 'Y', phone: '', email: '' };

/** What only an admin, or nobody, may do to a user; the same in the words of the legacy server. */
const changesTo = (user: string): [method: string, path: string, body: unknown][] => [
  ['PATCH', `/api/v1/users/{${user}}`, { first_name: 'X' }],
  ['PATCH', `/api/v1/users/{${user}}`, { disabled: true }],
  ['PATCH', `/api/v1/users/{${user}}`, { login_denied: true }],
  ['PATCH', `/api/v1/users/{${user}}`, { username: 'x.other' }],
  ['PUT', `/api/v1/users/{${user}}/password`, PASSWORD],
  ['DELETE', `/api/v1/users/{${user}}`, undefined],
];

const legacyChangesTo = (user: string): [method: string, path: string, body: unknown][] => [
  ['PATCH', `/api/v1/user/{${user}}/contacts`, CONTACTS],
  ['PATCH', `/api/v1/user/{${user}}/disabled`, { disabled: true }],
  ['PATCH', `/api/v1/user/{${user}}/login_denied`, { login_denied: true }],
  ['PATCH', `/api/v1/user/{${user}}/username`, { username: 'x.other' }],
  ['PATCH', `/api/v1/user/{${user}}/password`, PASSWORD],
  ['PUT', `/api/v1/user/{${user}}`, { ...CONTACTS, username: 'x.other', role: ['support'] }],
  ['DELETE', `/api/v1/user/{${user}}`, undefined],
];

const by = (caller: string, requests: [method: string, path: string, body: unknown][]): Attack[] =>
  requests.map(([method, path, body]) => as(caller, method, path, body));

const withoutRequestId = ({ status, body }: Answer): string =>
  JSON.stringify({ status, ...body, request_id: '' });

/** What an id in a path stands for: the first that the path names. */
const SUBJECTS = ['space', 'display-token', 'door', 'device', 'employee', 'user'];

/** What the caller's own id, somebody else's and nobody's are answered; all the same when nothing can be learned. */
async function policiesOf(world: World, caller: string, operation: Operation): Promise<string[]> {
  const subject = SUBJECTS.find((name) => operation.path.includes(`/${name}`)) ?? 'ticket';
  const ids =
    subject === 'user'
      ? [world.ids.admin, world.ids['other.support'], world.ids[caller]]
      : [world.ids[subject]];
  const answers: string[] = [];
  for (const value of [...ids, nobodyOf(operation)])
    answers.push(withoutRequestId(await call(world, operation, caller, String(value))));
  return answers;
}

/** Two changes at once, from two instances; then there is still an admin who can act. */
async function collide(world: World, one: Attack, other: Attack): Promise<string[]> {
  const answers = await Promise.all([one(world), other(world)]);
  const [left] = await world.database.query<{ n: number }>({
    text: `SELECT count(*) AS n FROM users WHERE 'admin' = ANY (roles) AND NOT disabled AND NOT login_denied`,
  });
  expect(left?.n).toBeGreaterThanOrEqual(1);
  return answers.map(inShort);
}

/** Makes admin and other.admin the only two admins, as often as it is needed. */
const twoAdmins = (world: World): Promise<unknown> =>
  world.database.query({
    text: `UPDATE users SET roles = '{admin}', disabled = id = $1, login_denied = false WHERE id = ANY ($2)`,
    values: [world.ids.disabled, [world.ids.admin, world.ids['other.admin'], world.ids.disabled]],
  });

const DECISIVE: Record<string, unknown>[] = [
  { roles: ['support'] },
  { roles: [] },
  { disabled: true },
  { login_denied: true },
];

/** Who may do what to whom. */
export const rights: Case[] = [
  {
    no: 17,
    what: 'a user without roles on every operation of the OpenAPI document that needs a permission',
    expected: '403 forbidden; legacy routes 401 `Not enough permissions`',
    scenario: async (world) => {
      const guarded = world.operations.filter(({ permission }) => permission);
      expect(guarded.length).toBeGreaterThan(30);
      const answers = await untouched(world.database, () =>
        answersOf(guarded, (operation) => call(world, operation, 'roleless')),
      );
      expect(answers).toEqual(
        tableOf(guarded, ({ legacy, occupancy }) =>
          legacy ? '401 Not enough permissions' : occupancy ? '403 in words' : '403 forbidden',
        ),
      );
    },
  },
  {
    no: 17,
    what: 'support creates, changes and deletes what only higher roles may',
    requests: [
      as('support', 'POST', '/api/v1/users', { ...NEW_USER, roles: [] }),
      as('support', 'GET', '/api/v1/users'),
      as('support', 'POST', '/api/v1/employees', { first_name: 'A', last_name: 'B', email: 'a@example.org' }),
      as('support', 'PATCH', '/api/v1/employees/{employee}', { city: 'Bath' }),
      as('support', 'DELETE', '/api/v1/employees/{employee}'),
      as('manager', 'POST', '/api/v1/users', { ...NEW_USER, roles: [] }),
      as('support', 'POST', '/api/v1/spaces', { kind: 'room', name: 'Mine' }),
      as('support', 'PATCH', '/api/v1/spaces/{space}', { capacity: 1 }),
      as('support', 'PATCH', '/api/v1/spaces/{space}', { public: true }),
      as('support', 'DELETE', '/api/v1/spaces/{space}?recursive=true'),
      as('support', 'DELETE', '/api/v1/doors/{door}'),
      as('support', 'GET', '/api/v1/devices/{device}'),
      as('support', 'POST', '/api/v1/devices/{device}/rotate', {}),
      as('support', 'POST', '/api/v1/spaces/{space}/display-tokens', { name: 'Mine' }),
      ...by('support', changesTo('other.support')),
    ],
    expected: FORBIDDEN,
  },
  {
    no: 34,
    what: 'support reads and edits objects of others, on every operation with an id that support may not use',
    expected: 'one answer whether it is there, whose it is, or nobody has that id',
    scenario: async (world) => {
      const closed: string[] = [];
      await untouched(world.database, async () => {
        for (const operation of world.operations.filter(({ path }) => path.includes('{'))) {
          if (
            /^40[13] (?:forbidden|Not enough|in words)/.test(
              inShort(await call(world, operation, 'support')),
            ) === false
          )
            continue;
          const [first, ...others] = await policiesOf(world, 'support', operation);
          expect(others).toEqual(others.map(() => first));
          closed.push(`${operation.method} ${operation.path}`);
        }
      });
      expect(closed).toEqual(
        expect.arrayContaining([
          'GET /api/v1/users/{id}',
          'DELETE /api/v1/employees/{id}',
          'GET /api/v1/user/{id}',
        ]),
      );
      expect(closed.length).toBeGreaterThan(15);
    },
  },
  {
    no: 34,
    what: 'an id that nobody has, on every operation that an admin may use',
    expected: '404 not_found, or 422 for the body; legacy routes 404 in their words',
    scenario: async (world) => {
      const single = world.operations.filter(
        ({ path, method }) => /\{(?:id|employee_id)\}/.test(path) && ['GET', 'DELETE'].includes(method),
      );
      const answers = await untouched(world.database, () =>
        answersOf(single, (operation) => call(world, operation, 'admin')),
      );
      for (const short of Object.values(answers))
        expect(short).toMatch(/^404 (?:not_found|in words|(?:User|Employee|Ticket) not found)$/);
    },
  },
  {
    no: 35,
    what: 'a manager sets a role, their own or of others, with a change or without one',
    requests: [
      ...['manager', 'other.support', 'support', 'admin', 'roleless'].flatMap((user) =>
        [['admin'], ['manager'], ['support'], []].map((roles) =>
          as('manager', 'PATCH', `/api/v1/users/{${user}}`, { roles }),
        ),
      ),
      as('manager', 'PATCH', '/api/v1/users/{support}', { first_name: 'Both', roles: ['manager'] }),
      as('manager', 'POST', '/api/v1/users', { ...NEW_USER, roles: ['admin'] }),
    ],
    expected: FORBIDDEN,
  },
  {
    no: 35,
    what: 'the same on the routes of the legacy server',
    requests: [
      as('manager', 'PATCH', '/api/v1/user/{manager}/role', { role: ['admin'] }),
      as('manager', 'PATCH', '/api/v1/user/{support}/role', { role: ['support'] }),
      as('manager', 'PUT', '/api/v1/user/{support}', { ...CONTACTS, username: 'support', role: ['admin'] }),
      as('manager', 'POST', '/api/v1/user/', { ...NEW_USER, role: ['admin'] }),
    ],
    expected: LEGACY_FORBIDDEN,
  },
  {
    no: 36,
    what: 'a manager disables, denies, edits, resets or deletes an admin',
    requests: [...by('manager', changesTo('admin')), ...by('manager', changesTo('other.admin'))],
    expected: FORBIDDEN,
  },
  {
    no: 36,
    what: 'the same on the routes of the legacy server',
    requests: by('manager', legacyChangesTo('admin')),
    expected: LEGACY_FORBIDDEN,
  },
  {
    no: 37,
    what: 'the last admin is demoted, disabled, denied or deleted, by themselves',
    expected: '409 last_admin, on the legacy routes with our sentence',
    scenario: async (world) => {
      await twoAdmins(world);
      await as('admin', 'PATCH', '/api/v1/users/{other.admin}', { roles: ['support'] })(world);
      await untouched(world.database, async () => {
        for (const change of DECISIVE) {
          const answer = await as('admin', 'PATCH', '/api/v1/users/{admin}', change)(world);
          assertExpected(answer, { status: 409, code: 'last_admin' });
        }
        assertExpected(await as('admin', 'DELETE', '/api/v1/users/{admin}')(world), {
          status: 409,
          code: 'last_admin',
        });
        for (const [path, body] of [
          ['role', { role: [] }],
          ['disabled', { disabled: true }],
          ['login_denied', { login_denied: true }],
        ] as const) {
          const answer = await as('admin', 'PATCH', `/api/v1/user/{admin}/${path}`, body)(world);
          assertExpected(answer, {
            status: 409,
            detail: 'This is the last admin who can act. Make another admin first.',
          });
        }
        assertExpected(await as('admin', 'DELETE', '/api/v1/user/{admin}')(world), { status: 409 });
      });
    },
  },
  {
    no: 37,
    what: 'two admins demote, disable or deny each other at once, on two instances',
    expected: 'one succeeds and the other is refused; there is always an admin who can act',
    scenario: async (world) => {
      const second = await world.another();
      const onSecond: Attack = async ({ ids }) =>
        second.ask('PATCH', `/api/v1/users/${ids.admin}`, {
          as: await world.token('other.admin'),
          body: { roles: ['support'] },
        });
      for (let round = 0; round < 5; round += 1) {
        for (const change of DECISIVE.slice(0, 3)) {
          await twoAdmins(world);
          // A read each, so that both instances know both as admins when the race begins.
          await Promise.all([
            as('admin', 'GET', '/api/v1/me')(world),
            as('other.admin', 'GET', '/api/v1/me')(world),
          ]);
          const answers = await collide(
            world,
            as('admin', 'PATCH', '/api/v1/users/{other.admin}', change),
            onSecond,
          );
          expect(answers.filter((short) => short === '200')).toHaveLength(1);
          expect(answers.find((short) => short !== '200')).toMatch(
            /^(?:409 last_admin|403 (?:forbidden|account_disabled))$/,
          );
        }
      }
      await twoAdmins(world);
    },
  },
];
