import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, openDesk } from '../support/desk.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const TIME = /"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"/g;

/** Status and body as text, so that the order of the keys counts; times are asserted by their form. */
async function exchange(as: string, method: string, path: string, body?: unknown): Promise<string> {
  const { status, text } = await desk.ask(method, `/api/v1${path}`, { as, body });
  return `${status} ${text.replace(TIME, '"T"')}`;
}

const idOf = (answer: string): number => Number(/"id":(\d+)/.exec(answer)?.[1]);

const created = (answer: string): string => answer.replace(/"id":\d+/g, '"id":N');

const DORA = {
  username: 'dora',
  first_name: 'Dora',
  last_name: 'Marsh',
  phone: '+442079460958',
  email: 'dora@example.org',
  role: ['support', 'manager', 'support'],
  password: 'Correct-Horse-7',
};

describe('a client of the ticket server', () => {
  let answer: string;
  let user: number;

  beforeAll(async () => {
    answer = await exchange('admin', 'POST', '/user/', DORA);
    user = idOf(answer);
  });

  const makeEmployee = async (email: string): Promise<number> =>
    idOf(
      await exchange('manager', 'POST', '/employee/', { first_name: 'Amara', last_name: 'Okafor', email }),
    );

  const dora = (fields: string, tail = `"id":${user},"created":"T","updated":"T"`): string =>
    `200 {${fields},${tail}}`;

  it('creates a user', () => {
    expect(created(answer)).toBe(
      '200 {"username":"dora","first_name":"Dora","last_name":"Marsh","phone":"+442079460958","email":"dora@example.org",' +
        '"role":["manager","support"],"disabled":false,"login_denied":false,"id":N,"created":"T","updated":null}',
    );
  });

  it('finds the user by id, username, phone and e-mail, with and without a trailing slash', async () => {
    const expected =
      '{"username":"dora","first_name":"Dora","last_name":"Marsh","phone":"+442079460958","email":"dora@example.org",' +
      `"role":["manager","support"],"disabled":false,"login_denied":false,"id":${user},"created":"T","updated":null}`;
    for (const path of [
      `${user}`,
      'username/dora',
      'phone/+442079460958',
      'phone/%2B442079460958',
      'email/dora@example.org',
    ]) {
      expect(await exchange('admin', 'GET', `/user/${path}`)).toBe(`200 ${expected}`);
      expect(await exchange('admin', 'GET', `/user/${path}/`)).toBe(`200 ${expected}`);
    }
  });

  it('lists users in the order of their ids, as a bare array', async () => {
    const first =
      '{"username":"admin","first_name":"Admin","last_name":"Admin","phone":"","email":"","role":["admin"],' +
      '"disabled":false,"login_denied":false,"id":1,"created":"T","updated":null}';
    expect((await exchange('admin', 'GET', '/user/?skip=0&limit=1')).toLowerCase()).toBe(
      `200 [${first}]`.toLowerCase(),
    );
    const names = async (query: string): Promise<string[]> => {
      const { body } = await desk.ask('GET', `/api/v1/user${query}`, { as: 'admin' });
      return (body as { username: string }[]).map(({ username }) => username);
    };
    expect(await names('')).toEqual(['admin', 'manager', 'support', 'dora']);
    expect(await names('/')).toEqual(['admin', 'manager', 'support', 'dora']);
    expect(await names('/?skip=1&limit=2')).toEqual(['manager', 'support']);
    expect(await names('/?skip=4')).toEqual([]);
    expect(await names('?colour=red&skip=3')).toEqual(['dora']);
  });

  it('changes each part of the user', async () => {
    const contacts = { first_name: 'Dora', last_name: 'Moor', phone: '', email: null };
    const moor = '"username":"dora","first_name":"Dora","last_name":"Moor","phone":"","email":""';
    expect(await exchange('manager', 'PATCH', `/user/${user}/contacts`, contacts)).toBe(
      dora(`${moor},"role":["manager","support"],"disabled":false,"login_denied":false`),
    );
    expect(await exchange('admin', 'PATCH', `/user/${user}/role/`, { role: [] })).toBe(
      dora(`${moor},"role":[],"disabled":false,"login_denied":false`),
    );
    expect(await exchange('admin', 'PATCH', `/user/${user}/role`, { role: ['support', 'support'] })).toBe(
      dora(`${moor},"role":["support"],"disabled":false,"login_denied":false`),
    );
    expect(await exchange('manager', 'PATCH', `/user/${user}/disabled`, { disabled: true })).toBe(
      dora(`${moor},"role":["support"],"disabled":true,"login_denied":false`),
    );
    expect(await exchange('manager', 'PATCH', `/user/${user}/login_denied/`, { login_denied: true })).toBe(
      dora(`${moor},"role":["support"],"disabled":true,"login_denied":true`),
    );
    expect(await exchange('admin', 'PATCH', `/user/${user}/username`, { username: 'dora.moor' })).toBe(
      dora(`${moor.replace('"dora"', '"dora.moor"')},"role":["support"],"disabled":true,"login_denied":true`),
    );
  });

  it('changes the user as a whole; disabled and login_denied stay when they are absent', async () => {
    const { password: _, ...whole } = DORA;
    for (const name of ['disabled', 'login_denied'])
      await exchange('manager', 'PATCH', `/user/${user}/${name}`, { [name]: true });
    const fields =
      '"username":"dora","first_name":"Dora","last_name":"Marsh","phone":"+442079460958","email":"dora@example.org","role":["manager","support"]';
    expect(await exchange('admin', 'PUT', `/user/${user}`, whole)).toBe(
      dora(`${fields},"disabled":true,"login_denied":true`),
    );
    expect(
      await exchange('admin', 'PUT', `/user/${user}/`, { ...whole, disabled: false, login_denied: false }),
    ).toBe(dora(`${fields},"disabled":false,"login_denied":false`));
  });

  it('sets passwords: those of others, and its own without the old one', async () => {
    const done = '200 {"message":"Password changed successfully"}';
    expect(await exchange('admin', 'PATCH', `/user/${user}/password`, { password: 'Battery-Staple-8' })).toBe(
      done,
    );
    const token = String((await desk.signIn('dora', 'Battery-Staple-8')).body.access_token);
    const second = String((await desk.signIn('dora', 'Battery-Staple-8')).body.access_token);
    expect(await exchange(token, 'PATCH', '/user/password/', { password: 'Another-Horse-9' })).toBe(done);
    expect((await desk.signIn('dora', 'Battery-Staple-8')).status).toBe(400);
    expect((await desk.signIn('dora', 'Another-Horse-9')).status).toBe(200);
    expect(await exchange(token, 'GET', '/ticket/')).toBe('200 []');
    expect(await exchange(second, 'GET', '/ticket/')).toBe('401 {"detail":"Could not validate credentials"}');
  });

  it('sees a changed password in `updated`', async () => {
    const made = await exchange('admin', 'POST', '/user', {
      ...DORA,
      username: 'finn',
      phone: '',
      email: '',
      role: [],
    });
    expect(made).toContain('"updated":null');
    await exchange('admin', 'PATCH', `/user/${idOf(made)}/password`, { password: 'Battery-Staple-8' });
    expect(await exchange('admin', 'GET', `/user/${idOf(made)}`)).toContain('"updated":"T"');
    expect(await exchange('admin', 'DELETE', `/user/${idOf(made)}/`)).toBe(
      '200 {"message":"User deleted successfully"}',
    );
  });

  it('keeps employees', async () => {
    const full = {
      first_name: 'Amara',
      last_name: 'Okafor',
      nick_name: 'Ama',
      phone: '+442079460123',
      email: 'amara@example.org',
      birthday: '1990-04-23',
      country: 'United Kingdom',
      city: 'Bristol',
      address: '12 Quay Street',
    };
    const made = await exchange('manager', 'POST', '/employee/', full);
    const employee = idOf(made);
    const shown =
      '200 {"first_name":"Amara","last_name":"Okafor","nick_name":"Ama","phone":"+442079460123","email":"amara@example.org",' +
      '"birthday":"1990-04-23","country":"United Kingdom","city":"Bristol","address":"12 Quay Street",' +
      `"id":${employee},"created":"T","updated":null,"tickets":[]}`;
    expect(made).toBe(shown);
    expect(await exchange('support', 'GET', `/employee/${employee}/`)).toBe(shown);
    const bare = {
      ...full,
      nick_name: null,
      phone: '',
      birthday: null,
      country: null,
      city: null,
      address: null,
    };
    const reduced =
      '{"first_name":"Amara","last_name":"Okafor","nick_name":null,"phone":"","email":"amara@example.org",' +
      `"birthday":null,"country":null,"city":null,"address":null,"id":${employee},"created":"T","updated":"T","tickets":[]}`;
    expect(await exchange('manager', 'PUT', `/employee/${employee}`, bare)).toBe(`200 ${reduced}`);
    expect(await exchange('support', 'GET', '/employee?limit=1')).toBe(`200 [${reduced}]`);
  });

  it('opens tickets, with any status, and moves them', async () => {
    const employee = await makeEmployee('tickets@example.org');
    const made = await exchange('support', 'POST', `/ticket/${employee}`, {
      title: 'Laptop',
      description: 'Black',
      status: 'nEw',
    });
    const ticket = idOf(made);
    const shown = (status: string, updated: string, id = ticket): string =>
      `{"title":"Laptop","description":"Black","status":"${status}","id":${id},"created":"T","updated":${updated},` +
      `"owner_id":3,"employee_id":${employee}}`;
    expect(made).toBe(`200 ${shown('New', 'null')}`);
    const closed = await exchange('support', 'POST', `/ticket/${employee}/`, {
      title: 'Laptop',
      description: 'Black',
      status: 'Closed',
    });
    expect(closed).toBe(`200 ${shown('Closed', 'null', idOf(closed))}`);
    expect(
      await exchange('support', 'PUT', `/ticket/${ticket}/`, {
        title: 'Laptop',
        description: 'Black',
        status: 'pending',
      }),
    ).toBe(`200 ${shown('Pending', '"T"')}`);
    expect(await exchange('manager', 'GET', `/ticket/${ticket}`)).toBe(`200 ${shown('Pending', '"T"')}`);
    const both = `200 [${shown('Pending', '"T"')},${shown('Closed', 'null', idOf(closed))}]`;
    expect(await exchange('manager', 'GET', '/ticket/')).toBe(both);
    expect(await exchange('support', 'GET', '/ticket/my/')).toBe(both);
    expect(await exchange('manager', 'GET', '/ticket/my')).toBe('200 []');
    expect(await exchange('manager', 'GET', '/ticket/?skip=1')).toBe(
      `200 [${shown('Closed', 'null', idOf(closed))}]`,
    );
    expect(await exchange('support', 'GET', `/employee/${employee}`)).toContain(
      `"tickets":[${shown('Pending', '"T"')},${shown('Closed', 'null', idOf(closed))}]}`,
    );
    for (const id of [ticket, idOf(closed)])
      expect(await exchange('support', 'DELETE', `/ticket/${id}`)).toBe(
        '200 {"message":"Ticket deleted successfully"}',
      );
  });

  it('deletes an employee who has no tickets', async () => {
    const employee = await makeEmployee('gone@example.org');
    const ticket = idOf(await exchange('support', 'POST', `/ticket/${employee}`, { title: 'Laptop' }));
    expect(await exchange('admin', 'DELETE', `/ticket/${ticket}/`)).toBe(
      '200 {"message":"Ticket deleted successfully"}',
    );
    expect(await exchange('manager', 'DELETE', `/employee/${employee}/`)).toBe(
      '200 {"message":"Employee deleted successfully"}',
    );
  });

  it('reads the moments that the newer API gives, in UTC', async () => {
    await exchange('admin', 'PATCH', `/user/${user}/disabled`, { disabled: true });
    await exchange('admin', 'PATCH', `/user/${user}/disabled`, { disabled: false });
    const legacy = await desk.ask('GET', `/api/v1/user/${user}`, { as: 'admin' });
    const newer = await desk.ask('GET', `/api/v1/users/${user}`, { as: 'admin' });
    const stamp = (moment: string): string => moment.slice(0, 19).replace('T', ' ');
    expect([legacy.body.created, legacy.body.updated]).toEqual([
      stamp(newer.body.created_at),
      stamp(newer.body.updated_at),
    ]);
    expect(legacy.headers.get('content-type')).toMatch(/^application\/json\b/);
  });
});

describe('what the legacy API leaves out', () => {
  it('answers without ETag and ignores If-Match and Idempotency-Key', async () => {
    const ask = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
      desk.ask(method, `/api/v1${path}`, { as: 'admin', headers, body });
    const fields = {
      first_name: 'Ben',
      last_name: 'Ito',
      nick_name: null,
      phone: '',
      birthday: null,
      country: null,
      city: null,
      address: null,
    };
    const key = { 'idempotency-key': 'one key' };
    const first = await ask('POST', '/employee/', key, { ...fields, email: 'one@example.org' });
    const second = await ask('POST', '/employee/', key, { ...fields, email: 'two@example.org' });
    expect([first.status, second.status, second.body.email]).toEqual([200, 200, 'two@example.org']);
    const put = await ask(
      'PUT',
      `/employee/${first.body.id}`,
      { 'if-match': '"99"' },
      { ...fields, email: 'three@example.org' },
    );
    expect([put.status, put.body.email]).toEqual([200, 'three@example.org']);
    expect([first, put].map(({ headers }) => [headers.get('etag'), headers.get('location')])).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it('serves at most 100 of a list, however many are asked for', async () => {
    await desk.database.query({
      text: `INSERT INTO employees (first_name, last_name, email) SELECT 'E', 'N', 'e' || n || '@example.org' FROM generate_series(1, 120) n`,
    });
    const lengthOf = async (query: string): Promise<unknown> =>
      ((await desk.ask('GET', `/api/v1/employee/${query}`, { as: 'admin' })).body as unknown[]).length;
    expect(await lengthOf('')).toBe(100);
    expect(await lengthOf('?limit=1000000000')).toBe(100);
    expect(await lengthOf('?limit=1&limit=7')).toBe(7);
    expect(await lengthOf(`?skip=1${'0'.repeat(40)}`)).toBe(0);
  });
});
