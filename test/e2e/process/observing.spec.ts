import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';
import { cleanUp, folder, freePort, type ServerProcess, startServer, until } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('what an operator sees of a running server', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let token: string;
  let owner: pg.Client;
  const dataDir = folder();
  beforeAll(async () => {
    database = await cloneDatabase();
    owner = new pg.Client(database.ownerUrl);
    await owner.connect();
    server = await startServer({
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, DATA_DIR: dataDir },
      ...{ PORT: await freePort(), BOOTSTRAP_PASSWORD: PASSWORD, INSTANCE_ID: 'desk-1' },
    });
    token = await server.token('support', PASSWORD);
  }, 60_000);
  afterAll(async () => {
    await cleanUp();
    await owner.end();
    await database.drop();
  });

  test('the version and the commit: in the first line, when asked whether it is ready, and of the command', async () => {
    const built = JSON.parse(readFileSync('dist/build.json', 'utf8')) as { version: string; commit: string };
    expect(built).toEqual({
      version: (JSON.parse(readFileSync('package.json', 'utf8')) as typeof built).version,
      commit: expect.stringMatching(existsSync('.git') ? /^[0-9a-f]{40}$/ : /^unknown$/),
    });
    expect(server.logged[0]).toMatchObject({ ...built, msg: 'starting' });
    expect((await server.call('GET', '/health/ready')).body).toMatchObject({ status: 'ok', ...built });
    expect((await server.call('GET', '/openapi.json')).body.info.version).toBe(built.version);
    const said = execFileSync(process.execPath, ['dist/src/cli.js', '--version'], { encoding: 'utf8' });
    expect(said).toBe(`frontdesk ${built.version} (commit ${built.commit})\n`);
  });

  const lineOf = (request_id: string) =>
    until(() => server.logged.find((line) => line.request_id === request_id));

  test("one line a request: by pattern, with its id, its caller and nobody else's word about the address", async () => {
    const headers = {
      'x-request-id': 'first-look',
      'x-forwarded-for': '203.0.113.9',
      'user-agent': 'probe/1',
    };
    await server.call('GET', '/api/v1/employees/4711?fields=birthday', { token, headers });
    expect(await lineOf('first-look')).toEqual({
      ...{
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        instance: 'desk-1',
        request_id: 'first-look',
      },
      ...{
        method: 'GET',
        route: '/api/v1/employees/:id',
        status: expect.any(Number),
        ms: expect.any(Number),
      },
      ...{ address: '127.0.0.1', user_id: expect.any(Number), user_agent: 'probe/1' },
    });
    const found = await server.call('GET', '/api/v1/employees/4711', {
      token,
      headers: { 'x-request-id': 'second-look' },
    });
    expect(found.status).toBe(404);
    await lineOf('second-look');
    expect(server.logged.filter(({ request_id }) => request_id === 'second-look')).toHaveLength(1);
  });

  test('no query, no secret and no token in any line', async () => {
    const wrong = await server.signIn('support', 'Wrong-Guess-99');
    const { body } = await server.signIn('manager', PASSWORD);
    const secrets = [
      token,
      String(body.access_token),
      String(body.refresh_token),
      PASSWORD,
      'Wrong-Guess-99',
      'in-a-query',
      'in-a-path',
    ];
    expect(wrong.status).toBe(400);
    await server.call('GET', '/api/v1/tickets?q=in-a-query', { token });
    await server.call('GET', '/api/v1/in-a-path/me', { token });
    await server.call('GET', `/api/v1/tickets?access_token=${token}`);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    await server.call('POST', '/api/v1/token', {
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: String(body.refresh_token),
      }).toString(),
      headers: form,
    });
    await server.call('POST', '/api/v1/token/revoke', {
      body: `token=${body.refresh_token}`,
      headers: { ...form, 'x-request-id': 'the-last' },
    });
    await lineOf('the-last');
    for (const secret of secrets) expect(server.stdout + server.stderr).not.toContain(secret);
    const lines = server.stdout.trimEnd().split('\n');
    const people = lines.filter((line) => !line.startsWith('{'));
    expect(people).toEqual([
      'Created the users admin, manager, support with BOOTSTRAP_PASSWORD.',
      expect.stringMatching(/^Frontdesk serves /),
      expect.stringMatching(/^Swagger UI: /),
    ]);
    for (const line of lines.filter((line) => line.startsWith('{')))
      expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  test.each([
    ['/api/v1/tickets', 'application/json', '{"title":'],
    ['/api/v1/token', 'application/x-www-form-urlencoded', 'grant_type='],
  ])('an upload to %s that is broken off is no fault of ours', async (path, type, body) => {
    const id = `broken-off-${path.length}`;
    const { port } = server.place as { port: number };
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nX-Request-Id: ${id}\r\n` +
        `Content-Type: ${type}\r\nContent-Length: 1000\r\n\r\n${body}`,
    );
    // Long enough that the body is being read.
    await delay(200);
    await once(socket.destroy(), 'close');
    await server.call('GET', '/api/v1/nowhere', { headers: { 'x-request-id': `after-${id}` } });
    await lineOf(`after-${id}`);
    expect(server.logged.filter(({ level, request_id }) => request_id === id && level !== 'info')).toEqual(
      [],
    );
  });

  const told = (message: string) =>
    server.logged.filter(({ level, msg }) => level === 'warn' && String(msg).startsWith(message)).length;

  test('a database that is too slow for the readiness check is told once, and again the next time', async () => {
    const ready = async () => (await server.call('GET', '/health/ready')).status;
    const complaints = () => told('the database does not answer the readiness check');
    for (const times of [1, 2]) {
      await owner.query('BEGIN; LOCK TABLE migrations IN ACCESS EXCLUSIVE MODE');
      expect([await ready(), await ready()]).toEqual([503, 503]);
      await owner.query('ROLLBACK');
      await until(async () => (await ready()) === 200);
      await until(() => complaints() >= times);
      expect(complaints()).toBe(times);
    }
  });

  test('a flag of maintenance that cannot be written is told once, and written as soon as it can be', async () => {
    const flag = join(dataDir, 'maintenance.flag');
    mkdirSync(flag);
    await owner.query(`INSERT INTO maintenance (mode, starts_at) VALUES ('full', now())`);
    await until(() => told('the flag of maintenance') > 0);
    await delay(1_000);
    rmdirSync(flag);
    await until(() => existsSync(flag));
    expect(told('the flag of maintenance')).toBe(1);
    await owner.query('DELETE FROM maintenance');
    await until(() => !existsSync(flag));
  });

  test('X-Request-Id is kept when it is one, else made; X-Instance-Id says who answered', async () => {
    const idFor = async (given?: string) => {
      const headers: Record<string, string> = given === undefined ? {} : { 'x-request-id': given };
      const answer = await server.call('GET', '/api/v1/nowhere', { headers });
      expect(answer.headers['x-instance-id']).toBe('desk-1');
      expect(answer.body.request_id).toBe(answer.headers['x-request-id']);
      return answer.headers['x-request-id'];
    };
    expect(await idFor('order-66')).toBe('order-66');
    for (const given of [undefined, '', 'two words', 'x'.repeat(101)])
      expect(await idFor(given)).toMatch(UUID);
  });

  test('metrics count requests by pattern and status', async () => {
    const counted = async (labels: string): Promise<number> => {
      const { text, headers } = await server.call('GET', '/metrics');
      expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
      const line = text
        .split('\n')
        .find((found) => found.startsWith(`http_request_duration_seconds_count{${labels}}`));
      return Number(line?.split(' ').at(-1) ?? 0);
    };
    const labels = 'method="GET",route="/api/v1/tickets/:id",status="404"';
    const before = await counted(labels);
    for (const id of [1, 2, 3]) await server.call('GET', `/api/v1/tickets/${id}`, { token });
    expect((await counted(labels)) - before).toBe(3);
    expect((await server.call('GET', '/metrics')).text).not.toContain('4711');
  });
});
