// A real installation for the benchmark: PostgreSQL with default durability, a filled desk, one process each.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/src/operations/embedded-postgres/index.js';
import { migrate } from '../../dist/src/platform/migrations/migrate.js';

export const PASSWORD = 'Correct-Horse-7';
export const POOL_SIZE = 10;

/** Of `npm start`: without it V8 keeps some 80 MB more for short-lived objects on a large machine. */
const FLAGS = ['--max-semi-space-size=8'];

const DURABLE = ['fsync', 'synchronous_commit', 'full_page_writes'];

export async function openInstallation() {
  const dataDir = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'database'), log: () => undefined });
  await migrate({ ownerUrl: server.url, appUrl: server.appUrl });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  for (const name of DURABLE) {
    const { rows } = await admin.query(`SHOW ${name}`);
    if (rows[0][name] !== 'on')
      throw new Error(`${name} is ${rows[0][name]}: the benchmark needs default durability`);
  }
  const processes = new Set();
  return {
    admin,
    dataDir,
    url: server.appUrl,
    ownerUrl: server.url,
    start: (options) => start(processes, { dataDir, ...options }),
    close: async () => {
      for (const child of processes) await stop(child);
      await admin.end();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Tickets made in SQL, spread over time, employees and statuses. */
export async function seedTickets(admin, count) {
  await admin.query(`
    INSERT INTO employees (first_name, last_name, email)
    SELECT 'First' || n, 'Last' || n, 'employee' || n || '@example.org' FROM generate_series(1, 500) n ON CONFLICT DO NOTHING`);
  await admin.query(
    `INSERT INTO tickets (title, description, status, priority, employee_id, created_by, created_at, updated_at)
     SELECT 'Ticket ' || n, repeat('The screen stays black after the login. ', 5),
       (ARRAY['new','open','pending','resolved','closed'])[1 + n % 5], (ARRAY['low','normal','high','urgent'])[1 + n % 4],
       1 + n % 500, 1, now() - make_interval(secs => $1::int - n), now() - make_interval(secs => $1::int - n)
     FROM generate_series(1, $1::int) n`,
    [count],
  );
  await admin.query('VACUUM ANALYZE');
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function start(processes, { script, environment, readyPath, dataDir }) {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [...FLAGS, script], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  processes.add(child);
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${script} stopped with ${child.exitCode}`);
    const ready = await fetch(`${url}${readyPath}`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url,
    pid: child.pid,
    startedIn: performance.now() - began,
    stop: async () => {
      processes.delete(child);
      await stop(child);
    },
  };
}

async function stop(child) {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

export async function tokenOf(url, username = 'support', password = PASSWORD) {
  const response = await fetch(`${url}/api/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', username, password }),
  });
  if (!response.ok) throw new Error(`cannot sign in: ${response.status} ${await response.text()}`);
  return (await response.json()).access_token;
}
