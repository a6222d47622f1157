import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { form } from '../support/desk.js';
import { cloneDatabase } from '../support/database.js';
import { COMPILED_ONCE } from '../support/server.js';

const MIB = 1_048_576;
const REPORT_PEAK =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(`peak ${process.resourceUsage().maxRSS * 1024}\\n`))';

/** A small heap, so that the peak tells what is held and not what V8 has not collected yet. */
const SMALL_HEAP = ['--max-old-space-size=64', '--max-semi-space-size=4'];

const folder = mkdtempSync(join(tmpdir(), 'commands-process-'));
const running: ChildProcess[] = [];

type Environment = Record<string, string>;

function start(
  entry: 'main' | 'cli',
  environment: Environment,
  words: string[] = [],
  flags: string[] = [],
): ChildProcess {
  const child = spawn(process.execPath, [...flags, `dist/src/${entry}.js`, ...words], {
    env: { PATH: process.env.PATH, ...COMPILED_ONCE, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

async function run(environment: Environment, words: string[], flags: string[] = []) {
  const child = start('cli', environment, words, flags);
  const exit = once(child, 'exit');
  if (child.stdout === null || child.stderr === null)
    throw new Error('the command was started without its outputs');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await exit) as [number | null];
  return { code, stdout, stderr };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.status === 200) return;
    await delay(100);
  }
  throw new Error('the server did not become ready');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

afterEach(async () => {
  for (const child of running.splice(0)) await stop(child);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the process ends with 0, 1 and 2', async () => {
  const environment = { DATA_DIR: join(folder, 'nothing') };
  expect((await run(environment, ['--version-of-nothing'])).code).toBe(2);
  expect((await run(environment, ['--help'])).code).toBe(0);
  const wrong = await run({ ...environment, COMPAT: 'maybe' }, ['user', 'list']);
  expect(wrong).toEqual({
    code: 1,
    stdout: '',
    stderr: 'frontdesk: COMPAT must be "on" or "off"\n',
  });
});

describe('with the embedded database', () => {
  const dataDir = join(folder, 'embedded');

  test('serve never migrates; the demo prepares an empty folder and fills it once', async () => {
    const environment = { DATA_DIR: dataDir, PORT: String(await freePort()) };
    const early = await run(environment, ['serve']);
    expect(early.code).toBe(1);
    expect(early.stderr).toContain('Run: frontdesk migrate');

    const demo = await run(environment, ['demo', '--json']);
    expect(demo).toMatchObject({ code: 0 });
    const made = JSON.parse(demo.stdout) as { users: string[]; first_users: { username: string }[] };
    expect(made).toMatchObject({ employees: 200, tickets: 2_000 });
    expect(made.first_users.map(({ username }) => username)).toEqual(['admin', 'manager', 'support']);
    const again = await run(environment, ['demo']);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('fills an empty one only') });
  }, 60_000);

  test('a command works beside the running application, without a second server', async () => {
    const port = await freePort();
    const environment = { DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'warn' };
    const server = start('main', environment);
    server.stdout?.resume();
    const url = `http://127.0.0.1:${port}`;
    await untilReady(url, server);
    const postmaster = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');

    const created = await run(environment, [
      'user',
      'create',
      '--username',
      'beside',
      '--role',
      'support',
      '--json',
    ]);
    expect(created.code).toBe(0);
    const { password } = JSON.parse(created.stdout) as { password: string };
    const body = form({ grant_type: 'password', username: 'beside', password });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const signIn = () => fetch(`${url}/api/v1/token`, { method: 'POST', headers, body });
    const answer = await signIn();
    expect(answer.status).toBe(200);
    const { access_token } = (await answer.json()) as { access_token: string };
    const list = () =>
      fetch(`${url}/api/v1/tickets?count=true`, { headers: { authorization: `Bearer ${access_token}` } });
    expect(await (await list()).json()).toMatchObject({ total: 2_000 });

    expect((await run(environment, ['check'])).code).toBe(0);
    expect(
      (await run(environment, ['export', 'tickets', '--format', 'ndjson'])).stdout.trimEnd().split('\n'),
    ).toHaveLength(2_000);
    expect((await run(environment, ['user', 'set-password', '--username', 'beside'])).code).toBe(0);
    expect((await list()).status).toBe(401);
    expect((await signIn()).status).toBe(400);
    // The same server all along, and still there.
    expect(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).toBe(postmaster);
    await stop(server);
    expect(server.exitCode).toBe(0);
  }, 60_000);
});

test.each(['limits.json', 'permissions.json', 'fields.json', 'ticket-workflow.json'])(
  'check fails over a %s that a start would refuse',
  async (name) => {
    const database = await cloneDatabase();
    try {
      const configDir = mkdtempSync(join(folder, 'config-'));
      cpSync('config', configDir, { recursive: true });
      const environment = { DATABASE_URL: database.appUrl, DATA_DIR: folder, CONFIG_DIR: configDir };
      writeFileSync(join(configDir, name), '{"unknown": 1}');
      const { code, stdout, stderr } = await run(environment, ['check']);
      expect(code).toBe(1);
      expect(stdout + stderr).toContain(name);
      expect(stdout).not.toContain('ok    configuration');
    } finally {
      await database.drop();
    }
  },
);

test('an export of 100,000 tickets takes no more memory than one of 2,000', async () => {
  const database = await cloneDatabase();
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO users (username, first_name, last_name, roles, password_hash) VALUES ('o', 'o', 'o', '{admin}', 'x')`,
    );
    await client.query(
      `INSERT INTO employees (first_name, last_name, email) VALUES ('e', 'e', 'e@example.org')`,
    );
    const fill = (from: number, to: number) =>
      client.query(
        `INSERT INTO tickets (title, description, status, priority, employee_id, created_by)
         SELECT 'Ticket ' || n, repeat(md5(n::text), 32), 'new', 'normal', 1, 1 FROM generate_series($1::int, $2::int) n`,
        [from, to],
      );
    const environment = {
      DATABASE_URL: database.appUrl,
      DATABASE_OWNER_URL: database.ownerUrl,
      DATA_DIR: join(folder, 'memory'),
    };
    const peakOf = async (count: number): Promise<number> => {
      const out = join(folder, 'tickets.csv');
      const words = ['export', 'tickets', '--format', 'csv', '--out', out];
      const { code, stderr } = await run(environment, words, [...SMALL_HEAP, '--import', REPORT_PEAK]);
      expect({ code, stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(`${count} tickets exported.`),
      });
      return Number(/peak (\d+)/.exec(stderr)?.[1]);
    };
    await fill(1, 2_000);
    const small = await peakOf(2_000);
    await fill(2_001, 100_000);
    // The file is 110 MB.
    expect((await peakOf(100_000)) - small).toBeLessThan(32 * MIB);
  } finally {
    await client.end();
    await database.drop();
  }
}, 120_000);
