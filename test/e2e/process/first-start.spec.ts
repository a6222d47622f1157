import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  cleanUp,
  folder,
  freePort,
  refusedStart,
  type ServerProcess,
  startServer,
  until,
} from '../../support/server.js';

const NEW_PASSWORD = 'Quiet-Otter-47';

const shownPasswords = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^ {2}(\w+) +(\S+)$/gm)].map(([, username = '', password = '']) => [
      username,
      password,
    ]),
  );

describe('first start on an empty DATA_DIR', () => {
  const dataDir = folder();
  const file = join(dataDir, 'initial-passwords');
  const lines = () => readFileSync(file, 'utf8').trimEnd().split('\n').sort();
  const postmaster = () =>
    Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n', 1)[0]);
  let environment: Record<string, string>;
  let server: ServerProcess;
  let shown: Record<string, string>;

  beforeAll(async () => {
    environment = { DATA_DIR: dataDir, PORT: await freePort() };
    server = await startServer(environment);
    shown = shownPasswords(server.stdout);
  }, 60_000);
  afterAll(cleanUp);

  test('shows where it serves, and once the passwords of three users, who can sign in', async () => {
    expect(Object.keys(shown)).toEqual(['admin', 'manager', 'support']);
    expect(new Set(Object.values(shown)).size).toBe(3);
    const url = `http://127.0.0.1:${environment.PORT}`;
    expect(server.stdout).toContain(`\nFrontdesk serves ${url}/api/v1\nSwagger UI: ${url}/docs\n`);
    for (const [username, password] of Object.entries(shown)) {
      const { body } = await server.call('GET', '/api/v1/me', {
        token: await server.token(username, password),
      });
      expect(body).toMatchObject({ username, roles: [username], phone: null, email: null });
    }
  });

  test('keeps them in a file for its owner alone', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(lines()).toEqual(Object.entries(shown).map(([username, password]) => `${username} ${password}`));
  });

  test('a second server on the same DATA_DIR is refused, and the first one does not notice', async () => {
    const before = postmaster();
    const { code, lines: said } = await refusedStart({ ...environment, PORT: await freePort() });
    expect(code).toBe(1);
    expect(said).toEqual([
      expect.stringContaining(`${dataDir} is in use by another Frontdesk, process ${server.pid}`),
    ]);
    expect(postmaster()).toBe(before);
    expect(server.stdout).not.toContain('"level":"warn"');
    expect((await server.call('GET', '/health/ready')).status).toBe(200);
  });

  test('a stop takes the database along; the next start shows no password and makes no user', async () => {
    const database = postmaster();
    const { code, ms } = await server.stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    expect(server.stderr).toBe('');
    expect(() => process.kill(database, 0)).toThrow('ESRCH');
    server = await startServer(environment);
    for (const password of Object.values(shown))
      expect(server.stdout + server.stderr).not.toContain(password);
    const token = await server.token('admin', shown.admin as string);
    expect((await server.call('GET', '/api/v1/users?count=true', { token })).body.total).toBe(3);
  }, 60_000);

  test('a line goes when its password changes, follows a new username, and the file goes with its last line', async () => {
    const [admin, support] = [
      await server.token('admin', shown.admin as string),
      await server.token('support', shown.support as string),
    ];
    const { body } = await server.call('GET', '/api/v1/users', { token: admin });
    const idOf = (username: string) =>
      (body.items as { id: number; username: string }[]).find((user) => user.username === username)?.id;
    const renamed = await server.call('PATCH', `/api/v1/users/${idOf('admin')}`, {
      token: admin,
      body: { username: 'dora.marsh' },
    });
    expect(renamed.status).toBe(200);
    const atOnce = await Promise.all([
      server.call('PUT', '/api/v1/me/password', {
        token: support,
        body: { old_password: shown.support, password: NEW_PASSWORD },
      }),
      server.call('PUT', `/api/v1/users/${idOf('manager')}/password`, {
        token: admin,
        body: { password: NEW_PASSWORD },
      }),
    ]);
    expect(atOnce.map(({ status }) => status)).toEqual([204, 204]);
    expect(lines()).toEqual([`dora.marsh ${shown.admin}`]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const own = { old_password: shown.admin, password: NEW_PASSWORD };
    expect((await server.call('PUT', '/api/v1/me/password', { token: admin, body: own })).status).toBe(204);
    expect(existsSync(file)).toBe(false);
    await server.token('dora.marsh', NEW_PASSWORD);
  });

  test('nothing of a password is in the log', async () => {
    const body = { old_password: shown.admin, password: NEW_PASSWORD };
    await server.call('PUT', '/api/v1/me/password', { body });
    await until(() => server.logged.some(({ route }) => route === '/api/v1/me/password'));
    for (const password of [...Object.values(shown), NEW_PASSWORD])
      expect(JSON.stringify(server.logged)).not.toContain(password);
  });
});
