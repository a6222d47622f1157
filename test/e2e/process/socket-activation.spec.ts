import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cleanUp, folder, ROOT, type ServerProcess, startServer, until } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';
const HOLDER = join(ROOT, 'test/support/socket-holder.mjs');
const MAIN = join(ROOT, 'dist/src/main.js');

/** The listening socket of systemd, as processes see it. */
const socketsOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return ''; // Closed meanwhile.
    }
  });

describe('LISTEN_FDS', () => {
  const dataDir = folder();
  const path = join(folder(), 'activated.sock');
  let holder: ServerProcess;
  beforeAll(async () => {
    const environment = {
      ...{ DATA_DIR: dataDir, PUBLIC_URL: 'https://desk.example.org', BOOTSTRAP_PASSWORD: PASSWORD },
      // Wins over this one.
      SOCKET_PATH: path,
    };
    const command = [process.execPath, HOLDER, path, '2', process.execPath, MAIN];
    holder = await startServer(environment, { command, detached: true });
  }, 60_000);
  afterAll(cleanUp);

  const pids = () => [...holder.stdout.matchAll(/^started (\d+)$/gm)].map(([, pid]) => Number(pid));

  test('serves on the socket that was opened for it', async () => {
    const token = await holder.token('support', PASSWORD);
    for (let count = 0; count < 5; count += 1) {
      expect((await holder.call('GET', '/api/v1/tickets', { token })).status).toBe(200);
    }
  });

  test('hands neither the variables nor the socket to the database', () => {
    const [pid = 0] = pids();
    const postmaster = Number(
      readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n', 1)[0],
    );
    const keeper = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${postmaster}/status`, 'utf8'))?.[1]);
    const listening = readlinkSync(`/proc/${pid}/fd/3`);
    expect(listening).toMatch(/^socket:/);
    for (const child of [keeper, postmaster]) {
      expect(readFileSync(`/proc/${child}/environ`, 'utf8')).not.toContain('LISTEN_');
      expect(socketsOf(child)).not.toContain(listening);
    }
  });

  test('a restart on the same socket loses no request', async () => {
    const [first = 0] = pids();
    const failed: unknown[] = [];
    const instances = new Set<unknown>();
    let running = true;
    const client = async (): Promise<void> => {
      while (running) {
        await holder.call('GET', '/health/live').then(
          ({ headers }) => instances.add(headers['x-instance-id']),
          (error: unknown) => failed.push(error),
        );
      }
    };
    const clients = Array.from({ length: 4 }, client);
    await until(() => instances.size === 1);
    process.kill(first, 'SIGTERM');
    await until(() => instances.size === 2, 20_000);
    running = false;
    await Promise.all(clients);
    expect(failed).toEqual([]);
    expect(holder.stdout).toContain('\nended 0\n');
    const [, second = 0] = pids();
    process.kill(second, 'SIGTERM');
    expect((await holder.ended).code).toBe(0);
    expect(holder.stderr).toBe('');
  }, 60_000);
});
