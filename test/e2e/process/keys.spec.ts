import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import pg from 'pg';
import { runCli } from '../../support/cli.js';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';
import { cleanUp, folder, freePort, type ServerProcess, startServer, until } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

interface Key {
  kid: string;
  algorithm: string;
  state: string;
  active_from: string | null;
  accepted_until: string | null;
}

describe('a rotation of the signing keys with two instances under load', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  let environment: Record<string, string>;
  let servers: ServerProcess[];
  beforeAll(async () => {
    database = await cloneDatabase();
    owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    const ports = [await freePort(), await freePort()];
    environment = {
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, DATA_DIR: folder() },
      ...{ BOOTSTRAP_PASSWORD: PASSWORD, PUBLIC_URL: `http://127.0.0.1:${ports[0]}` },
    };
    servers = await Promise.all(ports.map((PORT) => startServer({ ...environment, PORT })));
  }, 60_000);
  afterAll(async () => {
    await cleanUp();
    await owner.end();
    await database.drop();
  });

  const keys = async (...words: string[]): Promise<Key[]> => {
    const { code, stdout, stderr } = await runCli(environment, ['keys', ...words, '--json']);
    if (code !== 0) throw new Error(stderr);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Key);
  };
  const kidsOf = (list: Key[], state: string, algorithm = 'ES256'): string[] =>
    list.filter((key) => key.state === state && key.algorithm === algorithm).map(({ kid }) => kid);
  const published = async (server: ServerProcess): Promise<string[]> => {
    const { body } = await server.call('GET', '/.well-known/oauth-authorization-server');
    const { pathname } = new URL(String(body.jwks_uri));
    return ((await server.call('GET', pathname)).body.keys as { kid: string }[]).map(({ kid }) => kid);
  };
  const kidOf = (token: string): string => String(decodeProtectedHeader(token).kid);
  const signedWith = async (server: ServerProcess): Promise<string> =>
    kidOf(await server.token('admin', PASSWORD));

  test('fails no valid request: published first, then active, and the old tokens stay good', async () => {
    const [one, two] = servers as [ServerProcess, ServerProcess];
    const failures: string[] = [];
    const kids = new Set<string>();
    let [going, requests] = [true, 0];
    const count = (what: string, { status, text }: { status: number; text: string }): void => {
      requests += 1;
      if (status !== 200) failures.push(`${what}: ${status} ${text}`);
    };
    // What one instance has just signed is shown to the other at once.
    const load = [one, two, one, two].map(async (giver, index) => {
      const taker = giver === one ? two : one;
      const signedIn = await giver.signIn('support', PASSWORD);
      let refresh = String(signedIn.body.refresh_token);
      const old = String(signedIn.body.access_token);
      while (going) {
        const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh }).toString();
        const answer = await giver.call('POST', '/api/v1/token', { body, headers: FORM });
        count(`refresh ${index}`, answer);
        refresh = String(answer.body.refresh_token);
        const token = String(answer.body.access_token);
        kids.add(kidOf(token));
        count('the new token', await taker.call('GET', '/api/v1/me', { token }));
        count('the old token', await taker.call('GET', '/api/v1/me', { token: old }));
      }
    });
    const before = await keys('list');
    const [first = ''] = kidsOf(before, 'active');
    expect(before.map(({ state }) => state)).toEqual(['active', 'active']);

    const prepared = await keys('rotate');
    const [second = ''] = kidsOf(prepared, 'next');
    expect(kidsOf(prepared, 'active')).toEqual([first]);
    expect(kidsOf(await keys('rotate'), 'next')).toEqual([second]);
    for (const server of servers) {
      await until(async () => (await published(server)).includes(second), 5_000);
      expect(await published(server)).toContain(first);
      expect(await signedWith(server)).toBe(first);
    }
    const { rows } = await owner.query<{ wait: number }>(
      `SELECT extract(epoch FROM run_at - now())::integer AS wait FROM graphile_worker.jobs WHERE task_identifier = 'keys.activate'`,
    );
    expect(rows.map(({ wait }) => Math.round(wait / 60))).toEqual([15]);

    // The quarter of an hour is over.
    await owner.query(
      `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE task_id =
        (SELECT id FROM graphile_worker._private_tasks WHERE identifier = 'keys.activate')`,
    );
    for (const server of servers) {
      await until(async () => (await signedWith(server)) === second);
      expect(await published(server)).toEqual(expect.arrayContaining([first, second]));
    }

    for (let round = 0; round < 3; round += 1) {
      const list = await keys('rotate', '--now');
      const [active = ''] = kidsOf(list, 'active');
      expect(kidsOf(list, 'next')).toEqual([]);
      await until(() => kids.has(active), 5_000);
    }
    going = false;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);
    expect(kids.size).toBe(5);

    const { rows: audit } = await owner.query<{ action: string; count: number }>(
      `SELECT action, count(*)::integer FROM audit WHERE subject_type = 'signing_key' GROUP BY action ORDER BY action`,
    );
    expect(audit.map(({ action, count: times }) => `${action} ${times}`)).toEqual([
      'signing_key.activate 8',
      'signing_key.create 8',
      'signing_key.retire 8',
    ]);
  }, 60_000);

  test('ends with the old keys: unpublished and refused when their tokens have run out, then removed', async () => {
    const [one] = servers as [ServerProcess];
    const token = await one.token('admin', PASSWORD);
    await keys('rotate', '--now');
    const taken = async () => (await one.call('GET', '/api/v1/me', { token })).status;
    await until(async () => (await signedWith(one)) !== kidOf(token));
    expect(await taken()).toBe(200);
    await owner.query(
      `UPDATE signing_keys SET retired_at = now() - interval '65 minutes' WHERE state = 'retired'`,
    );
    await until(async () => !(await published(one)).includes(kidOf(token)), 5_000);
    expect(await published(one)).toHaveLength(2);
    const text = (await runCli(environment, ['keys', 'list'])).stdout;
    expect(text).toMatch(/^[\w-]{43}\tES256\tactive\t\d+ s old$/m);
    expect(text).toMatch(
      /^[\w-]{43}\tES256\tretired\t\d+ (s|min) old\taccepted until \d{4}-\d\d-\d\dT\d\d:\d\dZ$/m,
    );
    await keys('rotate');
    expect((await keys('list')).map(({ state }) => state)).toEqual(['active', 'active', 'next', 'next']);
  });

  test('makes no key that the others could not open', async () => {
    const before = await keys('list');
    const other = Buffer.alloc(32, 7).toString('base64');
    const { code, stderr } = await runCli({ ...environment, SEALING_KEY: other }, [
      'keys',
      'rotate',
      '--now',
    ]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/not sealed with the key in SEALING_KEY/)]);
    expect((await keys('list')).map(({ kid }) => kid)).toEqual(before.map(({ kid }) => kid));
  });
});
