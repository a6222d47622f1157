import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { JobHandlers } from '../../src/platform/jobs/job.handlers.js';
import { type Desk, openDesk } from '../support/desk.js';
import { runJobs } from '../support/jobs.js';

const TASK = 'auth.expired';
/** More than any batch. */
const MANY = 2_100;

let desk: Desk;
let owner: pg.Client;
beforeAll(async () => {
  desk = await openDesk();
  owner = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await desk.close();
});

/** Of each kind one that holds and many that have run out. */
beforeEach(() =>
  owner.query(`
    TRUNCATE sessions, refresh_tokens, sign_in_limits, sign_in_locks, sign_in_addresses, idempotency_keys;
    INSERT INTO sessions (id, user_id, client_id, payload, expires_at)
    SELECT n, (SELECT min(id) FROM users), 'frontdesk', '{}', now() + interval '1 hour' * sign(0.5 - n) FROM generate_series(0, ${MANY}) n;
    INSERT INTO refresh_tokens (id_hash, session_id, payload, expires_at)
    SELECT sha256(n::text::bytea), '0', '{}', now() + interval '1 hour' * sign(0.5 - n) FROM generate_series(0, ${MANY}) n;
    INSERT INTO sign_in_limits (key, points, expire)
    SELECT 'account:' || n, 3, extract(epoch FROM now() + interval '2 hours' * sign(0.5 - n)) * 1000 FROM generate_series(0, ${MANY}) n;
    INSERT INTO sign_in_locks (key, until, account, subject_type, subject_id)
    SELECT 'account:' || n, now() + interval '1 hour' * sign(0.5 - n), n, 'username', n FROM generate_series(0, ${MANY}) n;
    INSERT INTO sign_in_addresses (user_id, address, signed_in_at)
    SELECT (SELECT min(id) FROM users), n, now() - interval '30 days' + interval '1 hour' * sign(0.5 - n)
    FROM generate_series(0, ${MANY}) n;
    INSERT INTO idempotency_keys (principal_type, principal_id, route, key, body_hash, result, expires_at)
    SELECT 'user', (SELECT min(id) FROM users)::text, 'POST /x', n, '', 'null', now() + interval '1 hour' * sign(0.5 - n) FROM generate_series(0, ${MANY}) n;`),
);

const left = async (table: string): Promise<number> =>
  (await owner.query(`SELECT FROM ${table}`)).rowCount ?? 0;

/** What a tick of the recurring job does. */
async function tick() {
  await owner.query('SELECT graphile_worker.add_job($1)', [TASK]);
  return runJobs(desk);
}

describe('what has run out', () => {
  it('is removed each minute, however much it is, while nobody signs in', async () => {
    const recurring = desk.app.get(JobHandlers).cronItems();
    expect(recurring).toContainEqual(expect.objectContaining({ task: TASK, match: '* * * * *' }));
    expect(await tick()).toEqual([{ task: TASK, error: undefined }]);
    for (const table of [
      'sessions',
      'refresh_tokens',
      'sign_in_limits',
      'sign_in_locks',
      'sign_in_addresses',
      'idempotency_keys',
    ])
      expect([table, await left(table)]).toEqual([table, 1]);
  });

  it('hinders no sign-in and no other kind when it cannot be removed', async () => {
    await owner.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      CREATE TRIGGER refuse BEFORE DELETE ON refresh_tokens EXECUTE FUNCTION refuse()`);
    try {
      expect((await desk.signIn('support')).status).toBe(200);
      expect(await tick()).toEqual([{ task: TASK, error: expect.any(AggregateError) }]);
      expect([await left('idempotency_keys'), await left('refresh_tokens')]).toEqual([1, MANY + 2]);
    } finally {
      await owner.query('DROP FUNCTION refuse CASCADE; DELETE FROM graphile_worker._private_jobs');
    }
  });
});
