import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, form, makeEmployee, makeUser, openDesk, PASSWORD } from '../support/desk.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const patch = (as: string, id: number, body: unknown) =>
  desk.ask('PATCH', `/api/v1/users/${id}`, { as, body });
const idOf = async (username: string): Promise<number> =>
  (await desk.ask('GET', `/api/v1/users?username=${username}`, { as: 'admin' })).body.items[0].id as number;
const newToken = async (username: string): Promise<string> =>
  String((await desk.signIn(username)).body.access_token);

describe('a user', () => {
  it('is created with defaults, read, and never shows a password', async () => {
    const answer = await desk.ask('POST', '/api/v1/users', {
      as: 'admin',
      body: {
        username: 'Dora.Marsh',
        password: PASSWORD,
        first_name: 'Dora',
        last_name: 'Marsh',
        roles: ['support', 'manager'],
      },
    });
    expect(answer.status).toBe(201);
    const { id, created_at, updated_at } = answer.body;
    expect(answer.body).toEqual({
      id,
      username: 'Dora.Marsh',
      first_name: 'Dora',
      last_name: 'Marsh',
      phone: null,
      email: null,
      roles: ['manager', 'support'],
      disabled: false,
      login_denied: false,
      created_at,
      updated_at,
    });
    const read = await desk.ask('GET', `/api/v1/users/${id}`, { as: 'manager' });
    expect(read.text).toBe(answer.text);
    expect(read.text).not.toMatch(/password|argon2/);
    const audit = await desk.database.query({
      text: `SELECT after::text FROM audit WHERE action = 'user.create'`,
    });
    expect(JSON.stringify(audit)).not.toMatch(/argon2|Horse/);
  });

  it('is found by username, e-mail, phone, role, state and part of a name, whatever the case', async () => {
    const { id } = await makeUser(desk, 'finder', {
      first_name: 'Żaneta',
      email: 'Zaneta@Example.org',
      phone: '+48221234567',
      roles: ['manager'],
      disabled: true,
    });
    for (const search of [
      'username=FINDER',
      'email=zaneta@example.ORG',
      'phone=%2B48221234567',
      'q=żanet',
      'q=ANETA',
      'role=manager&disabled=true',
    ]) {
      const { body } = await desk.ask('GET', `/api/v1/users?${search}`, { as: 'manager' });
      expect([search, body.items.map((user: { id: number }) => user.id)]).toEqual([search, [id]]);
    }
    expect((await desk.ask('GET', '/api/v1/users?q=%25', { as: 'manager' })).body.items).toEqual([]);
  });

  it.each([
    ['username', 'username_taken', { username: 'UNIQUE' }],
    ['email', 'email_taken', { username: 'unique2', email: 'UNIQUE@example.org' }],
    ['phone', 'phone_taken', { username: 'unique3', phone: '+491234567' }],
  ])('keeps its %s to itself', async (field, code, fields) => {
    if (field === 'username')
      await makeUser(desk, 'unique', { email: 'unique@example.org', phone: '+491234567' });
    const answer = await desk.ask('POST', '/api/v1/users', {
      as: 'admin',
      body: { password: PASSWORD, first_name: 'a', last_name: 'b', roles: [], ...fields },
    });
    expect([answer.status, answer.body.code]).toEqual([409, code]);
  });

  it('is made once by 50 concurrent requests for one username', async () => {
    const body = { username: 'wanted', password: PASSWORD, first_name: 'a', last_name: 'b', roles: [] };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => desk.ask('POST', '/api/v1/users', { as: 'admin', body })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
  });

  it.each([
    'Short-7',
    'no-upper-case-7',
    'NO-LOWER-CASE-7',
    'No-Digit-Here',
    'NoSpecial77',
    'A'.repeat(120) + 'a-7'.repeat(5),
  ])('does not take the password %s', async (password) => {
    const answer = await desk.ask('POST', '/api/v1/users', {
      as: 'admin',
      body: { username: 'weak', password, first_name: 'a', last_name: 'b', roles: [] },
    });
    expect([answer.status, answer.body.errors[0].path]).toEqual([422, 'password']);
    expect(answer.text).not.toContain(password);
  });

  it('cannot be deleted while tickets refer to them', async () => {
    const { id } = await makeUser(desk, 'opener');
    const employee = await makeEmployee(desk);
    const ticket = await desk.ask('POST', '/api/v1/tickets', {
      as: 'opener',
      body: { title: 'x', employee_id: employee.id },
    });
    const refused = await desk.ask('DELETE', `/api/v1/users/${id}`, { as: 'admin' });
    expect([refused.status, refused.body.code]).toEqual([409, 'in_use']);
    await desk.ask('DELETE', `/api/v1/tickets/${ticket.body.id}`, { as: 'admin' });
    expect((await desk.ask('DELETE', `/api/v1/users/${id}`, { as: 'admin' })).status).toBe(204);
    const gone = await desk.ask('GET', '/api/v1/me', { as: 'opener' });
    expect([gone.status, gone.body.code]).toEqual([401, 'invalid_token']);
  });
});

describe('rights on fields', () => {
  it.each([
    ['first_name', 'New', true],
    ['last_name', 'New', true],
    ['phone', '+4420000001', true],
    ['email', 'new@example.org', true],
    ['disabled', true, true],
    ['login_denied', true, true],
    ['username', 'renamed', false],
    ['roles', ['support'], false],
  ])('a manager and %s', async (field, value, allowed) => {
    const { id } = await makeUser(desk, `field.${field}`);
    const answer = await patch('manager', id, { [field]: value });
    expect(answer.status).toBe(allowed ? 200 : 403);
    const now = (await desk.ask('GET', `/api/v1/users/${id}`, { as: 'admin' })).body;
    if (allowed) expect(now[field]).toEqual(value);
    else expect(now[field]).not.toBe(value);
  });

  it('are asked even when the value stays the same, and nothing else of the patch is done', async () => {
    const { id } = await makeUser(desk, 'same.roles');
    const answer = await patch('manager', id, { first_name: 'Changed', roles: ['support'] });
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    expect((await desk.ask('GET', `/api/v1/users/${id}`, { as: 'admin' })).body.first_name).toBe(
      'same.roles',
    );
  });

  it('end below a higher rank: a manager cannot touch an admin', async () => {
    const { id } = await makeUser(desk, 'other.admin', { roles: ['admin'] });
    for (const body of [{ disabled: true }, { phone: '+4420000002' }, { login_denied: true }]) {
      expect((await patch('manager', id, body)).status).toBe(403);
    }
  });

  it('do not let anybody give a role that does not exist', async () => {
    const { id } = await makeUser(desk, 'no.such.role');
    const answer = await patch('admin', id, { roles: ['emperor'] });
    expect([answer.status, answer.body.errors[0].path]).toEqual([422, 'roles']);
  });
});

describe('/me', () => {
  it('reads and changes only the own names and phone', async () => {
    await makeUser(desk, 'myself', { roles: [] });
    const changed = await desk.ask('PATCH', '/api/v1/me', {
      as: 'myself',
      body: { first_name: 'Me', phone: '+4420000003' },
    });
    expect([changed.status, changed.body.first_name, changed.body.phone]).toEqual([200, 'Me', '+4420000003']);
    for (const body of [
      { roles: ['admin'] },
      { disabled: false },
      { username: 'other' },
      { email: 'me@example.org' },
    ]) {
      const refused = await desk.ask('PATCH', '/api/v1/me', { as: 'myself', body });
      expect([refused.status, refused.body.code]).toEqual([422, 'unknown_field']);
    }
  });

  it('changes the password with the old one, and ends the other sessions but not this one', async () => {
    await makeUser(desk, 'changer');
    const here = await newToken('changer');
    const elsewhere = await newToken('changer');
    const wrong = await desk.ask('PUT', '/api/v1/me/password', {
      as: here,
      body: { old_password: 'Wrong-Horse-7', password: 'Better-Horse-8' },
    });
    expect([wrong.status, wrong.body.code]).toEqual([422, 'wrong_password']);
    const done = await desk.ask('PUT', '/api/v1/me/password', {
      as: here,
      body: { old_password: PASSWORD, password: 'Better-Horse-8' },
    });
    expect(done.status).toBe(204);
    expect((await desk.ask('GET', '/api/v1/me', { as: here })).status).toBe(200);
    expect((await desk.ask('GET', '/api/v1/me', { as: elsewhere })).status).toBe(401);
    expect((await desk.signIn('changer')).status).toBe(400);
    expect((await desk.signIn('changer', 'Better-Horse-8')).status).toBe(200);
  });

  it('may be sent again when the answer was lost: the password is as it asks', async () => {
    await makeUser(desk, 'unsure');
    const as = await newToken('unsure');
    const change = () =>
      desk.ask('PUT', '/api/v1/me/password', {
        as,
        body: { old_password: PASSWORD, password: 'Better-Horse-8' },
      });
    expect([(await change()).status, (await change()).status]).toEqual([204, 204]);
    expect((await desk.signIn('unsure', 'Better-Horse-8')).status).toBe(200);
    const same = await desk.ask('PUT', '/api/v1/me/password', {
      as,
      body: { old_password: 'Better-Horse-8', password: 'Better-Horse-8' },
    });
    expect([same.status, same.body.errors]).toEqual([
      422,
      [{ path: 'password', message: 'must be another one than the present' }],
    ]);
  });

  it('ends every session when an admin sets the password', async () => {
    const { id } = await makeUser(desk, 'forgetful');
    const token = await newToken('forgetful');
    const answer = await desk.ask('PUT', `/api/v1/users/${id}/password`, {
      as: 'admin',
      body: { password: 'Better-Horse-8' },
    });
    expect(answer.status).toBe(204);
    expect((await desk.ask('GET', '/api/v1/me', { as: token })).status).toBe(401);
    expect((await desk.signIn('forgetful', 'Better-Horse-8')).status).toBe(200);
  });
});

describe('the two switches', () => {
  it('disabled: a token from before opens the authentication section and nothing else, at the next request', async () => {
    const { id } = await makeUser(desk, 'paused', { roles: ['admin'] });
    const token = await newToken('paused');
    expect((await desk.ask('GET', '/api/v1/users', { as: token })).status).toBe(200);
    await patch('admin', id, { disabled: true });
    for (const [method, path] of [
      ['GET', '/users'],
      ['GET', '/tickets'],
      ['PATCH', '/me'],
      ['POST', '/tickets'],
    ] as const) {
      const answer = await desk.ask(method, `/api/v1${path}`, {
        as: token,
        ...(method === 'GET' ? {} : { body: {} }),
      });
      expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'account_disabled']);
    }
    expect((await desk.ask('GET', '/api/v1/me', { as: token })).status).toBe(200);
    expect((await desk.ask('GET', '/api/v1/status', { as: token })).body).toEqual({ status: 'disabled' });
    expect((await desk.signIn('paused')).status).toBe(200);
    await patch('admin', id, { disabled: false });
    expect((await desk.ask('GET', '/api/v1/users', { as: token })).status).toBe(200);
  });

  it('login_denied: ends the sessions and answers as a wrong password', async () => {
    const { id } = await makeUser(desk, 'barred');
    const signedIn = await desk.signIn('barred');
    await patch('admin', id, { login_denied: true });
    expect((await desk.ask('GET', '/api/v1/me', { as: String(signedIn.body.access_token) })).status).toBe(
      401,
    );
    const denied = await desk.signIn('barred');
    const wrong = await desk.signIn('support', 'Wrong-Horse-7');
    expect([denied.status, denied.text]).toEqual([wrong.status, wrong.text]);
    const refreshed = await desk.ask('POST', '/api/v1/token', {
      body: form({ grant_type: 'refresh_token', refresh_token: String(signedIn.body.refresh_token) }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([refreshed.status, refreshed.body.error]).toEqual([400, 'invalid_grant']);
  });
});

describe('there is always an admin who can act', () => {
  it('whatever one tries on the last', async () => {
    const last = await openDesk();
    try {
      const { body } = await last.ask('GET', '/api/v1/users?username=admin', { as: 'admin' });
      const path = `/api/v1/users/${body.items[0].id}`;
      for (const change of [
        { roles: ['support'] },
        { disabled: true },
        { login_denied: true },
        { roles: [], disabled: true },
      ]) {
        const answer = await last.ask('PATCH', path, { as: 'admin', body: change });
        expect([answer.status, answer.body.code]).toEqual([409, 'last_admin']);
      }
      const removal = await last.ask('DELETE', path, { as: 'admin' });
      expect([removal.status, removal.body.code]).toEqual([409, 'last_admin']);
      expect((await last.ask('GET', '/api/v1/users', { as: 'admin' })).status).toBe(200);
    } finally {
      await last.close();
    }
  });

  it('when two demote each other on two instances at once, twenty times', async () => {
    const pair = await openDesk();
    try {
      const second = await pair.another();
      const first = (await pair.ask('GET', '/api/v1/users?username=admin', { as: 'admin' })).body.items[0]
        .id as number;
      const { id: other } = await makeUser(pair, 'second', { roles: ['admin'] });
      for (let round = 0; round < 20; round += 1) {
        const statuses = await Promise.all([
          pair.ask('PATCH', `/api/v1/users/${other}`, { as: 'admin', body: { roles: ['support'] } }),
          second.ask('PATCH', `/api/v1/users/${first}`, {
            as: await pair.token('second'),
            body: { roles: ['support'] },
          }),
        ]);
        const acting = await pair.database.query<{ id: number }>({
          text: `SELECT id FROM users WHERE roles && ARRAY['admin'] AND NOT disabled`,
        });
        // The slower one is refused: as no longer an admin, or because it would take the last.
        expect(statuses.filter(({ status }) => status === 200)).toHaveLength(1);
        expect(statuses.filter(({ status }) => status === 403 || status === 409)).toHaveLength(1);
        expect(acting).toHaveLength(1);
        await pair.database.query({
          text: `UPDATE users SET roles = ARRAY['admin'] WHERE id = ANY($1)`,
          values: [[first, other]],
        });
      }
    } finally {
      await pair.close();
    }
  });
});

describe('ids', () => {
  it.each(['0', '-1', '1e3', '1.5', 'abc', '10000000000000000000000', '1%20or%201=1', '%00'])(
    '%s is no id',
    async (id) => {
      expect((await desk.ask('GET', `/api/v1/users/${id}`, { as: 'admin' })).status).toBe(422);
    },
  );

  it('of nobody is 404', async () => {
    expect((await desk.ask('GET', '/api/v1/users/999999', { as: 'admin' })).body.code).toBe('not_found');
    expect(await idOf('support')).toBeGreaterThan(0);
  });
});
