import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { everyPermission, type Permission } from '../../src/access/permissions.js';
import { type Answer, type Desk, makeEmployee, makeUser, openDesk } from '../support/desk.js';
import { ApiDocument, type Described } from '../support/document.js';
import { EQUIVALENTS, type Sent, type Things } from '../support/legacy.equivalents.js';
import { addRoles } from '../support/permissions.js';

const ALL: Permission[] = [...everyPermission];

/** Stand in what is shown to whoever may see it, and in no request; dates for columns that nobody gives. */
const MARKS = {
  user: ['marked.user', 'marked@example.org', '+491700001', 'Umarked', '2001-01-01'],
  employee: ['Emarked', 'Townmarked', 'emarked@example.org', '2001-02-02'],
  ticket: ['Tmarked', 'Dmarked', '2001-03-03'],
  space: ['Smarked', '2001-04-04', '2001-05-05'],
};
const EVERY = Object.values(MARKS).flat();

let desk: Desk;
let legacy: Described[];
let thing: Things;
let caller: number;
let numbers = 0;

const sql = (text: string, values: unknown[] = []) => desk.database.query<{ id: number }>({ text, values });

beforeAll(async () => {
  desk = await openDesk();
  addRoles({
    ...Object.fromEntries(
      ALL.map((permission, index) => [
        `without${index}`,
        { rank: 25, permissions: ALL.filter((other) => other !== permission) },
      ]),
    ),
    ...Object.fromEntries(
      ALL.map((permission, index) => [`only${index}`, { rank: 25, permissions: [permission] }]),
    ),
  });
  legacy = (await ApiDocument.of(desk)).operations.filter(({ operation }) =>
    operation.tags.some((tag) => tag.startsWith('compatibility')),
  );
  caller = (await makeUser(desk, 'caller', { roles: [] })).id;
  const { id: user } = await makeUser(desk, 'target');
  const { id: employee } = await makeEmployee(desk);
  const ticket = await desk.ask('POST', '/api/v1/tickets', {
    as: 'support',
    body: { title: 'x', employee_id: employee },
  });
  const space = await desk.ask('POST', '/api/v1/spaces', {
    as: 'manager',
    body: { kind: 'room', name: 'x' },
  });
  thing = {
    user,
    employee,
    ticket: Number(ticket.body.id),
    space: String(space.body.id),
    next: () => (numbers += 1),
    doomed: async (table) => {
      const n = (numbers += 1);
      const values = {
        users: `(username, first_name, last_name, roles, password_hash) VALUES ('doomed.${n}', 'a', 'b', '{}', '')`,
        employees: `(first_name, last_name, email) VALUES ('a', 'b', 'doomed.${n}@example.org')`,
        tickets: `(title, description, status, priority, employee_id, created_by)
                  VALUES ('a', '', 'new', 'normal', ${employee}, ${user})`,
      };
      const [row] = await sql(`INSERT INTO ${table} ${values[table]} RETURNING id`);
      return (row as { id: number }).id;
    },
  };
});
afterAll(() => desk?.close());

/** Puts the marks back where a write has replaced them. */
async function mark(): Promise<void> {
  const { user, employee, ticket, space } = thing;
  const [username, email, phone, lastName, userAt] = MARKS.user;
  await sql(
    'UPDATE users SET username = $2, email = $3, phone = $4, last_name = $5, created_at = $6 WHERE id = $1',
    [user, username, email, phone, lastName, userAt],
  );
  const [name, city, address, employeeAt] = MARKS.employee;
  await sql('UPDATE employees SET last_name = $2, city = $3, email = $4, created_at = $5 WHERE id = $1', [
    ...[employee, name, city, address, employeeAt],
  ]);
  const [title, description, ticketAt] = MARKS.ticket;
  await sql(
    'UPDATE tickets SET title = $2, description = $3, created_at = $4, created_by = $5 WHERE id = $1',
    [ticket, title, description, ticketAt, caller],
  );
  const [spaceName, spaceAt, countedAt] = MARKS.space;
  await sql('UPDATE spaces SET name = $2, created_at = $3, capacity = 50 WHERE id = $1', [
    ...[space, spaceName, spaceAt],
  ]);
  await sql('UPDATE space_counts SET changed_at = $2 WHERE space_id = $1', [space, countedAt]);
}

/** Takes away what the trials have made, so that all of it fits on a page. */
beforeEach(async () => {
  await sql('DELETE FROM tickets WHERE id <> $1', [thing.ticket]);
  await sql('DELETE FROM employees WHERE id <> $1', [thing.employee]);
  await sql(`DELETE FROM users WHERE username LIKE 'made.%' OR username LIKE 'doomed.%'`);
  await mark();
});

async function send([method, path, body]: Sent): Promise<Answer> {
  const answer = await desk.ask(method, path, {
    as: 'caller',
    ...(body === undefined ? {} : { body }),
  });
  if (method !== 'GET' && answer.status < 300) await mark();
  return answer;
}

const marksIn = (answers: Answer[]): string[] => {
  const text = answers.map((answer) => answer.text).join();
  return EVERY.filter((one) => text.includes(one));
};

async function take(role: string): Promise<void> {
  const answer = await desk.ask('PATCH', `/api/v1/users/${caller}`, { as: 'admin', body: { roles: [role] } });
  expect(answer.status).toBe(200);
}

const isRefused = ({ status }: Answer): boolean => status === 401 || status === 403;

/** Asks both APIs the same. @returns the names of the legacy operations that were done. */
async function compareAll(): Promise<string[]> {
  const done: string[] = [];
  for (const { name } of legacy) {
    const pair = await EQUIVALENTS[name]?.(thing);
    if (pair === undefined) throw new Error(`${name} has no equivalent in legacy.equivalents.ts`);
    const answer = await send(pair.legacy);
    const native: Answer[] = [];
    for (const sent of pair.native) native.push(await send(sent));
    const [first] = native as [Answer];
    // 404 where a ticket is there and not to be seen.
    for (const { status, text } of [answer, ...native])
      expect([name, [200, 201, 204, 401, 403, 404].includes(status) ? '' : text]).toEqual([name, '']);
    const allowed = marksIn(native.filter((each) => !isRefused(each)));
    const beyond = marksIn([answer]).filter((one) => !allowed.includes(one));
    expect([name, 'shows beyond the native answers', beyond]).toEqual([
      name,
      'shows beyond the native answers',
      [],
    ]);
    if (isRefused(answer)) continue;
    expect([name, 'native', isRefused(first) ? first.text : '']).toEqual([name, 'native', '']);
    done.push(name);
  }
  return done;
}

describe('the legacy APIs show nothing that the native one refuses to show', () => {
  it('each of their operations has its equivalent, and does the same for who may everything', async () => {
    expect(legacy.map(({ name }) => name).sort()).toEqual(Object.keys(EQUIVALENTS).sort());
    await desk.ask('PATCH', `/api/v1/users/${caller}`, { as: 'admin', body: { roles: ['admin'] } });
    expect(await compareAll()).toEqual(legacy.map(({ name }) => name));
    // The comparison would see each of the marks.
    const shown = [];
    for (const name of [
      'GET /api/v1/user',
      'GET /api/v1/employee',
      'GET /api/v1/ticket/my',
      'GET /space/{id}',
    ])
      shown.push(await send((await EQUIVALENTS[name]?.(thing))?.legacy as Sent));
    expect(marksIn(shown)).toEqual(EVERY);
  });

  it.each(ALL)('without %s', async (permission) => {
    await take(`without${ALL.indexOf(permission)}`);
    const done = await compareAll();
    const asking = legacy.filter(
      ({ operation }) =>
        operation['x-permission']?.every((each) => each === permission) ||
        operation['x-permission-shows'] === permission,
    );
    expect(done.filter((name) => asking.some((each) => each.name === name))).toEqual([]);
  });

  it.each(ALL.filter((name) => !/^(?:door|device|display):/.test(name)))(
    'with %s alone',
    async (permission) => {
      await take(`only${ALL.indexOf(permission)}`);
      await compareAll();
    },
  );
});
