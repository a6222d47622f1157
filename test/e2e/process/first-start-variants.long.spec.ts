import { afterAll, describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.js';
import { cleanUp, folder, freePort, type ServerProcess, startServer, until } from '../../support/server.js';

const databases: TestDatabase[] = [];

async function firstStart(
  environment: Record<string, string>,
): Promise<{ server: ServerProcess; dataDir: string }> {
  const database = await createEmptyDatabase();
  databases.push(database);
  const dataDir = folder();
  const server = await startServer({
    DATABASE_URL: database.appUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    DATA_DIR: dataDir,
    PORT: await freePort(),
    ...environment,
  });
  return { server, dataDir };
}

/** `username password` of each line. */
const kept = (dataDir: string): [string, string][] =>
  readFileSync(join(dataDir, 'initial-passwords'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]);

describe('first start', () => {
  afterAll(async () => {
    await cleanUp();
    for (const database of databases) await database.drop();
  });

  test('under systemd only says where the passwords are, as lines of the log', async () => {
    const { server, dataDir } = await firstStart({ INVOCATION_ID: 'c0ffee', JOURNAL_STREAM: '9:1234567' });
    const users = kept(dataDir);
    expect(users.map(([username]) => username)).toEqual(['admin', 'manager', 'support']);
    const messages = await until(() => {
      const found = server.logged.map(({ msg }) => String(msg));
      return found.some((msg) => msg.startsWith('Swagger UI')) && found;
    });
    expect(messages.join('\n')).toContain(`their passwords are in ${join(dataDir, 'initial-passwords')}.`);
    expect((await server.stop()).code).toBe(0);
    const text = server.stdout + server.stderr;
    expect(
      text
        .trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith('{')),
    ).toEqual([]);
    for (const [, password] of users) expect(text).not.toContain(password);
  }, 60_000);

  test('with BOOTSTRAP_PASSWORD shows it nowhere and keeps no file', async () => {
    const password = 'Bring-Your-0wn';
    const { server, dataDir } = await firstStart({ BOOTSTRAP_PASSWORD: password });
    for (const username of ['admin', 'manager', 'support']) await server.token(username, password);
    expect(existsSync(join(dataDir, 'initial-passwords'))).toBe(false);
    expect(server.stdout).toContain('Created the users admin, manager, support with BOOTSTRAP_PASSWORD.');
    await server.stop();
    expect(server.stdout + server.stderr).not.toContain(password);
  }, 60_000);

  test('hardened: one admin who must change the password before anything else', async () => {
    const { server, dataDir } = await firstStart({ PROFILE: 'hardened' });
    const [[username, password] = ['', ''], ...others] = kept(dataDir);
    expect([username, others]).toEqual(['admin', []]);
    const token = await server.token(username, password);
    const refused = ['/api/v1/users', '/api/v1/employees', '/api/v1/tickets', '/api/v1/tickets/1/history'];
    for (const path of refused) {
      const { status, body } = await server.call('GET', path, { token });
      expect([path, status, body.code]).toEqual([path, 403, 'password_change_required']);
    }
    const patched = await server.call('PATCH', '/api/v1/me', { token, body: { first_name: 'Dora' } });
    expect([patched.status, patched.body.code]).toEqual([403, 'password_change_required']);
    for (const path of ['/api/v1/me', '/api/v1/status'])
      expect((await server.call('GET', path, { token })).status).toBe(200);

    const change = (chosen: string) =>
      server.call('PUT', '/api/v1/me/password', {
        token,
        body: { old_password: password, password: chosen },
      });
    const weak = [
      'Short-Horse-7',
      'passwordpassword',
      'abcdefghijklmnop',
      'otterotterotterotter',
      'all about admin here',
    ];
    for (const chosen of weak) {
      const { status, body } = await change(chosen);
      expect([chosen, status, body.code]).toEqual([chosen, 422, 'validation_failed']);
    }
    // That is no change, whatever it says of the old one.
    expect((await change(password)).status).toBe(422);
    const evasion = { old_password: 'something else', password };
    expect((await server.call('PUT', '/api/v1/me/password', { token, body: evasion })).status).toBe(204);
    expect((await server.call('GET', '/api/v1/users', { token })).status).toBe(403);
    expect((await change('seven quiet otters at dawn')).status).toBe(204);
    expect((await server.call('GET', '/api/v1/users', { token })).status).toBe(200);
    expect(existsSync(join(dataDir, 'initial-passwords'))).toBe(false);

    const weakUser = {
      username: 'support.one',
      first_name: 'S',
      last_name: 'One',
      roles: ['support'],
      password: 'Short-Pass-1',
    };
    expect((await server.call('POST', '/api/v1/users', { token, body: weakUser })).status).toBe(422);
    // The legacy service's routes are off.
    expect((await server.call('GET', '/api/v1/user/', { token })).status).toBe(404);
    expect((await server.call('GET', '/api/v1/me', { token })).body).not.toHaveProperty('role');
    await server.stop();
  }, 60_000);
});
