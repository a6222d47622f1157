import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../src/cli/program.js';
import { routesOf } from '../../src/platform/http/adapter.js';
import { BoardSpace } from '../support/board-space.js';
import { runCli } from '../support/cli.js';
import {
  type Answer,
  type Desk,
  form,
  type Instance,
  makeEmployee,
  makeUser,
  openDesk,
  PASSWORD,
} from '../support/desk.js';
import { EventReader } from '../support/event-stream.js';

/** What all instances have to agree in. */
const AGREED_MS = 1_000;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let desk: Desk;
let other: Instance;
let environment: Record<string, string>;
let flag: string;

beforeAll(async () => {
  desk = await openDesk();
  other = await desk.another();
  environment = {
    DATABASE_URL: desk.testDatabase.appUrl,
    DATABASE_OWNER_URL: desk.testDatabase.ownerUrl,
    DATA_DIR: desk.dataDir,
  };
  flag = join(desk.dataDir, 'maintenance.flag');
  for (const name of ['admin', 'manager', 'support']) await desk.token(name);
  await makeEmployee(desk);
});
afterAll(() => desk?.close());

const maintenance = (...words: string[]) => runCli(environment, ['maintenance', ...words]);

/** Both instances say it in their second, or the test fails. */
async function agree(state: string): Promise<void> {
  const end = performance.now() + AGREED_MS;
  const seen = async () => (await both('GET', '/maintenance')).map(({ body }) => String(body.state));
  let states = await seen();
  while (states.some((one) => one !== state) && performance.now() < end) {
    await delay(20);
    states = await seen();
  }
  expect(states).toEqual([state, state]);
}

/** Runs the command, and waits for both instances. */
async function settled(...words: string[]): Promise<void> {
  const { code, stderr } = await maintenance(...words);
  expect([code, stderr]).toEqual([0, '']);
  await agree(words[0] === 'off' ? 'none' : words.includes('--now') ? 'active' : 'scheduled');
}

afterEach(() => settled('off'));

const both = (method: string, path: string, options?: Parameters<Instance['ask']>[2]): Promise<Answer[]> =>
  Promise.all([desk, other].map((instance) => instance.ask(method, path, options)));

const statuses = async (...of: Parameters<typeof both>) => (await both(...of)).map(({ status }) => status);

const auditOf = () =>
  desk.database.query<{ action: string; actor_username: string; before: unknown; after: unknown }>({
    text: `SELECT action, actor_username, before, after FROM audit WHERE subject_type = 'maintenance' ORDER BY id`,
  });

describe('maintenance that is announced', () => {
  test('is told by GET /maintenance and on every answer, and closes nothing', async () => {
    await settled('on', '--message', 'A larger disk.');
    for (const answer of await both('GET', '/maintenance')) {
      expect(answer.body).toEqual({
        state: 'scheduled',
        mode: 'full',
        starts_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d[05]:00Z$/),
        message: 'A larger disk.',
      });
      expect(answer.headers.get('cache-control')).toBe('public, max-age=1');
    }
    const header = /^scheduled; mode=full; starts_at=\d{4}-\d\d-\d\dT\d\d:\d[05]:00Z$/;
    for (const [method, path, status] of [
      ['GET', '/api/v1/tickets', 200],
      ['GET', '/api/v1/tickets/999', 404],
      ['POST', '/api/v1/token', 400],
      ['GET', '/nowhere', 404],
      ['GET', '/docs', 200],
      ['GET', '/health/live', 200],
      ['GET', '/api/v1/user/', 200],
    ] as const) {
      for (const answer of await both(method, path, { as: 'admin' })) {
        expect([path, answer.status, answer.headers.get('x-maintenance')]).toEqual([
          path,
          status,
          expect.stringMatching(header),
        ]);
      }
    }
    expect(existsSync(flag)).toBe(false);
  });

  test('starts by itself when its time comes, on both instances', async () => {
    await maintenance('on', '23:59', '--date', '2099-12-31', '--mode', 'read_only', '--yes');
    await desk.database.query({ text: `UPDATE maintenance SET starts_at = now() + interval '700 ms'` });
    await delay(500);
    expect(
      await statuses('POST', '/api/v1/tickets', { as: 'support', body: { title: 'x', employee_id: 1 } }),
    ).toEqual([201, 201]);
    await delay(200);
    await agree('active');
    expect(
      await statuses('POST', '/api/v1/tickets', { as: 'support', body: { title: 'x', employee_id: 1 } }),
    ).toEqual([503, 503]);
  });
});

describe('maintenance in force', () => {
  test('read_only refuses what may change something, and nothing else', async () => {
    await settled('on', '--now', '--mode', 'read_only', '--message', 'Back at nine.');
    expect(await statuses('GET', '/api/v1/tickets', { as: 'support' })).toEqual([200, 200]);
    expect(await statuses('HEAD', '/api/v1/tickets', { as: 'support' })).toEqual([200, 200]);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const answer of await both(method, '/api/v1/tickets/1', { as: 'support', body: {} })) {
        expect(answer.body).toMatchObject({
          status: 503,
          code: 'maintenance',
          request_id: expect.any(String),
        });
        expect(answer.body.detail).toMatch(/Changes are closed for maintenance.*Back at nine\./);
        expect(answer.headers.get('retry-after')).toBe('60');
        expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      }
    }
    // Whoever is signed in as nobody learns nothing else either.
    expect(await statuses('POST', '/api/v1/tickets', { body: {} })).toEqual([503, 503]);
    expect(await statuses('POST', '/api/v1/tickets', { as: 'x'.repeat(120), body: {} })).toEqual([503, 503]);
    expect(existsSync(flag)).toBe(true);
    expect(statSync(flag).mode & 0o777).toBe(0o644);
  });

  test('full refuses every route but health, /maintenance, discovery and sign-in', async () => {
    await settled('on', '--now', '--mode', 'full');
    const routes = routesOf(desk.app.getHttpAdapter().getInstance()).filter(
      ({ method }) => method !== 'OPTIONS',
    );
    const open = new Set<string>();
    for (const { method, path } of routes) {
      const answer = await desk.ask(method, path.replace(/:[a-z_]+|\*/g, '1'), {
        as: 'manager',
        ...(method === 'GET' || method === 'HEAD' ? {} : { body: {} }),
      });
      const closed = answer.status === 503 && answer.text.includes('maintenance');
      if (!closed) open.add(path);
    }
    expect([...open].sort()).toEqual([
      '/.well-known/jwks.json',
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
      '/api/v1/token',
      '/api/v1/token/revoke',
      '/health/live',
      '/health/ready',
      '/maintenance',
      '/metrics',
    ]);
  });

  test('full lets people sign in, and admins work; a disabled admin is none', async () => {
    const { id } = await makeUser(desk, 'former', { roles: ['admin'] });
    await desk.token('former');
    await desk.ask('PATCH', `/api/v1/users/${id}`, { as: 'admin', body: { disabled: true } });
    await settled('on', '--now');
    const signedIn = await other.ask('POST', '/api/v1/token', {
      headers: FORM,
      body: form({ grant_type: 'password', username: 'support', password: PASSWORD }),
    });
    expect(signedIn.status).toBe(200);
    expect(await statuses('GET', '/api/v1/me', { as: 'support' })).toEqual([503, 503]);
    expect(await statuses('GET', '/api/v1/me', { as: 'admin' })).toEqual([200, 200]);
    expect(
      await statuses('POST', '/api/v1/tickets', { as: 'admin', body: { title: 'x', employee_id: 1 } }),
    ).toEqual([201, 201]);
    expect(await statuses('GET', '/api/v1/me', { as: 'former' })).toEqual([503, 503]);
  });

  test('full ends the streams of all but admins, and of screens, and says why', async () => {
    const space = await BoardSpace.make(desk);
    const streams = await Promise.all([
      ...['admin', 'support'].map(async (name) =>
        EventReader.open(`${desk.url}/api/v1/spaces/${space.id}/stream`, { token: await desk.token(name) }),
      ),
      EventReader.open(`${other.url}${space.path}/stream`),
    ]);
    const [admin, support, screen] = streams as [EventReader, EventReader, EventReader];
    await Promise.all(streams.map((stream) => stream.state(0)));
    await settled('on', '--now', '--message', 'Back at nine.');
    for (const stream of [support, screen]) {
      const { data } = await stream.first(({ event }) => event === 'end');
      expect(data).toMatchObject({
        status: 503,
        code: 'maintenance',
        detail: expect.stringContaining('Back at nine.'),
      });
      await stream.closed();
    }
    expect(admin.isClosed).toBe(false);
    admin.leave();
  });

  test('keeps the forms of the legacy services on their routes', async () => {
    await settled('on', '--now');
    for (const answer of await both('GET', '/api/v1/ticket/', { as: 'support' })) {
      expect([answer.status, answer.headers.get('retry-after'), Object.keys(answer.body)]).toEqual([
        503,
        '60',
        ['detail'],
      ]);
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    }
    for (const answer of await both('GET', '/space/0190a8f0-0000-7000-8000-000000000000', {
      as: 'support',
    })) {
      expect([answer.status, answer.headers.get('retry-after'), Object.keys(answer.body)]).toEqual([
        503,
        '60',
        ['error'],
      ]);
    }
  });

  test('a notice closes nothing', async () => {
    await settled('on', '--now', '--mode', 'notice');
    expect(
      await statuses('POST', '/api/v1/tickets', { as: 'support', body: { title: 'x', employee_id: 1 } }),
    ).toEqual([201, 201]);
    expect((await desk.ask('GET', '/health/live')).headers.get('x-maintenance')).toMatch(
      /^active; mode=notice/,
    );
    expect(existsSync(flag)).toBe(false);
  });

  test('is known to an instance that starts meanwhile, from its first request on', async () => {
    await settled('on', '--now');
    const late = await desk.another();
    expect((await late.ask('GET', '/api/v1/tickets', { as: 'support' })).status).toBe(503);
  });
});

describe('maintenance off', () => {
  test('opens both instances within a second, twice is fine, and each change is audited', async () => {
    const before = (await auditOf()).length;
    await settled('on', '--now', '--message', 'One');
    expect(await statuses('GET', '/api/v1/me', { as: 'support' })).toEqual([503, 503]);
    const first = await maintenance('off');
    const second = await maintenance('off');
    expect([first.code, first.stdout, second.code, second.stdout]).toEqual([
      0,
      'The maintenance has ended.\n',
      0,
      'No maintenance is on or announced.\n',
    ]);
    await agree('none');
    expect(await statuses('GET', '/api/v1/me', { as: 'support' })).toEqual([200, 200]);
    expect((await desk.ask('GET', '/health/live')).headers.get('x-maintenance')).toBeNull();
    expect(existsSync(flag)).toBe(false);
    const rows = (await auditOf()).slice(before);
    const plan = { mode: 'full', starts_at: expect.any(String), message: 'One' };
    expect(rows).toEqual([
      { action: 'maintenance.on', actor_username: '(operator)', before: null, after: plan },
      { action: 'maintenance.off', actor_username: '(operator)', before: plan, after: null },
    ]);
  });
});

describe('the command', () => {
  test('prints JSON, and status changes nothing', async () => {
    const on = JSON.parse((await maintenance('on', '--json')).stdout);
    expect(on).toMatchObject({ state: 'scheduled', mode: 'full', message: null });
    expect(JSON.parse((await maintenance('status', '--json')).stdout)).toEqual(on);
    expect((await maintenance('status')).stdout).toMatch(/^Maintenance \(full\) is announced for .*Z\)\.\n$/);
    expect(JSON.parse((await maintenance('off', '--json')).stdout)).toEqual({ ended: on });
    expect(JSON.parse((await maintenance('off', '--json')).stdout)).toEqual({ ended: null });
    expect((await maintenance('status')).stdout).toBe('No maintenance is on or announced.\n');
  });

  test.each([
    [['on', '--date', '2099-01-01']],
    [['on', '25:00']],
    [['on', '--mode', 'half']],
    [['on', '--message', 'two\nlines']],
    [['on', '--now', '12:00']],
  ])('%j is wrong use', async (words) => {
    expect((await maintenance(...words)).code).toBe(2);
    expect((await maintenance('status', '--json')).stdout).toContain('"none"');
  });

  test('is announced also where there is no DATA_DIR for the flag', async () => {
    const elsewhere = { ...environment, DATA_DIR: join(desk.dataDir, 'none') };
    const { code, stderr } = await runCli(elsewhere, [
      'maintenance',
      'on',
      '--now',
      '--message',
      '🌍'.repeat(300),
    ]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^The flag for nginx could not be written: ENOENT/),
    ]);
  });

  test.each([
    ['n', 1, 'none'],
    ['', 1, 'none'],
    ['y', 0, 'active'],
  ])('asks on a terminal; the answer "%s" ends with %i', async (typed, code, state) => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const stderr = new PassThrough();
    const running = runCommand(['maintenance', 'on', '--now'], {
      ...{ stdin, stderr, stdout: new PassThrough(), environment, exitCode: 0 },
    });
    stdin.write(`${typed}\n`);
    expect(await running).toBe(code);
    expect(String(stderr.read())).toContain('[y/N]');
    expect(JSON.parse((await maintenance('status', '--json')).stdout).state).toBe(state);
  });

  test('on a terminal does not ask with --yes', async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    expect(
      await runCommand(['maintenance', 'on', '--now', '--yes'], {
        ...{ stdin, stderr: new PassThrough(), stdout: new PassThrough(), environment, exitCode: 0 },
      }),
    ).toBe(0);
  });
});
