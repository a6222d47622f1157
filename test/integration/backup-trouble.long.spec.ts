import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { DebianPostgres, onDebiansPostgres } from '../support/debian-postgres.js';
import { cleanUp, folder, ROOT, ServerProcess, until } from '../support/server.js';

const CLI = join(ROOT, 'dist/src/cli.js');
const NOBODY = 65_534;

/** Root may write everywhere. */
const unprivileged =
  process.getuid?.() === 0 ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];

function give(path: string): string {
  if (unprivileged.length > 0) chownSync(path, NOBODY, NOBODY);
  return path;
}

type Environment = Record<string, string>;

const start = (environment: Environment, words: string[], prefix: string[] = []) =>
  new ServerProcess(environment, { command: [process.execPath, CLI, ...words], prefix });

async function command(environment: Environment, words: string[], prefix: string[] = []) {
  const process_ = start(environment, words, prefix);
  const { code } = await process_.ended;
  return { code, stdout: process_.stdout, stderr: process_.stderr };
}

onDebiansPostgres('backup and restore in trouble', () => {
  let postgres: DebianPostgres;
  let origin: Environment;
  let file: string;

  async function installation(): Promise<Environment> {
    const CONFIG_DIR = join(folder(), 'config');
    mkdirSync(CONFIG_DIR);
    for (const name of readdirSync(join(ROOT, 'config')))
      if (name.endsWith('.json')) cpSync(join(ROOT, 'config', name), join(CONFIG_DIR, name));
    return {
      ...(await postgres.database()),
      ...{ DATA_DIR: folder(), CONFIG_DIR, PUBLIC_URL: 'http://127.0.0.1:3999' },
    };
  }

  async function sql(environment: Environment, text: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: environment.DATABASE_OWNER_URL as string });
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(text);
    await client.end();
    return rows;
  }

  const addEmployee = (environment: Environment) =>
    sql(
      environment,
      `INSERT INTO employees (first_name, last_name, email) VALUES ('A', 'B', 'a@example.org')`,
    );

  beforeAll(async () => {
    postgres = await DebianPostgres.start();
    origin = await installation();
    await command(origin, ['migrate']);
    await command(origin, ['user', 'create', '--username', 'mia', '--role', 'admin']);
    await addEmployee(origin);
    writeFileSync(join(origin.DATA_DIR as string, 'sealing-key'), `${Buffer.alloc(32).toString('base64')}\n`);
    const { stdout } = await command(origin, ['backup', '--json']);
    ({ file } = JSON.parse(stdout) as { file: string });
  }, 60_000);
  afterAll(async () => {
    await cleanUp();
    postgres.stop();
  });

  /** A pg_dump that is in the middle of its work. */
  async function interrupted(signal: NodeJS.Signals, home: string): Promise<ServerProcess> {
    const bin = folder();
    const script = '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 99" || exec sleep 60\n';
    writeFileSync(join(bin, 'pg_dump'), script, { mode: 0o755 });
    const process_ = start({ ...origin, PATH: `${bin}:${process.env.PATH}` }, ['backup', '--dir', home]);
    const workshops = () => readdirSync(home).filter((name) => existsSync(join(home, name, 'content')));
    const before = workshops().length;
    await until(() => workshops().length > before);
    await delay(200);
    process_.child.kill(signal);
    return process_;
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'a backup that %s ends leaves nothing behind',
    async (signal) => {
      const home = folder();
      const ended = await (await interrupted(signal, home)).ended;
      expect(ended.signal).toBe(signal);
      expect(readdirSync(home)).toEqual([]);
    },
    30_000,
  );

  test('what a killed backup leaves, which holds the key, the next one removes; that of a running one stays', async () => {
    const home = folder();
    const running = await interrupted('SIGCONT', home);
    const [its] = readdirSync(home);
    await (
      await interrupted('SIGKILL', home)
    ).ended;
    expect(readdirSync(home)).toHaveLength(2);
    expect(await command(origin, ['backup', '--dir', home])).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(home)).toEqual([its, expect.stringMatching(/^frontdesk-.*\.tar$/)]);
    running.child.kill('SIGTERM');
    await running.ended;
    expect(readdirSync(home)).toHaveLength(1);
  }, 60_000);

  test('the limits of a role on idle transactions do not end a backup', async () => {
    await postgres.asAdmin(`ALTER ROLE frontdesk_owner SET idle_in_transaction_session_timeout = '50ms'`);
    const { code, stderr } = await command(origin, ['backup', '--dir', folder()]);
    await postgres.asAdmin('ALTER ROLE frontdesk_owner RESET ALL');
    expect([code, stderr]).toEqual([0, '']);
  }, 30_000);

  test('a directory that cannot be written is named in one line', async () => {
    const home = folder();
    chmodSync(home, 0o555);
    const { code, stderr } = await command(
      { ...origin, CONFIG_DIR: join(ROOT, 'config'), DATA_DIR: give(folder()) },
      ['backup', '--dir', home],
      unprivileged,
    );
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^frontdesk: EACCES: [^\n]*\n$/)]);
    expect(stderr).toContain(home);
  }, 30_000);

  test('work without users is work: nothing is restored over it', async () => {
    const target = await installation();
    await command(target, ['migrate']);
    await addEmployee(target);
    const { code, stderr } = await command(target, ['restore', '--file', file]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('The database has employees')]);
    expect(await sql(target, 'SELECT count(*)::int AS rows FROM employees')).toEqual([{ rows: 1 }]);
  }, 30_000);

  test('configuration that cannot be put back is refused before the database is filled', async () => {
    const target = await installation();
    const limits = join(target.CONFIG_DIR as string, 'limits.json');
    writeFileSync(limits, readFileSync(limits, 'utf8').replace('24', '48'));
    chmodSync(target.CONFIG_DIR as string, 0o555);
    chmodSync(join(target.CONFIG_DIR as string, '..'), 0o755);
    give(target.DATA_DIR as string);
    const readable = join(give(folder()), 'x.tar');
    cpSync(file, readable);
    give(readable);
    const words = ['restore', '--file', readable];
    const { code, stderr } = await command(target, words, unprivileged);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/config cannot be written \(EACCES\)/)]);
    expect(await sql(target, `SELECT to_regclass('users') AS users`)).toEqual([{ users: null }]);
    chmodSync(target.CONFIG_DIR as string, 0o755);
    give(target.CONFIG_DIR as string);
    give(limits);
    expect(await command(target, words, unprivileged)).toMatchObject({ code: 0, stderr: '' });
  }, 30_000);
});
