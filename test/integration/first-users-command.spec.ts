import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { runCli } from '../support/cli.js';

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), 'first-users-'));
const run = (extra: Record<string, string>, ...words: string[]) =>
  runCli(
    {
      DATABASE_URL: database.appUrl,
      DATABASE_OWNER_URL: database.ownerUrl,
      DATA_DIR: folder,
      ...extra,
    },
    words,
  );

beforeAll(async () => {
  database = await cloneDatabase();
});

afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

test('user first: a bad BOOTSTRAP_PASSWORD is refused before anything is made', async () => {
  const { code, stderr } = await run({ BOOTSTRAP_PASSWORD: 'short' }, 'user', 'first');
  expect(code).toBe(1);
  expect(stderr).toContain('BOOTSTRAP_PASSWORD');
  expect((await run({}, 'user', 'list')).stdout).toBe('');
});

test('user first: what ends it after the first of them leaves none, and the next run makes them all', async () => {
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await owner.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'ended by the test'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.username = 'manager') EXECUTE FUNCTION refuse()`);
  try {
    const { code, stderr } = await run({}, 'user', 'first');
    expect([code, stderr]).toEqual([1, expect.stringContaining('ended by the test')]);
    expect((await run({}, 'user', 'list')).stdout).toBe('');
  } finally {
    await owner.query('DROP FUNCTION refuse CASCADE');
    await owner.end();
  }
});

test('user first: makes them once, and keeps their passwords for whoever installs', async () => {
  const { code, stdout } = await run({}, 'user', 'first');
  expect(code).toBe(0);
  const path = join(folder, 'initial-passwords');
  expect(stdout).toContain(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const kept = readFileSync(path, 'utf8');
  expect(kept).toMatch(/^admin \S+\nmanager \S+\nsupport \S+\n$/);

  const again = await run({}, 'user', 'first');
  expect([again.code, again.stdout]).toEqual([0, 'There are users already.\n']);
  expect(readFileSync(path, 'utf8')).toBe(kept);
  expect((await run({}, 'user', 'first', '--json')).stdout).toBe('{"made":[]}\n');
});
