import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.js';
import { cleanUp, folder, freePort, type ServerProcess, startServer, until } from '../../support/server.js';

/** The lock under which first users are made (src/users/first-users.ts). */
const FIRST_USERS_LOCK = 20251002;

describe('two servers that start at the same time on one empty database', () => {
  let database: TestDatabase;
  let servers: ServerProcess[];
  const count = async (from: string): Promise<number> => {
    const client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`);
    await client.end();
    return rows[0]?.count ?? 0;
  };

  beforeAll(async () => {
    database = await createEmptyDatabase();
    const ports = [await freePort(), await freePort()];
    const shared = {
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, DATA_DIR: folder() },
      PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
    };
    // Both are held at the door, so that they go through it together.
    const client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [FIRST_USERS_LOCK]);
    const starting = Promise.all(ports.map((PORT) => startServer({ ...shared, PORT })));
    const waiting = `pg_locks WHERE locktype = 'advisory' AND objid = ${FIRST_USERS_LOCK} AND NOT granted`;
    await until(async () => (await count(waiting)) === 2, 25_000);
    await client.end();
    servers = await starting;
  }, 60_000);
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  test('make one set of users, shown by one of them, and one set of keys', async () => {
    expect(await count('users')).toBe(3);
    expect(await count(`signing_keys WHERE state = 'active'`)).toBe(2);
    expect(await count('signing_keys')).toBe(2);
    expect(servers.filter(({ stdout }) => stdout.includes('Created the first users'))).toHaveLength(1);
  });

  test('serve alike: what one gives, the other takes', async () => {
    const text = servers.map(({ stdout }) => stdout).join('');
    const password = /^ {2}admin +(\S+)$/m.exec(text)?.[1] ?? '';
    for (const [giver, taker] of [servers, servers.toReversed()] as [ServerProcess, ServerProcess][]) {
      const signedIn = await giver.signIn('admin', password);
      const token = String(signedIn.body.access_token);
      expect((await taker.call('GET', '/api/v1/users', { token })).status).toBe(200);
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: String(signedIn.body.refresh_token),
      }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      expect((await taker.call('POST', '/api/v1/token', { body, headers })).status).toBe(200);
    }
    const [one, two] = await Promise.all(servers.map((server) => server.call('GET', '/health/ready')));
    expect([one?.status, two?.status]).toEqual([200, 200]);
    expect(one?.headers['x-instance-id']).not.toBe(two?.headers['x-instance-id']);
  });
});
