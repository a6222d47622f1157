import { PASSWORD } from './desk.js';

/** A request: method, path, body. */
export type Sent = readonly [method: string, path: string, body?: unknown];

/** What stands in the database for every caller alike. */
export interface Things {
  user: number;
  employee: number;
  ticket: number;
  space: string;
  /** A number that was not given before. */
  next: () => number;
  /** Makes a user, an employee or a ticket to be deleted, and gives its id. */
  doomed: (table: 'users' | 'employees' | 'tickets') => Promise<number>;
}

interface Pair {
  legacy: Sent;
  /** The native operation that does and shows the same, and others that show some of it. */
  native: readonly [Sent, ...Sent[]];
}

const PERSON = { first_name: 'Sam', last_name: 'Reed' };
const contacts = (n: number) => ({ ...PERSON, phone: '', email: `sam.${n}@example.org` });
const newUser = (n: number) => ({ ...contacts(n), username: `made.${n}`, password: PASSWORD });
const newEmployee = (n: number) => ({ ...PERSON, email: `made.${n}@example.org` });
const TICKET = { title: 'Changed', description: 'Changed', status: 'New' };
const FIRST = '?sort=id&limit=200';

const changed = (thing: Things, path: string, legacy: object, native: object = legacy): Pair => ({
  legacy: ['PATCH', `/api/v1/user/${thing.user}/${path}`, legacy],
  native: [['PATCH', `/api/v1/users/${thing.user}`, native]],
});

const found = (legacy: string, native: string): Pair => ({
  legacy: ['GET', legacy],
  native: [['GET', native]],
});

async function removed(thing: Things, table: Parameters<Things['doomed']>[0]): Promise<Pair> {
  const path = `/api/v1/${table}`;
  return {
    legacy: ['DELETE', `${path.slice(0, -1)}/${await thing.doomed(table)}`],
    native: [['DELETE', `${path}/${await thing.doomed(table)}`]],
  };
}

/** Every operation of the legacy APIs, by its name in the document, beside what a client of ours would ask instead. */
export const EQUIVALENTS: Record<string, (thing: Things) => Pair | Promise<Pair>> = {
  'POST /api/v1/user': ({ next }) => ({
    legacy: ['POST', '/api/v1/user', { ...newUser(next()), role: [] }],
    native: [['POST', '/api/v1/users', { ...newUser(next()), phone: null, roles: [] }]],
  }),
  'GET /api/v1/user': () => found('/api/v1/user', `/api/v1/users${FIRST}`),
  'GET /api/v1/user/{id}': ({ user }) => found(`/api/v1/user/${user}`, `/api/v1/users/${user}`),
  'GET /api/v1/user/username/{username}': () =>
    found('/api/v1/user/username/marked.user', '/api/v1/users?username=marked.user'),
  'GET /api/v1/user/phone/{phone}': () =>
    found('/api/v1/user/phone/+491700001', '/api/v1/users?phone=%2B491700001'),
  'GET /api/v1/user/email/{email}': () =>
    found('/api/v1/user/email/marked@example.org', '/api/v1/users?email=marked@example.org'),
  'PUT /api/v1/user/{id}': ({ user, next }) => {
    const whole = { ...contacts(next()), username: `renamed.${next()}` };
    return {
      legacy: ['PUT', `/api/v1/user/${user}`, { ...whole, role: ['support'] }],
      native: [['PATCH', `/api/v1/users/${user}`, { ...whole, phone: null, roles: ['support'] }]],
    };
  },
  'DELETE /api/v1/user/{id}': (thing) => removed(thing, 'users'),
  'PATCH /api/v1/user/password': () => ({
    legacy: ['PATCH', '/api/v1/user/password', { password: PASSWORD }],
    native: [['GET', '/api/v1/me']],
  }),
  'PATCH /api/v1/user/{id}/contacts': (thing) => {
    const given = contacts(thing.next());
    return changed(thing, 'contacts', given, { ...given, phone: null });
  },
  'PATCH /api/v1/user/{id}/password': ({ user }) => ({
    legacy: ['PATCH', `/api/v1/user/${user}/password`, { password: PASSWORD }],
    native: [['PUT', `/api/v1/users/${user}/password`, { password: PASSWORD }]],
  }),
  'PATCH /api/v1/user/{id}/username': (thing) =>
    changed(thing, 'username', { username: `renamed.${thing.next()}` }),
  'PATCH /api/v1/user/{id}/role': (thing) =>
    changed(thing, 'role', { role: ['support'] }, { roles: ['support'] }),
  'PATCH /api/v1/user/{id}/disabled': (thing) => changed(thing, 'disabled', { disabled: false }),
  'PATCH /api/v1/user/{id}/login_denied': (thing) => changed(thing, 'login_denied', { login_denied: false }),

  'POST /api/v1/employee': ({ next }) => ({
    legacy: ['POST', '/api/v1/employee', newEmployee(next())],
    native: [['POST', '/api/v1/employees', newEmployee(next())]],
  }),
  'GET /api/v1/employee': () => ({
    legacy: ['GET', '/api/v1/employee'],
    native: [
      ['GET', `/api/v1/employees${FIRST}`],
      ['GET', `/api/v1/tickets${FIRST}`],
    ],
  }),
  'GET /api/v1/employee/{id}': ({ employee }) => ({
    legacy: ['GET', `/api/v1/employee/${employee}`],
    native: [
      ['GET', `/api/v1/employees/${employee}`],
      ['GET', `/api/v1/employees/${employee}/tickets`],
    ],
  }),
  'PUT /api/v1/employee/{id}': ({ employee, next }) => {
    const places = { nick_name: null, birthday: null, country: null, city: null, address: null };
    const whole = { ...newEmployee(next()), ...places };
    return {
      legacy: ['PUT', `/api/v1/employee/${employee}`, { ...whole, phone: '' }],
      native: [
        ['PATCH', `/api/v1/employees/${employee}`, whole],
        ['GET', `/api/v1/employees/${employee}/tickets`],
      ],
    };
  },
  'DELETE /api/v1/employee/{id}': (thing) => removed(thing, 'employees'),

  'POST /api/v1/ticket/{employee_id}': ({ employee }) => ({
    legacy: ['POST', `/api/v1/ticket/${employee}`, TICKET],
    native: [['POST', '/api/v1/tickets', { title: 'Changed', employee_id: employee }]],
  }),
  'GET /api/v1/ticket': () => found('/api/v1/ticket', `/api/v1/tickets${FIRST}`),
  'GET /api/v1/ticket/my': () => found('/api/v1/ticket/my', `/api/v1/tickets${FIRST}&created_by=me`),
  'GET /api/v1/ticket/{id}': ({ ticket }) => found(`/api/v1/ticket/${ticket}`, `/api/v1/tickets/${ticket}`),
  'PUT /api/v1/ticket/{id}': ({ ticket }) => ({
    legacy: ['PUT', `/api/v1/ticket/${ticket}`, TICKET],
    native: [['PATCH', `/api/v1/tickets/${ticket}`, { title: 'Changed', description: 'Changed' }]],
  }),
  'DELETE /api/v1/ticket/{id}': (thing) => removed(thing, 'tickets'),

  'PUT /space/new/occupancy/current/{current}/max/{max}': () => ({
    legacy: ['PUT', '/space/new/occupancy/current/1/max/9'],
    native: [['POST', '/api/v1/spaces', { kind: 'room', name: 'Made', capacity: 9 }]],
  }),
  'PUT /space/new/occupancy/current/{current}/max/{max}/name/{name}': () => ({
    legacy: ['PUT', '/space/new/occupancy/current/1/max/9/name/Made'],
    native: [['POST', '/api/v1/spaces', { kind: 'room', name: 'Made', capacity: 9 }]],
  }),
  'GET /space/{id}': ({ space }) => ({
    legacy: ['GET', `/space/${space}`],
    native: [
      ['GET', `/api/v1/spaces/${space}`],
      ['GET', `/api/v1/spaces/${space}/state`],
    ],
  }),
  'PUT /space/{id}/increment': ({ space }) => ({
    legacy: ['PUT', `/space/${space}/increment`],
    native: [
      ['POST', `/api/v1/spaces/${space}/increment`, {}],
      ['GET', `/api/v1/spaces/${space}`],
    ],
  }),
  'PUT /space/{id}/decrement': ({ space }) => ({
    legacy: ['PUT', `/space/${space}/decrement`],
    native: [
      ['POST', `/api/v1/spaces/${space}/decrement`, {}],
      ['GET', `/api/v1/spaces/${space}`],
    ],
  }),
  // The maximum that it has: the answer then shows when the numbers changed last, which ours does not.
  'PUT /space/{id}/max/{max}': ({ space }) => ({
    legacy: ['PUT', `/space/${space}/max/50`],
    native: [
      ['PATCH', `/api/v1/spaces/${space}`, { capacity: 50 }],
      ['GET', `/api/v1/spaces/${space}/state`],
    ],
  }),
};
