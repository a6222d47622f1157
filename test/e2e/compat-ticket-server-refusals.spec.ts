import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import type { LegacyEmployee } from '../../src/legacy/ticket-server/routes/employee.shape.js';
import { employeesFor } from '../../src/legacy/ticket-server/routes/legacy.lists.js';
import { EmployeeService } from '../../src/employees/employee.service.js';
import { operator, type Principal } from '../../src/access/principal.js';
import type { Permission } from '../../src/access/permissions.js';
import { Clock } from '../../src/platform/clock.js';
import { type Desk, makeEmployee, makeUser, openDesk } from '../support/desk.js';
import { detail, legacyClient } from '../support/legacy.js';
import { tune } from '../support/settings.js';

let desk: Desk;
let user: number;
let employee: number;
let ticket: number;
const { exchange, operations } = legacyClient(() => desk);

beforeAll(async () => {
  desk = await openDesk();
  ({ id: user } = await makeUser(desk, 'dora', { phone: '+442079460958', email: 'dora@example.org' }));
  ({ id: employee } = await makeEmployee(desk, { email: 'amara@example.org', phone: '+442079460123' }));
  const opened = await desk.ask('POST', '/api/v1/tickets', {
    as: 'support',
    body: { title: 'Laptop', employee_id: employee },
  });
  ticket = Number(opened.body.id);
});
afterAll(() => desk?.close());
afterEach(() => {
  jest.restoreAllMocks();
});

const NEW_USER = {
  username: 'finn',
  first_name: 'Finn',
  last_name: 'Ray',
  phone: '',
  email: '',
  role: [],
  password: 'Correct-Horse-7',
};
const TICKET = { title: 'Laptop', description: '', status: 'New' };

describe('who is not let in', () => {
  it('names what is wrong with the token', async () => {
    expect(await exchange('GET', '/user/')).toBe(detail(401, 'Not authenticated'));
    const nonsense = { headers: { authorization: 'Bearer nonsense' } };
    expect(await exchange('GET', '/user/', nonsense)).toBe(detail(401, 'Could not validate credentials'));
    const basic = { headers: { authorization: 'Basic YTpi' }, body: {} };
    expect(await exchange('POST', '/ticket/1', basic)).toBe(detail(401, 'Not authenticated'));
    expect((await desk.ask('GET', '/api/v1/user/')).headers.get('www-authenticate')).toBe('Bearer');
  });

  it('tells an expired token, a deleted user and an ended session apart', async () => {
    const gone = await makeUser(desk, 'gone');
    const tokenOfGone = await desk.token('gone');
    await desk.ask('DELETE', `/api/v1/users/${gone.id}`, { as: 'admin' });
    const deleted = detail(400, 'Incorrect User name or password');
    expect(await exchange('GET', '/ticket/', { as: tokenOfGone })).toBe(deleted);
    expect(await exchange('POST', '/ticket/1', { as: tokenOfGone, body: TICKET })).toBe(deleted);

    const denied = await makeUser(desk, 'denied');
    const tokenOfDenied = await desk.token('denied');
    await desk.ask('PATCH', `/api/v1/users/${denied.id}`, { as: 'admin', body: { login_denied: true } });
    expect(await exchange('GET', '/ticket/', { as: tokenOfDenied })).toBe(
      detail(401, 'Could not validate credentials'),
    );

    const token = await desk.token('support');
    jest.spyOn(desk.app.get(Clock), 'now').mockReturnValue(Date.now() + 2 * 3_600_000);
    expect(await exchange('GET', '/ticket/', { as: token })).toBe(detail(400, 'Token has expired'));
  });

  it('lets no disabled user through any of its routes', async () => {
    const { id } = await makeUser(desk, 'off', { roles: ['admin'] });
    const as = await desk.token('off');
    await desk.ask('PATCH', `/api/v1/users/${id}`, { as: 'admin', body: { disabled: true } });
    const all = await operations();
    expect(all.length).toBe(26);
    for (const [method, path] of all) {
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const answer = await exchange(method, path, { as, body });
      expect(`${method} ${path} ${answer}`).toBe(`${method} ${path} ${detail(400, 'User disabled')}`);
    }
  });

  it('refuses what the roles do not allow, and a manager on an admin', async () => {
    const attempts: [as: string, method: string, path: string, body?: unknown][] = [
      ['support', 'GET', '/user/'],
      ['support', 'GET', '/user/username/admin'],
      ['support', 'POST', '/employee/', {}],
      ['support', 'PATCH', `/user/${user}/contacts`, {}],
      ['manager', 'POST', '/user/', NEW_USER],
      ['manager', 'DELETE', `/user/${user}`],
      ['manager', 'PUT', `/user/${user}`, {}],
      ['manager', 'PATCH', `/user/${user}/role`, { role: ['admin'] }],
      ['manager', 'PATCH', '/user/2/role', { role: ['admin'] }],
      ['manager', 'PATCH', `/user/${user}/username`, { username: 'other' }],
      ['manager', 'PATCH', `/user/${user}/password`, { password: 'Battery-Staple-8' }],
      ['manager', 'PATCH', '/user/1/disabled', { disabled: true }],
      ['manager', 'PATCH', '/user/1/login_denied', { login_denied: true }],
      ['manager', 'PATCH', '/user/1/contacts', { first_name: 'A', last_name: 'B', phone: '', email: '' }],
    ];
    const users = () => desk.database.query({ text: 'SELECT * FROM users ORDER BY id' });
    const before = await users();
    for (const [as, method, path, body] of attempts) {
      const answer = await exchange(method, path, { as, body });
      expect(`${as} ${method} ${path} ${answer}`).toBe(
        `${as} ${method} ${path} ${detail(401, 'Not enough permissions')}`,
      );
    }
    expect(await users()).toEqual(before);
    const { headers } = await desk.ask('GET', '/api/v1/user', { as: 'support' });
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  it('shows the tickets of an employee only to those who may see tickets', async () => {
    const found = await desk.app.get(EmployeeService).read(operator, employee);
    const show = async (...permissions: Permission[]): Promise<number[]> => {
      const principal = {
        rights: { granted: new Set(permissions), scope: undefined },
      } as unknown as Principal;
      let json = '';
      for await (const text of desk.database.reading(1_000, (db) => employeesFor(db, principal, [found])))
        json += text;
      const { tickets } = JSON.parse(json) as LegacyEmployee;
      return tickets.map(({ id }) => id);
    };
    expect(await show('employee:read', 'ticket:read')).toEqual([ticket]);
    expect(await show('employee:read')).toEqual([]);
  });
});

describe('what is not there', () => {
  it('is named', async () => {
    const missing: [method: string, path: string, body: unknown, text: string][] = [
      ['GET', '/user/999', undefined, 'User not found'],
      ['GET', '/user/0', undefined, 'User not found'],
      ['GET', '/user/-1', undefined, 'User not found'],
      ['GET', `/user/1${'0'.repeat(22)}`, undefined, 'User not found'],
      ['GET', '/user/username/nobody/', undefined, 'User not found'],
      ['GET', '/user/email/%00', undefined, 'User not found'],
      ['GET', '/user/phone/%F0%9F%8D%89', undefined, 'User not found'],
      ['PATCH', '/user/999/password', { password: 'Battery-Staple-8' }, 'User not found'],
      ['PATCH', '/user/999/disabled', { disabled: true }, 'User not found'],
      ['DELETE', '/user/999', undefined, 'User not found'],
      ['PATCH', `/user/${user}/role`, { role: ['chief'] }, 'Unknown role'],
      ['POST', '/user/', { ...NEW_USER, role: ['chief'] }, 'Unknown role'],
      ['GET', '/employee/999', undefined, 'Employee not found'],
      ['DELETE', '/employee/999/', undefined, 'Employee not found'],
      ['POST', '/ticket/999', TICKET, 'Employee not found'],
      ['GET', '/ticket/999', undefined, 'Ticket not found'],
      ['PUT', '/ticket/999', TICKET, 'Ticket not found'],
    ];
    for (const [method, path, body, text] of missing) {
      const answer = await exchange(method, path, { as: 'admin', body });
      expect(`${method} ${path} ${answer}`).toBe(`${method} ${path} ${detail(404, text)}`);
    }
  });

  it('is a path that nobody knows', async () => {
    for (const path of [
      '/user/1/colour',
      '/user//',
      '/user/1/2/3',
      '/user/phone/1//',
      '/ticket/my/1',
      '/employee/%zz',
    ]) {
      expect(`${path} ${await exchange('GET', path, { as: 'admin' })}`).toBe(
        `${path} ${detail(404, 'Not Found')}`,
      );
    }
    const long = `/user/username/${'x'.repeat(400)}`;
    expect(await exchange('GET', long, { as: 'admin' })).toBe(detail(404, 'Not Found'));
  });

  it('is a method, and the answer names those that are', async () => {
    const wrong: [method: string, path: string, allow: string][] = [
      ['PUT', '/user/', 'GET, POST'],
      ['POST', '/user/1', 'DELETE, GET, PUT'],
      ['GET', '/user/1/contacts/', 'PATCH'],
      ['POST', '/ticket', 'GET'],
      ['PATCH', '/employee/1?x=/', 'DELETE, GET, PUT'],
    ];
    for (const [method, path, allow] of wrong) {
      expect(`${path} ${await exchange(method, path)}`).toBe(`${path} ${detail(405, 'Method Not Allowed')}`);
      expect((await desk.ask(method, `/api/v1${path}`)).headers.get('allow')).toBe(allow);
    }
  });
});

describe('what the state does not allow', () => {
  it('is 422 for what somebody else has', async () => {
    const person = {
      first_name: 'A',
      last_name: 'B',
      nick_name: null,
      phone: '',
      birthday: null,
      country: null,
      city: null,
      address: null,
    };
    const taken: [method: string, path: string, body: unknown, text: string][] = [
      ['POST', '/user', { ...NEW_USER, username: 'DORA' }, 'Username already registered'],
      ['POST', '/user', { ...NEW_USER, email: 'Dora@example.org' }, 'Email already registered'],
      ['POST', '/user', { ...NEW_USER, phone: '+442079460958' }, 'Phone already registered'],
      ['PATCH', '/user/2/username', { username: 'dora' }, 'Username already registered'],
      ['POST', '/employee', { ...person, email: 'amara@example.org' }, 'Email already registered'],
      [
        'POST',
        '/employee',
        { ...person, email: 'new@example.org', phone: '+442079460123' },
        'Phone already registered',
      ],
    ];
    for (const [method, path, body, text] of taken) {
      expect(`${path} ${await exchange(method, path, { as: 'admin', body })}`).toBe(
        `${path} ${detail(422, text)}`,
      );
    }
  });

  it('is a new ticket whose status the workflow does not reach from its beginning', async () => {
    const { id } = await makeEmployee(desk);
    const untune = tune({ workflow: { statuses: { new: { to: ['open'] } } } });
    try {
      const open = (status: string) =>
        exchange('POST', `/ticket/${id}`, { as: 'support', body: { title: 'Late', status } });
      expect(await open('Closed')).toMatch(/^409 /);
      expect(await open('Open')).toMatch(/^200 /);
    } finally {
      untune();
    }
  });

  it('keeps our status with our sentence where the ticket server never refused', async () => {
    const lastAdmin = detail(409, 'This is the last admin who can act. Make another admin first.');
    expect(await exchange('PATCH', '/user/1/role', { as: 'admin', body: { role: [] } })).toBe(lastAdmin);
    expect(await exchange('DELETE', '/user/1', { as: 'admin' })).toBe(lastAdmin);
    expect(await exchange('DELETE', `/employee/${employee}`, { as: 'admin' })).toBe(
      detail(
        409,
        'Tickets refer to this employee. Give those tickets to another employee or delete them first.',
      ),
    );
    expect(await exchange('DELETE', '/user/3', { as: 'admin' })).toBe(
      detail(
        409,
        'Tickets refer to this user. Disable the user instead, or reassign and delete those tickets first.',
      ),
    );
    await exchange('PUT', `/ticket/${ticket}`, { as: 'support', body: { ...TICKET, status: 'Resolved' } });
    expect(await exchange('PUT', `/ticket/${ticket}`, { as: 'support', body: TICKET })).toBe(
      detail(409, 'A ticket cannot go from resolved to new; from here it can go to open, closed.'),
    );
    const large = { as: 'support', body: { ...TICKET, description: 'x'.repeat(1_100_000) } };
    expect(await exchange('POST', `/ticket/${employee}`, large)).toBe(
      detail(413, 'The body is larger than 1 MiB.'),
    );
  });

  it('says when to come again when the database gives up', async () => {
    const other = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
    const operator = new pg.Client({ connectionString: process.env.TEST_PG_ADMIN_URL });
    await Promise.all([other.connect(), operator.connect()]);
    try {
      await other.query(`BEGIN; LOCK TABLE tickets`);
      const asked = desk.ask('GET', `/api/v1/ticket/${ticket}`, { as: 'support' });
      let cancelled: unknown[] = [];
      while (cancelled.length === 0) {
        const { rows } = await operator.query(
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`,
          [desk.testDatabase.name],
        );
        cancelled = rows;
      }
      const { status, headers, text } = await asked;
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
      expect(text).toMatch(/^\{"detail":"The query took too long and was stopped\./);
    } finally {
      await Promise.all([other.end(), operator.end()]);
    }
  });
});
