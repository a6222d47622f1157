import { afterAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdTable } from '../../support/hold.js';
import { cleanUp, folder, freePort, type ServerProcess, startServer, until } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';
// The build before it belongs to `npm start` as well, but other tests run on dist/ now.
const NPM_START = ['npm', 'start', '--ignore-scripts'];

/** Processes that have the folder in their command line or their environment: node and PostgreSQL both do. */
const usersOf = (path: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path) ||
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(path)
        );
      } catch {
        return false; // It ended meanwhile, or is another user's.
      }
    })
    .map(Number);

describe('npm start', () => {
  afterAll(cleanUp);

  const dataDir = folder();
  const start = async (): Promise<ServerProcess> => {
    const environment = { DATA_DIR: dataDir, PORT: await freePort(), BOOTSTRAP_PASSWORD: PASSWORD };
    return startServer(environment, { command: NPM_START, detached: true });
  };
  const ownerUrl = `postgres:///frontdesk?host=${join(dataDir, 'postgres')}&user=frontdesk_owner`;

  test('SIGTERM to npm reaches the server, and leaves no process behind', async () => {
    const server = await start();
    expect(usersOf(dataDir).length).toBeGreaterThanOrEqual(3);
    const { code, ms } = await server.stop('SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    await until(() => usersOf(dataDir).length === 0);
  }, 60_000);

  test('Ctrl-C, a signal to all of its group, does not take the database from under a request', async () => {
    const server = await start();
    const token = await server.token('support', PASSWORD);
    const { release, waiting } = await holdTable(ownerUrl, 'tickets');
    const running = server.call('GET', '/api/v1/tickets', { token });
    await until(async () => (await waiting()) === 1);
    const { ended } = server;
    process.kill(-server.pid, 'SIGINT');
    await until(() =>
      server
        .call('GET', '/health/live')
        .catch((error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED'),
    );
    await release();
    expect((await running).status).toBe(200);
    expect((await ended).code).toBe(0);
    await until(() => usersOf(dataDir).length === 0);
    expect(server.stdout).not.toContain('"level":"error"');
  }, 60_000);
});
