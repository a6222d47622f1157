import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { cloneDatabase, createEmptyDatabase, type TestDatabase } from '../../support/database.js';
import { cleanUp, folder, freePort, refusedStart, ROOT, startServer, until } from '../../support/server.js';

const CLI = [process.execPath, join(ROOT, 'dist/src/cli.js'), 'serve'];

/** A CONFIG_DIR as shipped, with one file changed. */
function configWith(name: string, change: (text: string) => string): string {
  const dir = folder();
  cpSync(join(ROOT, 'config'), dir, { recursive: true });
  writeFileSync(join(dir, name), change(readFileSync(join(dir, name), 'utf8')));
  return dir;
}

const replaced = (from: string, to: string) => (text: string) => {
  if (!text.includes(from)) throw new Error(`there is no ${from} to replace`);
  return text.replace(from, to);
};

const FILES: [file: string, what: string, change: (text: string) => string, lines: RegExp[]][] = [
  [
    'permissions.json',
    'two unknown permissions',
    (text) => replaced('"user:read"', '"user:fly", "tickets:read"')(text),
    [
      /permissions\.json: role manager names the unknown permission user:fly$/,
      /role manager names .* tickets:read$/,
    ],
  ],
  [
    'permissions.json',
    'nobody to give roles',
    replaced('["*"]', '["user:read"]'),
    [/no role has user:update_roles/],
  ],
  [
    'fields.json',
    'a pattern that is none',
    replaced('^[A-Za-z]', '^('),
    [/fields\.json: username\.pattern: is not a regular expression$/],
  ],
  [
    'limits.json',
    'a limit of nothing',
    replaced('"failures": 10', '"failures": 0'),
    [/limits\.json: sign_in\.account_from_address\.failures: /],
  ],
  [
    'ticket-workflow.json',
    'a status that is not there',
    replaced('["open"]', '["reopened"]'),
    [/ticket-workflow\.json: there is no status reopened$/],
  ],
  ['ticket-workflow.json', 'no JSON', () => '{', [/ticket-workflow\.json cannot be read: /]],
];

describe('an installation that does not fit', () => {
  let database: TestDatabase;
  let environment: Record<string, string>;
  beforeAll(async () => {
    database = await cloneDatabase();
    environment = {
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl },
      ...{ DATA_DIR: folder(), PORT: await freePort(), BOOTSTRAP_PASSWORD: 'Correct-Horse-7' },
    };
  });
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  const asOwner = async (url: string, sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql);
    await client.end();
  };

  test.each(FILES)('%s with %s', async (file, _what, change, patterns) => {
    const dataDir = join(folder(), 'data');
    const { code, lines } = await refusedStart({
      PORT: await freePort(),
      DATA_DIR: dataDir,
      CONFIG_DIR: configWith(file, change),
    });
    expect(code).toBe(1);
    expect(lines).toEqual(patterns.map((pattern) => expect.stringMatching(pattern)));
    expect(existsSync(dataDir)).toBe(false);
  });

  test('serve never migrates: it names what is pending', async () => {
    const empty = await createEmptyDatabase();
    const urls = { DATABASE_URL: empty.appUrl, DATABASE_OWNER_URL: empty.ownerUrl };
    const { code, lines } = await refusedStart({ ...environment, ...urls }, { command: CLI });
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^frontdesk: The database lacks \d+ migrations \(.*\)\. Run: frontdesk migrate$/),
    ]);
    await empty.drop();
  });

  test('a schema that is newer than this version is served, and the log says so; serve makes no users', async () => {
    await asOwner(
      database.ownerUrl,
      `INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`,
    );
    const server = await startServer(environment, { command: CLI });
    const line = await until(() =>
      server.logged.find(({ msg }) => msg === 'the schema is newer than this version'),
    );
    expect(line).toMatchObject({ level: 'info', unknown: ['Later9999999999999'] });
    expect((await server.signIn('admin', 'Correct-Horse-7')).status).toBe(400);
    expect((await server.stop()).code).toBe(0);
  });

  test('signing keys that were sealed with another key, or whose key is lost', async () => {
    // The start before has made the signing keys, and DATA_DIR/sealing-key for them.
    const other = Buffer.alloc(32, 7).toString('base64');
    const given = await refusedStart({ ...environment, SEALING_KEY: other });
    expect([given.code, given.lines]).toEqual([
      1,
      [expect.stringMatching(/signing keys .* not sealed with the key in SEALING_KEY/)],
    ]);
    expect(given.stderr).not.toContain(other);
    const dataDir = folder();
    const lost = await refusedStart({ ...environment, DATA_DIR: dataDir });
    expect([lost.code, lost.lines]).toEqual([
      1,
      [expect.stringContaining(`${dataDir}/sealing-key is missing`)],
    ]);
  });

  test('a role that may not read what it needs', async () => {
    await asOwner(database.ownerUrl, 'REVOKE ALL ON migrations FROM frontdesk');
    const { code, lines } = await refusedStart(environment, { command: CLI });
    expect(code).toBe(1);
    expect(lines).toEqual([
      'frontdesk: The database refused a statement (42501): permission denied for table migrations. Check the rights of its roles.',
    ]);
  });
});
