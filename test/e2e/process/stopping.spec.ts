import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';
import { holdTable } from '../../support/hold.js';
import { cleanUp, folder, freePort, type ServerProcess, startServer, until } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';
const keptAlive = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });

describe('a stop', () => {
  let database: TestDatabase;
  let environment: Record<string, string>;
  beforeAll(async () => {
    database = await cloneDatabase();
    environment = {
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl },
      ...{ DATA_DIR: folder(), PORT: await freePort(), BOOTSTRAP_PASSWORD: PASSWORD, LOG_LEVEL: 'warn' },
    };
  });
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  const refusesConnections = (server: ServerProcess) =>
    server.call('GET', '/health/live').then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
    );

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: what runs is answered, what is new is refused',
    async (signal) => {
      const server = await startServer(environment);
      const token = await server.token('admin', PASSWORD);
      const [slow, ready] = [keptAlive(), keptAlive()];
      const before = await server.call('GET', '/health/ready', { agent: ready });
      expect([before.status, before.headers.connection]).toEqual([200, 'keep-alive']);
      const { release, waiting } = await holdTable(database.ownerUrl, 'tickets');
      const running = server.call('GET', '/api/v1/tickets', { token, agent: slow });
      const unused = connect(Number(environment.PORT), '127.0.0.1');
      await until(async () => (await waiting()) === 1);

      const ended = server.stop(signal);
      const stopping = await until(async () => {
        const answer = await server.call('GET', '/health/ready', { agent: ready });
        return answer.status === 503 && answer;
      });
      expect(stopping.headers).toMatchObject({ 'retry-after': '2', connection: 'close' });
      expect(stopping.body.status).toBe('stopping');
      await until(() => refusesConnections(server));
      // A second one, as npm passes on what the terminal has sent already.
      server.child.kill(signal);
      await delay(1_000);
      expect(server.hasEnded).toBe(false);
      await release();
      const answer = await running;
      expect([answer.status, answer.headers.connection]).toEqual([200, 'close']);
      const { code, ms } = await ended;
      expect(code).toBe(0);
      expect(ms).toBeLessThan(5_000);
      expect(server.stderr).toBe('');
      unused.destroy();
    },
    60_000,
  );

  test('a body that is still on its way is read and answered', async () => {
    const server = await startServer(environment);
    const token = await server.token('admin', PASSWORD);
    const body = JSON.stringify({ first_name: 'Amara', last_name: 'Okafor', email: 'amara@example.org' });
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const sent = request({
      port: environment.PORT,
      host: '127.0.0.1',
      method: 'POST',
      path: '/api/v1/employees',
      headers,
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      sent.once('response', (answer) => resolve(answer.resume().statusCode)).once('error', reject);
    });
    sent.write(body.slice(0, 10));
    await delay(100);
    const ended = server.stop();
    await until(() => refusesConnections(server));
    await delay(700);
    sent.end(body.slice(10));
    expect(await answered).toBe(201);
    expect(await ended).toMatchObject({ code: 0 });
  }, 60_000);

  test('what never ends is cut off, and the process is gone in under 10 s', async () => {
    const server = await startServer(environment);
    const endless = connect(Number(environment.PORT), '127.0.0.1');
    endless.on('error', () => undefined);
    endless.write(
      'POST /api/v1/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n',
    );
    endless.write('Content-Length: 1000\r\n\r\na');
    await delay(100);
    const { code, ms } = await server.stop();
    expect(code).toBe(0);
    expect(ms).toBeGreaterThan(5_000);
    expect(ms).toBeLessThan(10_000);
  }, 60_000);

  test.each([
    ['at once', () => 0],
    ['after a while', () => Math.random() * 100],
  ])(
    'clients who ask again %s over kept connections lose no request',
    async (_when, pause) => {
      const server = await startServer(environment);
      const token = await server.token('admin', PASSWORD);
      const answers = { complete: 0, closed: 0 };
      const broken: string[] = [];
      const client = async (): Promise<void> => {
        const agent = keptAlive();
        for (;;) {
          try {
            const { status, headers } = await server.call('GET', '/api/v1/users', { token, agent });
            if (status !== 200) broken.push(`status ${status}`);
            answers.complete += 1;
            if (headers.connection === 'close') answers.closed += 1;
            await delay(pause());
          } catch (error) {
            const { code = '', message } = error as NodeJS.ErrnoException;
            if (code !== 'ECONNREFUSED') broken.push(`${code} ${message}`);
            return;
          }
        }
      };
      const clients = Array.from({ length: 20 }, client);
      await until(() => answers.complete > 200);
      const ended = server.stop();
      await Promise.all(clients);
      expect(broken).toEqual([]);
      expect(answers.closed).toBe(20);
      expect(await ended).toMatchObject({ code: 0 });
    },
    60_000,
  );
});
