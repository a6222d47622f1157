import { randomUUID } from 'node:crypto';
import { PASSWORD } from './desk.js';
import type { Things } from './operation.things.js';

/** What an operation is asked, so that it does its work. */
export interface Asked {
  /** Parameters of the path by name. */
  path?: Record<string, string | number>;
  body?: unknown;
}

type Ask = (things: Things) => Asked | Promise<Asked>;

/** The one row that an operation leaves in the audit. */
export interface AuditedAs {
  action: string;
  subject_type: string;
  /** Whom it is about; without it the id of the answer, or that of the path. */
  subject?: 'the caller' | 'space_id of the answer';
}

interface Write {
  ask: Ask;
  /** A sentence says why it leaves none. */
  audit: AuditedAs | string;
}

export const OTHER_PASSWORD = 'Other-Horse-8';

const PERSON = { first_name: 'Sam', last_name: 'Reed' };
const NO_CONTACTS = { phone: '', email: '' };

const COUNTS = 'what is counted has a log of its own, space_events';
const SIGNS_IN = 'it is no route of ours: sessions are told by tests of the sign-in';

const on =
  <T extends string | number>(make: (things: Things) => Promise<T | { id: T }>, body?: Body): Ask =>
  async (things) => {
    const made = await make(things);
    const id = typeof made === 'object' ? made.id : made;
    return { path: { id }, ...(body && { body: typeof body === 'function' ? body(things) : body }) };
  };

type Body = object | ((things: Things) => object);

const user = (things: Things) => things.user();
const employee = (things: Things) => things.employee();
const ticket = (things: Things) => things.ticket();
const space = (things: Things) => things.space();
const spaceInUse = (things: Things) => things.space(5);
const door = (things: Things) => things.door();
const device = (things: Things) => things.device();

const event = () => ({ event_id: randomUUID(), delta: 1, at: new Date().toISOString() });

const as = (action: string, subject?: AuditedAs['subject']): AuditedAs => ({
  action,
  subject_type: action.split('.')[0] as string,
  ...(subject && { subject }),
});

const madeSpace = as('space.create', 'space_id of the answer');

/** Every operation of the document that may change something. */
export const WRITES: Record<string, Write> = {
  'POST /api/v1/token': { ask: () => ({}), audit: SIGNS_IN },
  'POST /api/v1/token/revoke': { ask: () => ({}), audit: SIGNS_IN },

  'POST /api/v1/users': {
    ask: (things) => ({
      body: { ...PERSON, username: things.next(), password: PASSWORD, roles: ['support'] },
    }),
    audit: as('user.create'),
  },
  'PATCH /api/v1/users/{id}': { ask: on(user, { first_name: 'Changed' }), audit: as('user.update') },
  'DELETE /api/v1/users/{id}': { ask: on(user), audit: as('user.delete') },
  'PUT /api/v1/users/{id}/password': {
    ask: on(user, { password: OTHER_PASSWORD }),
    audit: as('user.password'),
  },
  'POST /api/v1/users/{id}/unlock': { ask: on(user), audit: as('user.unlock') },
  'PATCH /api/v1/me': {
    ask: (things) => ({ body: { first_name: things.next() } }),
    audit: as('user.update', 'the caller'),
  },
  'PUT /api/v1/me/password': {
    ask: () => ({ body: { old_password: PASSWORD, password: OTHER_PASSWORD } }),
    audit: as('user.password', 'the caller'),
  },

  'POST /api/v1/employees': {
    ask: (things) => ({ body: { ...PERSON, email: things.email() } }),
    audit: as('employee.create'),
  },
  'PATCH /api/v1/employees/{id}': { ask: on(employee, { city: 'Bath' }), audit: as('employee.update') },
  'DELETE /api/v1/employees/{id}': { ask: on(employee), audit: as('employee.delete') },

  'POST /api/v1/spaces': {
    ask: () => ({ body: { kind: 'room', name: 'Made' } }),
    audit: as('space.create'),
  },
  'PATCH /api/v1/spaces/{id}': { ask: on(space, { capacity: 7 }), audit: as('space.update') },
  'DELETE /api/v1/spaces/{id}': { ask: on(space), audit: as('space.delete') },
  'POST /api/v1/spaces/{id}/events': { ask: on(space, event), audit: COUNTS },
  'POST /api/v1/spaces/{id}/increment': { ask: on(space, { by: 1 }), audit: COUNTS },
  'POST /api/v1/spaces/{id}/decrement': { ask: on(spaceInUse, { by: 1 }), audit: COUNTS },
  'PUT /api/v1/spaces/{id}/occupancy': {
    ask: on(space, { occupancy: 3, reason: 'Counted by hand' }),
    audit: as('space.anchor'),
  },

  'POST /api/v1/doors': {
    ask: async (things) => ({ body: { name: 'Made', to_space_id: (await things.space()).id } }),
    audit: as('door.create'),
  },
  'PATCH /api/v1/doors/{id}': { ask: on(door, { name: 'Changed' }), audit: as('door.update') },
  'DELETE /api/v1/doors/{id}': { ask: on(door), audit: as('door.delete') },
  'POST /api/v1/doors/{id}/events': { ask: on(door, event), audit: COUNTS },

  'POST /api/v1/devices': {
    ask: async (things) => ({ body: { name: 'Made', door_ids: [await things.door()] } }),
    audit: as('device.create'),
  },
  'PATCH /api/v1/devices/{id}': { ask: on(device, { name: 'Changed' }), audit: as('device.update') },
  'DELETE /api/v1/devices/{id}': { ask: on(device), audit: as('device.delete') },
  'POST /api/v1/devices/{id}/rotate': { ask: on(device, {}), audit: as('device.rotate') },
  'POST /api/v1/devices/{id}/revoke': { ask: on(device), audit: as('device.revoke') },

  'POST /api/v1/spaces/{id}/display-tokens': {
    ask: on(space, { name: 'Made' }),
    audit: as('display_token.create'),
  },
  'DELETE /api/v1/display-tokens/{id}': {
    ask: on((things) => things.display()),
    audit: as('display_token.delete'),
  },

  'POST /api/v1/tickets': {
    ask: async (things) => ({ body: { title: 'Made', employee_id: await things.employee() } }),
    audit: as('ticket.create'),
  },
  'PATCH /api/v1/tickets/{id}': { ask: on(ticket, { title: 'Changed' }), audit: as('ticket.update') },
  'DELETE /api/v1/tickets/{id}': { ask: on(ticket), audit: as('ticket.delete') },

  'POST /api/v1/user': {
    ask: (things) => ({
      body: { ...PERSON, ...NO_CONTACTS, username: things.next(), password: PASSWORD, role: ['support'] },
    }),
    audit: as('user.create'),
  },
  'PUT /api/v1/user/{id}': {
    ask: on(user, (things) => ({ ...PERSON, ...NO_CONTACTS, username: things.next(), role: ['support'] })),
    audit: as('user.update'),
  },
  'DELETE /api/v1/user/{id}': { ask: on(user), audit: as('user.delete') },
  'PATCH /api/v1/user/password': {
    ask: () => ({ body: { password: OTHER_PASSWORD } }),
    audit: as('user.password', 'the caller'),
  },
  'PATCH /api/v1/user/{id}/contacts': {
    ask: on(user, { ...PERSON, ...NO_CONTACTS }),
    audit: as('user.update'),
  },
  'PATCH /api/v1/user/{id}/password': {
    ask: on(user, { password: OTHER_PASSWORD }),
    audit: as('user.password'),
  },
  'PATCH /api/v1/user/{id}/username': {
    ask: on(user, (things) => ({ username: things.next() })),
    audit: as('user.update'),
  },
  'PATCH /api/v1/user/{id}/role': { ask: on(user, { role: ['manager'] }), audit: as('user.update') },
  'PATCH /api/v1/user/{id}/disabled': { ask: on(user, { disabled: true }), audit: as('user.update') },
  'PATCH /api/v1/user/{id}/login_denied': { ask: on(user, { login_denied: true }), audit: as('user.update') },
  'POST /api/v1/employee': {
    ask: (things) => ({ body: { ...PERSON, email: things.email() } }),
    audit: as('employee.create'),
  },
  'PUT /api/v1/employee/{id}': {
    ask: on(employee, (things) => ({
      ...PERSON,
      ...{ nick_name: null, phone: '', email: things.email(), birthday: null },
      ...{ country: null, city: 'Bath', address: null },
    })),
    audit: as('employee.update'),
  },
  'DELETE /api/v1/employee/{id}': { ask: on(employee), audit: as('employee.delete') },
  'POST /api/v1/ticket/{employee_id}': {
    ask: async (things) => ({
      path: { employee_id: await things.employee() },
      body: { title: 'Made', description: '', status: 'New' },
    }),
    audit: as('ticket.create'),
  },
  'PUT /api/v1/ticket/{id}': {
    ask: on(ticket, { title: 'Changed', description: '', status: 'New' }),
    audit: as('ticket.update'),
  },
  'DELETE /api/v1/ticket/{id}': { ask: on(ticket), audit: as('ticket.delete') },

  'PUT /space/new/occupancy/current/{current}/max/{max}': {
    ask: () => ({ path: { current: 0, max: 10 } }),
    audit: madeSpace,
  },
  'PUT /space/new/occupancy/current/{current}/max/{max}/name/{name}': {
    ask: () => ({ path: { current: 0, max: 10, name: 'Made' } }),
    audit: madeSpace,
  },
  'PUT /space/{id}/increment': { ask: on(space), audit: COUNTS },
  'PUT /space/{id}/decrement': { ask: on(spaceInUse), audit: COUNTS },
  'PUT /space/{id}/max/{max}': {
    ask: async (things) => ({ path: { id: (await things.space()).id, max: 9 } }),
    audit: as('space.update'),
  },
};

const shown = async (things: Things): Promise<Asked> => ({
  path: { display_token: (await things.display()).secret },
});

/** Every route with a parameter in its path that only reads. */
export const READS: Record<string, Ask> = {
  'GET /api/v1/users/{id}': on(user),
  'GET /api/v1/employees/{id}': on(employee),
  'GET /api/v1/employees/{id}/tickets': on(employee),
  'GET /api/v1/tickets/{id}': on(ticket),
  'GET /api/v1/tickets/{id}/history': on(ticket),
  'GET /api/v1/doors/{id}': on(door),
  'GET /api/v1/devices/{id}': on(device),
  ...Object.fromEntries(
    ['', '/alerts', '/display-tokens', '/drift', '/occupancy', '/peaks', '/state', '/stream'].map((path) => [
      `GET /api/v1/spaces/{id}${path}`,
      on(space),
    ]),
  ),
  'GET /api/v1/user/{id}': on(user),
  'GET /api/v1/user/username/{username}': async (things) => ({
    path: { username: (await things.user()).username },
  }),
  'GET /api/v1/user/phone/{phone}': async (things) => ({ path: { phone: (await things.user()).phone } }),
  'GET /api/v1/user/email/{email}': async (things) => ({ path: { email: (await things.user()).email } }),
  'GET /api/v1/employee/{id}': on(employee),
  'GET /api/v1/ticket/{id}': on(ticket),
  'GET /space/{id}': on(space),
  'GET /board/{display_token}': shown,
  'GET /board/{display_token}/state': shown,
  'GET /board/{display_token}/stream': shown,
  'GET /board/assets/{version}/{file}': () => ({ path: { version: 'of.nothing', file: 'board.css' } }),
};

/** What the operation is asked, on things of its own. @throws Error for one that no table here names. */
export function askedFor(name: string, things: Things): Asked | Promise<Asked> {
  const ask = WRITES[name]?.ask ?? READS[name] ?? (/^GET [^{]*$/.test(name) ? () => ({}) : undefined);
  if (ask === undefined)
    throw new Error(`${name} has no fixture: say in test/support/operation.fixtures.ts what it is asked`);
  return ask(things);
}

/** The path of an operation with its parameters in their places. */
export const pathOf = (path: string, { path: parameters = {} }: Asked): string =>
  Object.entries(parameters).reduce(
    (url, [name, value]) => url.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  );
