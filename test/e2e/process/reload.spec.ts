import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';
import { cleanUp, folder, freePort, ROOT, ServerProcess, startServer, until } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';
const GOOD = 'permissions, fields, limits and workflow were read anew and are in force';
const BAD = 'the configuration stays as it was: ';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the content of whichever file a test changes
type Content = any;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH
  }
}

describe('a reload by SIGHUP', () => {
  let database: TestDatabase;
  let configDir: string;
  let server: ServerProcess;
  let admin: string;
  beforeAll(async () => {
    database = await cloneDatabase();
    configDir = folder();
    cpSync(join(ROOT, 'config'), configDir, { recursive: true });
    server = await startServer({
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, CONFIG_DIR: configDir },
      ...{ DATA_DIR: folder(), PORT: await freePort(), BOOTSTRAP_PASSWORD: PASSWORD },
    });
    admin = await server.token('admin', PASSWORD);
  }, 60_000);
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  const path = (name: string): string => join(configDir, name);
  const change = (name: string, work: (content: Content) => void): void => {
    const content = JSON.parse(readFileSync(path(name), 'utf8'));
    work(content);
    writeFileSync(path(name), JSON.stringify(content));
  };
  const told = (): unknown[] =>
    server.logged.map(({ msg }) => msg).filter((msg) => msg === GOOD || String(msg).startsWith(BAD));
  /** @returns the one line in which the process says how it went. */
  const reload = async (): Promise<string> => {
    const before = told().length;
    server.child.kill('SIGHUP');
    await until(() => told().length > before);
    await delay(50);
    expect(told()).toHaveLength(before + 1);
    return String(told().at(-1));
  };
  const json = (method: string, to: string, token: string, body: unknown) =>
    server.call(method, `/api/v1${to}`, {
      token,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  const documented = async (): Promise<Content> => (await server.call('GET', '/openapi.json')).body;
  const statusOf = async (to: string, token: string): Promise<number> =>
    (await server.call('GET', `/api/v1${to}`, { token })).status;

  test('adds a role, which works at once and for sessions from before', async () => {
    const roles = ['auditor'];
    const body = { username: 'otto', password: PASSWORD, first_name: 'Otto', last_name: 'Lund', roles };
    expect((await json('POST', '/users', admin, body)).status).toBe(422);
    const { body: made } = await json('POST', '/users', admin, { ...body, roles: [] });
    const otto = await server.token('otto', PASSWORD);
    change('permissions.json', (table) => (table.auditor = { rank: 5, permissions: ['*:read'] }));
    expect(await reload()).toBe(GOOD);
    expect(await statusOf('/users', otto)).toBe(403);
    expect((await json('PATCH', `/users/${String(made.id)}`, admin, { roles })).status).toBe(200);
    expect(await Promise.all(['/users', '/tickets', '/spaces'].map((to) => statusOf(to, otto)))).toEqual([
      200, 200, 200,
    ]);
    expect((await json('POST', '/spaces', otto, { name: 'Hall', kind: 'room' })).status).toBe(403);

    change('permissions.json', (table) => (table.auditor.permissions = ['ticket:read']));
    expect(await reload()).toBe(GOOD);
    expect([await statusOf('/users', otto), await statusOf('/tickets', otto)]).toEqual([403, 200]);
  });

  test.each<[string, (text: string) => string, RegExp]>([
    ['permissions.json', (text) => text.replace('"*"', '"user:fly"'), /role admin names .* user:fly$/],
    ['fields.json', (text) => text.replace(/"min": ?3/, '"min": -3'), /fields\.json: username\.min: /],
    ['limits.json', () => '{', /limits\.json cannot be read: /],
    [
      'ticket-workflow.json',
      (text) => text.replace('"initial"', '"first"'),
      /ticket-workflow\.json: initial: /,
    ],
  ])('with a broken %s changes nothing and says so', async (name, breaking, line) => {
    const kept = ['permissions.json', 'fields.json', 'limits.json', 'ticket-workflow.json'].map(
      (file) => [file, readFileSync(path(file), 'utf8')] as const,
    );
    const before = await documented();
    const secret = { permissions: ['ticket:read', 'employee:read'], rank: 5 };
    // What is good in the others must not come into force.
    change('permissions.json', (roles) => (roles.support = secret));
    change('fields.json', (fields) => (fields.title.max = 7));
    change('ticket-workflow.json', (flow) => flow.priorities.push('never'));
    writeFileSync(path(name), breaking(readFileSync(path(name), 'utf8')));
    const said = await reload();
    expect(said).toMatch(line);
    expect(said.startsWith(BAD)).toBe(true);
    expect(await documented()).toEqual(before);
    const support = await server.token('support', PASSWORD);
    expect(
      (await json('POST', '/tickets', support, { title: 'Longer than seven', employee_id: 1 })).text,
    ).toMatch(/employee/);
    for (const [file, text] of kept) writeFileSync(path(file), text);
    expect(await reload()).toBe(GOOD);
    expect(await documented()).toEqual(before);
  });

  test('brings limits, a field and a status into force, and into the document, while requests run', async () => {
    const results: number[] = [];
    let going = true;
    const load = Array.from({ length: 4 }, async () => {
      while (going) results.push((await server.call('GET', '/api/v1/me', { token: admin })).status);
    });
    const employee = { first_name: 'Amara', last_name: 'Okafor', email: 'amara@example.org' };
    const { body } = await json('POST', '/employees', admin, employee);
    const ticket = { title: 'A printer', employee_id: body.id as number };
    const { body: opened } = await json('POST', '/tickets', admin, ticket);
    const patch = (fields: unknown) => json('PATCH', `/tickets/${String(opened.id)}`, admin, fields);
    expect((await patch({ status: 'waiting' })).status).toBe(422);
    const before = await documented();

    change('fields.json', (fields) => {
      fields.title = { min: 5, max: 12, pattern: '^[A-Z]', examples: ['Printer'], message: 'a short title' };
      fields.label.min = 4;
    });
    change('ticket-workflow.json', (flow) => {
      flow.statuses.waiting = { label: 'Waiting', final: false, to: ['open'] };
      flow.statuses.new.to.push('waiting');
      flow.priorities.push('never');
      flow.default_priority = 'never';
    });
    change('limits.json', (limits) => {
      limits.sign_in.account_from_address.failures = 2;
      limits.idempotency_hours = 2;
    });
    expect(await reload()).toBe(GOOD);

    const refused = await json('POST', '/tickets', admin, { ...ticket, title: 'a title' });
    expect([refused.status, refused.body.detail]).toEqual([422, 'title: must be a short title']);
    expect((await json('POST', '/tickets', admin, ticket)).body).toMatchObject({ priority: 'never' });
    expect((await patch({ status: 'waiting' })).body).toMatchObject({ status: 'waiting' });
    expect((await patch({ status: 'closed' })).body).toMatchObject({ allowed: ['open'] });
    expect((await patch({ status: 'gone' })).body.detail).toMatch(/must be one of new, open, .*, waiting$/);
    const document = await documented();
    const { NewTicket, TicketPatch, TicketServerNewTicket } = document.components.schemas;
    const named = Object.keys(document.paths).find((path) => path.endsWith('/{name}')) as string;
    const [legacy] = Object.values<Content>(document.paths[named]);
    expect(legacy.parameters.find(({ name }: Content) => name === 'name').schema).toMatchObject({
      minLength: 4,
      maxLength: 300,
    });
    expect(NewTicket.properties.title).toMatchObject({ minLength: 5, maxLength: 12, pattern: '^[A-Z]' });
    expect(NewTicket.properties.priority).toMatchObject({ default: 'never' });
    expect(NewTicket.example.title).toBe('Printer');
    expect(TicketPatch.properties.status.enum).toContain('waiting');
    expect(TicketServerNewTicket.properties.status.description).toMatch(/'Waiting', in any case/);
    const { parameters } = (await documented()).paths['/api/v1/tickets'].post;
    expect(parameters[0].description).toMatch(/done once .* for 2 hours\.$/);
    const page = await server.call('GET', '/docs/swagger-ui-init.js');
    expect(page.text).toContain('A short title.');
    const guesses = [];
    for (let guess = 0; guess < 3; guess += 1) guesses.push((await server.signIn('manager', 'wrong')).status);
    expect(guesses).toEqual([400, 400, 429]);

    for (const name of ['fields.json', 'ticket-workflow.json', 'limits.json'])
      cpSync(join(ROOT, 'config', name), path(name));
    expect(await reload()).toBe(GOOD);
    expect(await documented()).toEqual(before);
    expect((await server.signIn('manager', PASSWORD)).status).toBe(200);
    going = false;
    await Promise.all(load);
    expect(results.length).toBeGreaterThan(20);
    expect(new Set(results)).toEqual(new Set([200]));
  });

  test('lets longer usernames in, who can then sign in and be found, and still can when it is taken back', async () => {
    const username = `${'long-'.repeat(20)}name`;
    const body = { username, password: PASSWORD, first_name: 'Lo', last_name: 'Ng', roles: [] };
    change('fields.json', (fields) =>
      Object.assign(fields.username, { max: 120, pattern: '^[a-z-]{3,120}$', examples: ['dora-marsh'] }),
    );
    expect(await reload()).toBe(GOOD);
    expect((await json('POST', '/users', admin, body)).status).toBe(201);
    expect((await server.signIn(username, PASSWORD)).status).toBe(200);
    const found = await server.call('GET', `/api/v1/users?username=${username}`, { token: admin });
    expect(found.body.items).toHaveLength(1);
    expect((await server.signIn(`${username}s`, PASSWORD)).status).toBe(400);
    const client = new pg.Client(database.ownerUrl);
    await client.connect();
    const { rows } = await client.query('SELECT FROM audit WHERE subject_id = $1', [`${username}s`]);
    await client.end();
    expect(rows).toHaveLength(1);

    cpSync(join(ROOT, 'config/fields.json'), path('fields.json'));
    expect(await reload()).toBe(GOOD);
    expect((await server.signIn(username, PASSWORD)).status).toBe(200);
  });

  // Elsewhere nothing tells from outside that it is handled.
  (process.platform === 'linux' ? test : test.skip)(
    'asked for while it starts does not end it, and is done then',
    async () => {
      const early = new ServerProcess({ ...server.environment, PORT: await freePort() });
      // The handler stands in /proc as soon as it is there; Node itself takes a moment before.
      const handled = () =>
        Number(`0x${/SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${early.pid}/status`, 'utf8'))?.[1]}`) % 2;
      await until(() => handled() === 1);
      early.child.kill('SIGHUP');
      await until(() => early.logged.some(({ msg }) => msg === GOOD), 25_000);
      early.child.kill('SIGTERM');
      expect((await early.ended).code).toBe(0);
    },
  );

  // The command that makes a terminal takes other words elsewhere.
  (process.platform === 'linux' ? test : test.skip)(
    'is what SIGHUP means on a terminal as well, until that is closed: then the server stops',
    async () => {
      const shown = await startServer(
        { ...server.environment, PORT: await freePort() },
        { command: ['script', '-qec', `exec ${process.execPath} dist/src/main.js`, '/dev/null'] },
      );
      const id = String((await shown.call('GET', '/health/live')).headers['x-instance-id']);
      const pid = Number(id.split(':').at(-1));
      process.kill(pid, 'SIGHUP');
      await until(() => shown.stdout.includes(GOOD));
      expect((await shown.call('GET', '/health/live')).status).toBe(200);
      shown.child.kill('SIGKILL');
      await until(() => !isAlive(pid), 9_000);
    },
  );
});
