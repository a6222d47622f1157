import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { argon2id, hash } from 'argon2';
import { runCli } from '../support/cli.js';
import { type Desk, makeUser, openDesk } from '../support/desk.js';
import { writtenState } from '../support/written.js';

/** The legacy server's own parameters. */
const OLD_COST = { type: argon2id, memoryCost: 65_536, timeCost: 3, parallelism: 4 } as const;
const OLD_PASSWORD = 'Legacy-Horse-7';

const folder = mkdtempSync(join(tmpdir(), 'takeover-'));
const path = join(folder, 'sql_app.db');

function makeOldDatabase(file: string, hashed: string): void {
  const old = new DatabaseSync(file);
  old.exec(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR, first_name VARCHAR, last_name VARCHAR, phone VARCHAR, email VARCHAR,
      role JSON, disabled BOOLEAN, login_denied BOOLEAN, hashed_password VARCHAR, created DATETIME, updated DATETIME);
    CREATE TABLE employees (id INTEGER PRIMARY KEY, first_name VARCHAR, last_name VARCHAR, nick_name VARCHAR, phone VARCHAR,
      email VARCHAR, birthday DATE, country VARCHAR, city VARCHAR, address VARCHAR, created DATETIME, updated DATETIME);
    CREATE TABLE tickets (id INTEGER PRIMARY KEY, title VARCHAR, description VARCHAR, status VARCHAR, employee_id INTEGER,
      owner_id INTEGER, created DATETIME, updated DATETIME);
  `);
  const user = old.prepare('INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const [made, changed] = ['2023-03-01 08:00:00', '2023-04-02 09:30:00.123456'];
  user.run(
    1,
    'chief',
    'Chi',
    'Ef',
    '+442079460001',
    'chief@example.org',
    '["admin"]',
    0,
    0,
    hashed,
    made,
    null,
  );
  user.run(
    3,
    'helper',
    'Hel',
    'Per',
    null,
    '',
    '["support", "manager", "support"]',
    1,
    0,
    hashed,
    made,
    changed,
  );
  user.run(4, 'Chief', 'Twice', 'Named', null, null, '["support"]', 0, 0, hashed, made, null);
  user.run(5, 'second', 'Same', 'Mail', null, 'CHIEF@example.org', '["support"]', 0, 0, hashed, made, null);
  user.run(6, 'royal', 'No', 'Role', null, null, '["king"]', 0, 0, hashed, made, null);
  user.run(
    7,
    'bcrypt',
    'No',
    'Hash',
    null,
    null,
    '["support"]',
    0,
    0,
    '$2b$12$abcdefghijklmnopqrstuv',
    made,
    null,
  );
  user.run(9, 'denied', 'De', 'Nied', null, null, '[]', 0, 1, hashed, made, null);
  user.run(12, 'broken', 'Bro', 'Ken', null, null, 'support', 0, 0, hashed, made, null);
  const employee = old.prepare('INSERT INTO employees VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  employee.run(
    2,
    ' Ren\u0065\u0301 ',
    'Roy',
    'R',
    '+442079460002',
    'rene@example.org',
    '1980-05-06',
    'France',
    'Lyon',
    '1 Rue X',
    made,
    null,
  );
  employee.run(20, 'Same', 'Mail', '', '', 'Rene@example.org', null, null, null, null, made, null);
  employee.run(21, 'No', 'Mail', '', '', '', null, null, null, null, made, null);
  employee.run(
    22,
    'Same',
    'Phone',
    null,
    '+442079460002',
    'phone@example.org',
    null,
    null,
    null,
    null,
    made,
    null,
  );
  employee.run(40, 'Good', 'One', null, null, 'good@example.org', null, null, null, null, made, changed);
  const ticket = old.prepare('INSERT INTO tickets VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  ticket.run(10, 'Printer', 'It jams', 'New', 2, 1, made, null);
  ticket.run(11, 'Screen', '', 'rESOLVED', 40, 3, made, changed);
  ticket.run(12, 'Nobody', 'x', 'Open', 99, 1, made, null);
  ticket.run(13, 'Left out', 'x', 'Open', 2, 5, made, null);
  ticket.run(14, 'Status', 'x', 'Wontfix', 2, 1, made, null);
  ticket.run(15, '', 'x', 'Open', 2, 1, made, null);
  ticket.run(16, 'Time', 'x', 'Open', 2, 1, '2023-02-30 08:00:00', null);
  ticket.run(900, 'No employee', 'x', 'Open', null, 1, made, null);
  old.close();
}

const REPORT = [
  'line,result,reason',
  'users 1,ok,',
  'users 3,ok,',
  'users 4,error,username: user 1 has it already',
  'users 5,error,email: user 1 has it already',
  expect.stringContaining('users 6,error,"roles: there is no role king'),
  'users 7,error,hashed_password: is not an argon2id hash that could be verified',
  'users 9,ok,',
  expect.stringContaining('users 12,error,'),
  'employees 2,ok,',
  'employees 20,error,email: employee 2 has it already',
  'employees 21,error,email: is missing',
  'employees 22,error,phone: employee 2 has it already',
  'employees 40,ok,',
  'tickets 10,ok,',
  'tickets 11,ok,',
  'tickets 12,error,employee_id: employee 99 is not there or was left out',
  'tickets 13,error,owner_id: user 5 is not there or was left out',
  expect.stringContaining('tickets 14,error,"status: must be one of New'),
  'tickets 15,error,title: is missing',
  expect.stringContaining('tickets 16,error,created: '),
  'tickets 900,error,employee_id: is missing',
];

let desk: Desk;
let hashed: string;
const run = (...words: string[]) =>
  runCli(
    {
      DATABASE_URL: desk.testDatabase.appUrl,
      DATABASE_OWNER_URL: desk.testDatabase.ownerUrl,
      DATA_DIR: desk.dataDir,
    },
    ['import', 'ticket-server', ...words],
  );

beforeAll(async () => {
  // The order in which the legacy server's library writes the parameters.
  hashed = (await hash(OLD_PASSWORD, OLD_COST)).replace('p=4,t=3', 't=3,p=4');
  makeOldDatabase(path, hashed);
  desk = await openDesk();
}, 60_000);

afterAll(async () => {
  await desk.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a dry run reports the same and writes nothing', async () => {
  const before = await writtenState(desk.testDatabase.ownerUrl);
  const { code, stdout } = await run('--sqlite', path, '--dry-run');
  expect(stdout.trimEnd().split('\n')).toEqual(REPORT);
  expect(code).toBe(1);
  expect(await writtenState(desk.testDatabase.ownerUrl)).toEqual(before);
});

test('a file that is none, or whose users have no admin who can act, changes nothing', async () => {
  const before = await writtenState(desk.testDatabase.ownerUrl);
  expect(await run('--sqlite', join(folder, 'none.db'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not there'),
  });
  const foreign = new DatabaseSync(join(folder, 'foreign.db'));
  foreign.exec('CREATE TABLE users (id INTEGER)');
  foreign.close();
  expect(await run('--sqlite', join(folder, 'foreign.db'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('its table users lacks username'),
  });
  const headless = join(folder, 'headless.db');
  makeOldDatabase(headless, hashed);
  const old = new DatabaseSync(headless);
  old.exec('UPDATE users SET disabled = 1');
  old.close();
  expect(await run('--sqlite', headless)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is an admin who is neither'),
  });
  expect(await writtenState(desk.testDatabase.ownerUrl)).toEqual(before);
});

test('takes over what is sound, with ids, times, roles and switches, and reports the rest', async () => {
  const { code, stdout, stderr } = await run('--sqlite', path);
  expect(stdout.trimEnd().split('\n')).toEqual(REPORT);
  expect(code).toBe(1);
  expect(stderr).toContain('7 of 21 rows migrated, 14 left out');
  const users = await desk.database.query({
    text: `SELECT id, username, phone, email, roles, disabled, login_denied, password_hash = $1 AS same_hash, version, created_at, updated_at
           FROM users ORDER BY id`,
    values: [hashed],
  });
  const [made, changed] = ['2023-03-01T08:00:00Z', '2023-04-02T09:30:00.123456Z'];
  const kept = {
    phone: null,
    email: null,
    disabled: false,
    login_denied: false,
    same_hash: true,
    version: 1,
    created_at: made,
    updated_at: made,
  };
  expect(users).toEqual([
    {
      ...kept,
      id: 1,
      username: 'chief',
      phone: '+442079460001',
      email: 'chief@example.org',
      roles: ['admin'],
    },
    {
      ...kept,
      id: 3,
      username: 'helper',
      roles: ['manager', 'support'],
      disabled: true,
      version: 2,
      updated_at: changed,
    },
    { ...kept, id: 9, username: 'denied', roles: [], login_denied: true },
  ]);
  expect(
    await desk.database.query({
      text: 'SELECT id, first_name, nick_name, birthday, version FROM employees ORDER BY id',
    }),
  ).toEqual([
    { id: 2, first_name: 'Ren\u00e9', nick_name: 'R', birthday: '1980-05-06', version: 1 },
    { id: 40, first_name: 'Good', nick_name: null, birthday: null, version: 2 },
  ]);
  expect(
    await desk.database.query({
      text: 'SELECT id, description, status, priority, employee_id, created_by AS owner_id, version, created_at, updated_at, resolved_at FROM tickets ORDER BY id',
    }),
  ).toEqual([
    {
      id: 10,
      description: 'It jams',
      status: 'new',
      priority: 'normal',
      employee_id: 2,
      owner_id: 1,
      version: 1,
      created_at: made,
      updated_at: made,
      resolved_at: null,
    },
    {
      id: 11,
      description: '',
      status: 'resolved',
      priority: 'normal',
      employee_id: 40,
      owner_id: 3,
      version: 2,
      created_at: made,
      updated_at: changed,
      resolved_at: changed,
    },
  ]);
  const audit = await desk.database.query<{ action: string; count: number }>({
    text: `SELECT action, count(*) FROM audit WHERE client_id = 'command-line' GROUP BY 1 ORDER BY 1`,
  });
  expect(audit).toEqual([
    { action: 'employee.create', count: 2 },
    { action: 'ticket.create', count: 2 },
    { action: 'user.create', count: 6 },
    { action: 'user.delete', count: 3 },
  ]);
  const [leaked] = await desk.database.query<{ count: number }>({
    text: `SELECT count(*) FROM audit WHERE after::text LIKE '%argon2%'`,
  });
  expect(leaked?.count).toBe(0);
});

test("the legacy client's whole flow runs against the migrated data", async () => {
  const form = { username: 'chief', password: OLD_PASSWORD };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const signedIn = await desk.ask('POST', '/api/v1/token', {
    body: new URLSearchParams(form).toString(),
    headers,
  });
  expect(signedIn).toMatchObject({ status: 200, body: { token_type: 'bearer' } });
  const as = String(signedIn.body.access_token);
  const exchange = async (method: string, where: string, body?: unknown): Promise<string> => {
    const { status, text } = await desk.ask(method, `/api/v1${where}`, { as, body });
    return `${status} ${text}`;
  };
  const now = (answer: string): string =>
    answer.replace(/"2[0-9]{3}-[0-9- :]{14}"/g, (time) => (time.startsWith('"2023') ? time : '"now"'));

  const helper =
    '"first_name":"Hel","last_name":"Per","phone":"","email":"","role":["manager","support"],"disabled":true,"login_denied":false,"id":3,' +
    '"created":"2023-03-01 08:00:00","updated":"2023-04-02 09:30:00"}';
  expect(await exchange('GET', '/user/3')).toBe(`200 {"username":"helper",${helper}`);
  const users = await desk.ask('GET', '/api/v1/user/?skip=0&limit=100', { as });
  expect(users.body.map(({ id, updated }: { id: number; updated: string | null }) => [id, updated])).toEqual([
    [1, null],
    [3, '2023-04-02 09:30:00'],
    [9, null],
  ]);

  const printer = (status: string, updated: string): string =>
    `{"title":"Printer","description":"It jams","status":"${status}","id":10,"created":"2023-03-01 08:00:00","updated":${updated},` +
    '"owner_id":1,"employee_id":2}';
  const rene =
    '"first_name":"René","last_name":"Roy","nick_name":"R","phone":"+442079460002","email":"rene@example.org","birthday":"1980-05-06",' +
    '"country":"France","city":"Lyon","address":"1 Rue X","id":2,"created":"2023-03-01 08:00:00","updated":null';
  expect(await exchange('GET', '/employee/2')).toBe(`200 {${rene},"tickets":[${printer('New', 'null')}]}`);
  expect(await exchange('GET', '/ticket/my/')).toBe(`200 [${printer('New', 'null')}]`);
  const [title, description] = ['Printer', 'It jams'];
  expect(now(await exchange('PUT', '/ticket/10', { title, description, status: 'Open' }))).toBe(
    `200 ${printer('Open', '"now"')}`,
  );
  const screen =
    '{"title":"Screen","description":"","status":"Resolved","id":11,"created":"2023-03-01 08:00:00","updated":"2023-04-02 09:30:00",' +
    '"owner_id":3,"employee_id":40}';
  expect(now(await exchange('GET', '/ticket/'))).toBe(`200 [${printer('Open', '"now"')},${screen}]`);
  const opened = await exchange('POST', '/ticket/40', { title: 'Fresh', description: 'x', status: 'New' });
  expect(now(opened)).toBe(
    '200 {"title":"Fresh","description":"x","status":"New","id":901,"created":"now","updated":null,"owner_id":1,"employee_id":40}',
  );
  expect(await exchange('DELETE', '/ticket/901')).toBe('200 {"message":"Ticket deleted successfully"}');
  expect(await exchange('PATCH', '/user/3/disabled', { disabled: false })).toContain('"disabled":false');
  expect((await desk.signIn('helper', OLD_PASSWORD)).status).toBe(200);
  expect(await exchange('GET', '/status')).toBe('200 {"status":"ok"}');
  const changed = await exchange('PATCH', '/user/3/password', { password: 'Newer-Horse-8' });
  expect(changed).toBe('200 {"message":"Password changed successfully"}');
  expect((await desk.signIn('helper', OLD_PASSWORD)).status).toBe(400);
});

test('old passwords work and are hashed anew; new ids come behind the old ones', async () => {
  const answer = await desk.signIn('chief', OLD_PASSWORD);
  expect(answer.status).toBe(200);
  const token = String(answer.body.access_token);
  const [row] = await desk.database.query<{ password_hash: string; version: number }>({
    text: 'SELECT password_hash, version FROM users WHERE id = 1',
  });
  expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,/);
  expect(row?.version).toBe(1);
  expect((await desk.signIn('chief', OLD_PASSWORD)).status).toBe(200);
  const denied = await desk.signIn('denied', OLD_PASSWORD);
  expect({ status: denied.status, text: denied.text }).toEqual({
    status: 400,
    text: (await desk.signIn('chief', 'wrong')).text,
  });

  const body = {
    username: 'fresh',
    password: OLD_PASSWORD,
    first_name: 'F',
    last_name: 'R',
    roles: ['support'],
  };
  expect((await desk.ask('POST', '/api/v1/users', { as: token, body })).body.id).toBe(13);
  const person = { first_name: 'A', last_name: 'B', email: 'ab@example.org' };
  expect((await desk.ask('POST', '/api/v1/employees', { as: token, body: person })).body.id).toBe(41);
  const ticket = await desk.ask('POST', '/api/v1/tickets', {
    as: token,
    body: { title: 'Next', employee_id: 41 },
  });
  expect(ticket.body.id).toBe(902);
});

test('an installation in use takes nothing over', async () => {
  const before = await writtenState(desk.testDatabase.ownerUrl);
  expect(await run('--sqlite', path)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The installation is in use'),
  });
  expect(await writtenState(desk.testDatabase.ownerUrl)).toEqual(before);
});

test.each([
  ['a first user who signed in', async (other: Desk) => void (await other.token('admin'))],
  [
    'a first user whose session is over',
    async (other: Desk) => {
      await other.token('admin');
      await other.database.query({ text: 'DELETE FROM sessions' });
    },
  ],
  ['a further user', async (other: Desk) => void (await makeUser(other, 'further'))],
])('%s makes the installation one in use', async (_, use) => {
  const other = await openDesk();
  try {
    await use(other);
    const { code, stderr } = await runCli(
      {
        DATABASE_URL: other.testDatabase.appUrl,
        DATABASE_OWNER_URL: other.testDatabase.ownerUrl,
        DATA_DIR: other.dataDir,
      },
      ['import', 'ticket-server', '--sqlite', path],
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('The installation is in use'),
    });
  } finally {
    await other.close();
  }
});
