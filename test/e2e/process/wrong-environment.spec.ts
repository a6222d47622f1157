import { afterAll, describe, expect, test } from '@jest/globals';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createEmptyDatabase } from '../../support/database.js';
import { listenAsPostgres } from '../../support/elderly-postgres.js';
import { cleanUp, folder, freePort, type LaunchOptions, refusedStart } from '../../support/server.js';

const SECRET = 'hunter2-hunter2';

interface Case {
  name: string;
  environment: Record<string, string>;
  /** What each line starts with, in this order. */
  lines: string[];
}

const CASES: Case[] = [
  {
    name: 'a port that is none',
    environment: { PORT: '70000' },
    lines: ['PORT must be a whole number from 1 to 65535'],
  },
  {
    name: 'a URL that is none',
    environment: { DATABASE_URL: `mysql://u:${SECRET}@h/d` },
    lines: ['DATABASE_URL must look like'],
  },
  {
    name: 'a secret file that is not there',
    environment: { DATABASE_URL_FILE: '/nowhere/database-url' },
    lines: ['DATABASE_URL_FILE cannot be read (ENOENT): /nowhere/database-url'],
  },
  {
    name: 'a Unix socket without PUBLIC_URL',
    environment: { SOCKET_PATH: '/tmp/x' },
    lines: ['PUBLIC_URL is required'],
  },
  {
    name: 'a first password that no user may have',
    environment: { BOOTSTRAP_PASSWORD: 'hunter2' },
    lines: ['BOOTSTRAP_PASSWORD must be 8 to 128 characters'],
  },
  {
    name: 'everything at once',
    environment: {
      PORT: 'http',
      HOST: 'not a host',
      PROFILE: 'hardened',
      COMPAT: 'on',
      PUBLIC_SPACES: 'on',
      BOOTSTRAP_PASSWORD: SECRET,
      SEALING_KEY: SECRET,
      DATABASE_OWNER_URL: `postgres://u:${SECRET}@h/d`,
      PUBLIC_URL: 'desk.example.org',
      CORS_ORIGINS: '*',
      LOG_LEVEL: 'loud',
      ACCESS_TOKEN_MINUTES: '0',
      TRUSTED_PROXY_HOPS: 'all',
    },
    lines: [
      ...['HOST', 'PORT', 'PUBLIC_URL', 'CORS_ORIGINS', 'ACCESS_TOKEN_MINUTES', 'SEALING_KEY', 'LOG_LEVEL'],
      ...['TRUSTED_PROXY_HOPS', 'DATABASE_OWNER_URL', 'COMPAT', 'PUBLIC_SPACES', 'BOOTSTRAP_PASSWORD'],
    ],
  },
];

/** Root without its rights is an ordinary user, even in a clone that only root may enter. */
const withoutRights: readonly string[] =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];

async function refused(environment: Record<string, string>, options?: LaunchOptions): Promise<string[]> {
  const { code, lines, stdout } = await refusedStart({ PORT: await freePort(), ...environment }, options);
  expect(code).toBe(1);
  for (const line of lines) expect(line).toMatch(/^frontdesk: \S/);
  expect(lines.join() + stdout).not.toContain(SECRET);
  return lines.map((line) => line.slice('frontdesk: '.length));
}

describe('a start that is refused', () => {
  afterAll(cleanUp);

  test.each(CASES)('$name: a line for each bad name, and nothing is made', async ({ environment, lines }) => {
    const dataDir = join(folder(), 'data');
    const said = await refused({ DATA_DIR: dataDir, ...environment });
    expect(said).toEqual(
      lines.map((start) => expect.stringMatching(new RegExp(`^${start.replace(/[()]/g, '\\$&')}`))),
    );
    expect(existsSync(dataDir)).toBe(false);
  });

  test('a database that does not answer', async () => {
    const port = await freePort();
    expect(
      await refused({ DATA_DIR: folder(), DATABASE_URL: `postgres://u:${SECRET}@127.0.0.1:${port}/d` }),
    ).toEqual([expect.stringMatching(/^The database of DATABASE_URL cannot be used \(ECONNREFUSED\)/)]);
  });

  test('a database that does not know the role', async () => {
    const database = await createEmptyDatabase();
    const url = database.appUrl.replace(/user=[^&]*/, `user=nobody_here&password=${SECRET}`);
    expect(await refused({ DATA_DIR: folder(), DATABASE_URL: url })).toEqual([
      expect.stringMatching(/^The database of DATABASE_URL cannot be used \(28/),
    ]);
    await database.drop();
  });

  test('a database whose certificate is not there', async () => {
    const url = `postgres://u:${SECRET}@127.0.0.1/d?sslmode=verify-full&sslrootcert=/nowhere/ca.crt`;
    expect(await refused({ DATA_DIR: folder(), DATABASE_URL: url })).toEqual([
      expect.stringMatching(/^The database of DATABASE_URL cannot be used \(ENOENT\)/),
    ]);
  });

  test('a database that is too old', async () => {
    const { port, server } = await listenAsPostgres('140012');
    try {
      expect(
        await refused({ DATA_DIR: folder(), DATABASE_URL: `postgres://u:${SECRET}@127.0.0.1:${port}/d` }),
      ).toEqual(['DATABASE_URL leads to PostgreSQL 14: 15 or newer is needed. Upgrade the server.']);
    } finally {
      server.close();
    }
  });

  test('a port that another program has', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const database = await createEmptyDatabase();
    const lines = await refused({
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl },
      ...{ DATA_DIR: folder(), PORT: String(port) },
    });
    expect(lines).toEqual([
      `Cannot listen on 127.0.0.1:${port} (EADDRINUSE). Another program has it: stop that one, or set PORT.`,
    ]);
    other.close();
    await database.drop();
  });

  test.each([
    ['the embedded database', {}],
    // Nobody answers there, but that comes later.
    ['another database', { DATABASE_URL: 'postgres://u@127.0.0.1:1/d' }],
  ])('a DATA_DIR without the right to write in it, with %s', async (_database, environment) => {
    const dataDir = folder();
    chmodSync(dataDir, 0o555);
    const lines = await refused({ DATA_DIR: dataDir, ...environment }, { prefix: withoutRights });
    expect(lines).toEqual([
      expect.stringContaining(`cannot write to the data directory ${dataDir} as user `),
    ]);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('a DATA_DIR that is a file', async () => {
    const dataDir = join(folder(), 'data');
    writeFileSync(dataDir, '');
    expect(await refused({ DATA_DIR: dataDir })).toEqual([
      expect.stringContaining(`cannot write to the data directory ${dataDir}`),
    ]);
  });
});
