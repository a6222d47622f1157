import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, makeEmployee, makeUser, openDesk } from '../support/desk.js';
import { detail, legacyClient } from '../support/legacy.js';

let desk: Desk;
let user: number;
let employee: number;
const { exchange } = legacyClient(() => desk);

beforeAll(async () => {
  desk = await openDesk();
  ({ id: user } = await makeUser(desk, 'dora'));
  ({ id: employee } = await makeEmployee(desk));
});
afterAll(() => desk?.close());

const places = (...errors: string[]): string => `422 {"detail":[${errors.join(',')}]}`;
const place = (type: string, loc: string, msg: string): string =>
  `{"type":"${type}","loc":[${loc}],"msg":"${msg}"}`;
const missing = (name: string): string => place('missing', `"body","${name}"`, 'Field required');

const NO_INTEGER = 'Input should be a valid integer, unable to parse string as an integer';
const CONTACTS = { first_name: 'Dora', last_name: 'Marsh', phone: '', email: '' };

describe('a body that does not fit', () => {
  it('names every missing field', async () => {
    expect(await exchange('POST', '/user/', { as: 'admin', body: {} })).toBe(
      places(
        missing('username'),
        missing('first_name'),
        missing('last_name'),
        missing('role'),
        missing('password'),
      ),
    );
    expect(await exchange('PUT', `/user/${user}`, { as: 'admin', body: { username: 'dora' } })).toBe(
      places(
        missing('first_name'),
        missing('last_name'),
        missing('phone'),
        missing('email'),
        missing('role'),
      ),
    );
    expect(await exchange('PATCH', `/user/${user}/contacts`, { as: 'admin', body: { phone: '' } })).toBe(
      places(missing('first_name'), missing('last_name'), missing('email')),
    );
    expect(
      await exchange('PUT', `/employee/${employee}`, {
        as: 'admin',
        body: { first_name: 'A', last_name: 'B', email: 'a@b.org' },
      }),
    ).toBe(places(...['nick_name', 'phone', 'birthday', 'country', 'city', 'address'].map(missing)));
    expect(await exchange('PUT', '/ticket/1', { as: 'admin', body: { status: 'Open' } })).toBe(
      places(missing('title'), missing('description')),
    );
    for (const [path, name] of [
      ['password', 'password'],
      ['role', 'role'],
      ['disabled', 'disabled'],
      ['username', 'username'],
    ]) {
      expect(await exchange('PATCH', `/user/${user}/${path}`, { as: 'admin', body: {} })).toBe(
        places(missing(String(name))),
      );
    }
  });

  it('names wrong types and values', async () => {
    const wrong: [method: string, path: string, body: unknown, ...errors: string[]][] = [
      [
        'PATCH',
        `/user/${user}/disabled`,
        { disabled: 'yes' },
        place('bool_type', '"body","disabled"', 'Input should be a valid boolean'),
      ],
      [
        'PATCH',
        `/user/${user}/role`,
        { role: 'admin' },
        place('list_type', '"body","role"', 'Input should be a valid list'),
      ],
      [
        'PATCH',
        `/user/${user}/role`,
        { role: [7] },
        place('string_type', '"body","role",0', 'Input should be a valid string'),
      ],
      [
        'PATCH',
        `/user/${user}/username`,
        { username: null },
        place('string_type', '"body","username"', 'Input should be a valid string'),
      ],
      [
        'PATCH',
        `/user/${user}/username`,
        { username: '1' },
        place(
          'value_error',
          '"body","username"',
          'Value error, must be 3 to 64 characters: a letter first, then letters, digits, dot, underscore or hyphen',
        ),
      ],
      [
        'PATCH',
        '/user/password',
        { password: 'short' },
        place(
          'value_error',
          '"body","password"',
          'Value error, must be 8 to 128 characters with an upper-case letter, a lower-case letter, a digit and a special character',
        ),
      ],
      [
        'POST',
        `/ticket/${employee}`,
        { title: 'Laptop', status: 'Lost' },
        place('enum', '"body","status"', "Input should be 'New', 'Open', 'Pending', 'Resolved' or 'Closed'"),
      ],
      [
        'POST',
        '/employee',
        [],
        place(
          'model_attributes_type',
          '"body"',
          'Input should be a valid dictionary or object to extract fields from',
        ),
      ],
    ];
    for (const [method, path, body, ...errors] of wrong) {
      expect(`${path} ${await exchange(method, path, { as: 'admin', body })}`).toBe(
        `${path} ${places(...errors)}`,
      );
    }
  });

  it('is no JSON, or nothing at all', async () => {
    const json = { 'content-type': 'application/json' };
    const send = (body: string | Uint8Array) =>
      exchange('POST', '/user/', { as: 'admin', body, headers: json });
    expect(await send('{"username":')).toBe(places(place('json_invalid', '"body"', 'JSON decode error')));
    expect(await send('')).toBe(places(place('missing', '"body"', 'Field required')));
    expect(await send('{"__proto__":{"role":["admin"]}}')).toBe(
      detail(400, 'The body names __proto__ or constructor.'),
    );
    expect(await send(new Uint8Array([0x7b, 0xff]))).toBe(detail(400, 'The body is not valid UTF-8.'));
    const form = { as: 'admin', body: 'a=1', headers: { 'content-type': 'text/plain' } };
    expect(await exchange('POST', '/user/', form)).toBe(detail(415, 'Send JSON, as application/json.'));
  });
});

describe('a path or query that does not fit', () => {
  it('is 422 for what is no whole number', async () => {
    for (const id of ['abc', '1e3', '1%20or%201=1', '%00', '1.5', 'password']) {
      expect(`${id} ${await exchange('GET', `/user/${id}`, { as: 'admin' })}`).toBe(
        `${id} ${places(place('int_parsing', '"path","id"', NO_INTEGER))}`,
      );
    }
    expect(await exchange('POST', '/ticket/x', { as: 'admin', body: { title: 'Laptop' } })).toBe(
      places(place('int_parsing', '"path","employee_id"', NO_INTEGER)),
    );
  });

  it('is 422 for a page that cannot be', async () => {
    const least = (name: string, value: number): string =>
      place('greater_than_equal', `"query","${name}"`, `Input should be greater than or equal to ${value}`);
    const noInteger = (name: string): string => place('int_parsing', `"query","${name}"`, NO_INTEGER);
    const pages: [query: string, ...errors: string[]][] = [
      ['skip=-1', least('skip', 0)],
      ['limit=0', least('limit', 1)],
      ['limit=-5', least('limit', 1)],
      ['skip=abc&limit=NaN', noInteger('skip'), noInteger('limit')],
      ['limit=1e9', noInteger('limit')],
      ['limit=1&limit=', noInteger('limit')],
    ];
    for (const list of ['/user/', '/employee/', '/ticket/', '/ticket/my/']) {
      for (const [query, ...errors] of pages) {
        expect(`${list}?${query} ${await exchange('GET', `${list}?${query}`, { as: 'admin' })}`).toBe(
          `${list}?${query} ${places(...errors)}`,
        );
      }
    }
  });
});

describe('a field that nobody asked for', () => {
  it('is ignored and changes nothing', async () => {
    const row = async () =>
      (
        await desk.database.query<Record<string, unknown>>({
          text: 'SELECT * FROM users WHERE id = $1',
          values: [user],
        })
      )[0];
    const before = await row();
    const stowaways = {
      role: ['admin'],
      roles: ['admin'],
      id: 1,
      disabled: true,
      login_denied: true,
      password_hash: 'x',
      username: 'root',
    };
    const answer = await exchange('PATCH', `/user/${user}/contacts`, {
      as: 'manager',
      body: { ...CONTACTS, ...stowaways },
    });
    expect(answer.slice(0, 4)).toBe('200 ');
    const after = await row();
    expect({
      ...after,
      last_name: before?.last_name,
      first_name: before?.first_name,
      version: 1,
      updated_at: 0,
    }).toEqual({
      ...before,
      version: 1,
      updated_at: 0,
    });
    expect([after?.first_name, after?.last_name]).toEqual(['Dora', 'Marsh']);
  });

  it('does not move a ticket to another employee or owner', async () => {
    const opened = await desk.ask('POST', `/api/v1/ticket/${employee}`, {
      as: 'support',
      body: { title: 'Laptop', owner_id: 1, employee_id: 99, id: 77, assignee_id: 1, priority: 'urgent' },
    });
    expect(opened.body).toMatchObject({ owner_id: 3, employee_id: employee });
    const stored = await desk.ask('GET', `/api/v1/tickets/${opened.body.id}`, { as: 'support' });
    expect(stored.body).toMatchObject({ priority: 'normal', assignee_id: null, description: '' });
    const body = { title: 'Laptop', description: '', status: 'New', owner_id: 1, employee_id: 99 };
    expect(
      (await desk.ask('PUT', `/api/v1/ticket/${opened.body.id}`, { as: 'support', body })).body,
    ).toMatchObject({
      owner_id: 3,
      employee_id: employee,
      updated: null,
    });
  });
});
