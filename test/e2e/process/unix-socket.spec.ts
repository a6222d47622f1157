import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';
import {
  cleanUp,
  folder,
  refusedStart,
  type ServerProcess,
  startServer,
  until,
} from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';
const PUBLIC_URL = 'https://desk.example.org';

describe('SOCKET_PATH', () => {
  let database: TestDatabase;
  let environment: Record<string, string>;
  let path: string;
  let server: ServerProcess;
  beforeAll(async () => {
    database = await cloneDatabase();
    path = join(folder(), 'desk.sock');
    environment = {
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, DATA_DIR: folder() },
      ...{ SOCKET_PATH: path, PUBLIC_URL, BOOTSTRAP_PASSWORD: PASSWORD },
    };
    server = await startServer(environment);
  }, 60_000);
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  const addressOf = (request_id: string) =>
    until(() => server.logged.find((line) => line.request_id === request_id)?.address);

  test('is for owner and group, and serves PUBLIC_URL under its host alone', async () => {
    expect(lstatSync(path).isSocket()).toBe(true);
    expect(lstatSync(path).mode & 0o777).toBe(0o660);
    const token = await server.token('support', PASSWORD);
    expect((await server.call('GET', '/api/v1/me', { token })).body.username).toBe('support');
    const document = await server.call('GET', '/.well-known/oauth-authorization-server');
    expect(document.body.issuer).toBe(PUBLIC_URL);
    expect((await server.call('GET', '/health/live', { headers: { host: 'localhost' } })).status).toBe(421);
  });

  test('believes the nearest proxy, and no further one, about the address', async () => {
    const ask = (id: string, headers: Record<string, string>) =>
      server.call('GET', '/health/live', { headers: { 'x-request-id': id, ...headers } });
    await ask('one-hop', { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' });
    await ask('no-hop', {});
    expect(await addressOf('one-hop')).toBe('198.51.100.7');
    expect(await addressOf('no-hop')).toBe('unix');
  });

  test('on which a server lives is refused to a second one, and goes on serving', async () => {
    const { code, lines } = await refusedStart(environment);
    expect([code, lines]).toEqual([
      1,
      [`frontdesk: Another server answers on ${path}. Stop it, or set SOCKET_PATH.`],
    ]);
    expect((await server.call('GET', '/health/ready')).status).toBe(200);
  });

  test('that a killed server left is taken over; a stop removes it', async () => {
    server.child.kill('SIGKILL');
    await server.ended;
    expect(existsSync(path)).toBe(true);
    server = await startServer(environment);
    expect(lstatSync(path).mode & 0o777).toBe(0o660);
    expect((await server.stop()).code).toBe(0);
    expect(existsSync(path)).toBe(false);
  }, 60_000);

  test('that is a file of somebody is refused, and stays', async () => {
    const file = join(folder(), 'desk.sock');
    writeFileSync(file, 'precious');
    const { code, lines } = await refusedStart({ ...environment, SOCKET_PATH: file });
    expect([code, lines]).toEqual([
      1,
      [`frontdesk: ${file} is there and is no socket. Remove it, or set SOCKET_PATH.`],
    ]);
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});
