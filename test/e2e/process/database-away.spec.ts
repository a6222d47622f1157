import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.js';
import { cleanUp, folder, refusedStart, ROOT, ServerProcess, until } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';
const HOLDER = join(ROOT, 'test/support/socket-holder.mjs');
const MAIN = join(ROOT, 'dist/src/main.js');

describe('a start while the database is away', () => {
  const place = folder();
  const path = join(place, 'activated.sock');
  let database: TestDatabase;
  /** The folder of the server's socket, by a name that is not there yet. */
  const throughLink = (url: string) => url.replace(/host=[^&]*/, `host=${join(place, 'postgresql')}`);
  const socketFolder = () => decodeURIComponent(/host=([^&]*)/.exec(database.appUrl)?.[1] ?? '');
  const environment = () => ({
    ...{ DATABASE_URL: throughLink(database.appUrl), DATABASE_OWNER_URL: throughLink(database.ownerUrl) },
    ...{ DATA_DIR: join(place, 'data'), PUBLIC_URL: 'https://desk.example.org', SOCKET_PATH: path },
    BOOTSTRAP_PASSWORD: PASSWORD,
  });

  beforeAll(async () => {
    database = await createEmptyDatabase();
  });
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  test('is refused at once when a person has started it: the URL may be wrong', async () => {
    const { code, stderr } = await refusedStart(environment());
    expect(code).toBe(1);
    expect(stderr).toMatch(/^frontdesk: The database of DATABASE_URL cannot be used \(ENOENT\)/);
  });

  test('on a socket of systemd it says 503 to whoever asks, and serves when the database is there', async () => {
    const command = [process.execPath, HOLDER, path, '1', process.execPath, MAIN];
    const holder = new ServerProcess(environment(), { command, detached: true });
    await until(() => holder.stdout.includes('waiting: '));
    for (const asked of ['/health/ready', '/api/v1/me', '/docs']) {
      const { status, headers, body } = await holder.call('GET', asked);
      expect([status, body.code, headers['retry-after']]).toEqual([503, 'unavailable', '2']);
    }
    expect(holder.logged.filter(({ msg }) => String(msg).startsWith('waiting: '))).toHaveLength(1);

    // Half an application sees no request: what is told 503 must not be done as well.
    symlinkSync(socketFolder(), join(place, 'postgresql'));
    const statuses: number[] = [];
    await until(async () => {
      statuses.push((await holder.call('GET', '/api/v1/me')).status);
      return statuses.at(-1) !== 503;
    }, 25_000);
    expect(statuses.at(-1)).toBe(401);
    expect(statuses.length).toBeGreaterThan(5);
    const seen = () =>
      holder.logged.filter(({ route }) => route === '/api/v1/me').map(({ status }) => status);
    await until(() => seen().includes(401));
    expect(seen()).toEqual([401]);
    expect((await holder.call('GET', '/health/ready')).status).toBe(200);
    expect((await holder.signIn('admin', PASSWORD)).status).toBe(200);
    const [, pid = ''] = /^started (\d+)$/m.exec(holder.stdout) ?? [];
    process.kill(Number(pid), 'SIGTERM');
    expect((await holder.ended).code).toBe(0);
    expect(holder.stdout).toContain('\nended 0\n');
  });
});
