import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { PrincipalCache } from '../../src/auth/sessions/principal.cache.js';
import { PrincipalChanges } from '../../src/auth/sessions/principal.changes.js';
import { SessionsRepository } from '../../src/auth/sessions/sessions.repository.js';
import { Principals } from '../../src/access/principals.js';
import '../support/declarations.js';
import { settings } from '../../src/platform/settings/settings.js';
import { Clock } from '../../src/platform/clock.js';
import { Database, type Queryable } from '../../src/platform/database/database.js';
import { configureLog } from '../../src/platform/log/log.js';
import { openDataSource } from '../support/data-source.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';

class SettableClock extends Clock {
  offset = 0;
  now(): number {
    return Date.now() + this.offset;
  }
}

/** Counts what is read from the database, and may hold a read back after it was made. */
class WatchedSessions extends SessionsRepository {
  reads = 0;
  afterRead: () => Promise<void> = () => Promise.resolve();
  override async read(db: Queryable, sessionId: string) {
    this.reads += 1;
    const session = await super.read(db, sessionId);
    await this.afterRead();
    return session;
  }
}

let clone: TestDatabase;
let dataSource: DataSource;
let database: Database;
let changes: PrincipalChanges;
let sessions: WatchedSessions;
let cache: PrincipalCache;
let clock: SettableClock;
let userId: number;

beforeAll(async () => {
  configureLog('silent', 'test');
  clone = await cloneDatabase();
  dataSource = await openDataSource(clone.appUrl);
  database = new Database(dataSource);
});
afterAll(async () => {
  database.onModuleDestroy();
  await dataSource.destroy();
  await clone.drop();
});
beforeEach(async () => {
  await database.query({ text: 'DELETE FROM users' });
  const [user] = await database.query<{ id: number }>({
    text: `INSERT INTO users (username, first_name, last_name, roles, password_hash) VALUES ('dora', 'D', 'M', '{support}', '!') RETURNING id`,
  });
  userId = user?.id ?? 0;
  for (const id of ['one', 'two']) {
    await database.query({
      text: `INSERT INTO sessions (id, user_id, client_id, payload, expires_at) VALUES ($1, $2, 'frontdesk', '{}', now() + interval '1 hour')`,
      values: [id, userId],
    });
  }
  clock = new SettableClock();
  changes = new PrincipalChanges(database);
  sessions = new WatchedSessions(database, settings, changes, new Principals());
  cache = new PrincipalCache(sessions, database, changes, clock, settings);
  await changes.onModuleInit();
});
afterEach(() => changes.onModuleDestroy());

/** Cuts the connection that listens, as a restart of the server would. */
const cut = () =>
  database.query({
    text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND query IN ('LISTEN principal_changed', 'SELECT 1')`,
  });

const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 400) throw new Error('it never became so');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

describe('the cache of principals', () => {
  it('asks the database once', async () => {
    for (let times = 0; times < 3; times += 1)
      expect(await cache.sessionOf('one')).toMatchObject({ user: { name: 'dora', session_id: 'one' } });
    expect(sessions.reads).toBe(1);
  });

  it.each([
    ['the user', `UPDATE users SET disabled = true`, { user: { disabled: true } }],
    ['the roles', `UPDATE users SET roles = '{admin}'`, { user: { rank: 30 } }],
    ['login_denied', `UPDATE users SET login_denied = true`, undefined],
    ['the session', `DELETE FROM sessions WHERE id = 'one'`, undefined],
    ['the account', `DELETE FROM users`, undefined],
  ])('knows a changed %s when settle() resolves', async (_name, text, expected) => {
    for (let round = 0; round < 5; round += 1) {
      await cache.sessionOf('one');
      await cache.sessionOf('two');
    }
    await database.query({ text });
    await sessions.settle();
    const session = await cache.sessionOf('one');
    if (expected === undefined) expect(session).toBeUndefined();
    else expect(session).toMatchObject(expected);
  });

  it('keeps other sessions when one ends', async () => {
    await cache.sessionOf('one');
    await cache.sessionOf('two');
    await database.query({ text: `DELETE FROM sessions WHERE id = 'one'` });
    await sessions.settle();
    await cache.sessionOf('two');
    expect(sessions.reads).toBe(2);
  });

  it('stores nothing that was read before a change was heard', async () => {
    sessions.afterRead = async () => {
      sessions.afterRead = () => Promise.resolve();
      await database.query({ text: 'UPDATE users SET disabled = true' });
      await changes.settle();
    };
    expect(await cache.sessionOf('one')).toMatchObject({ user: { disabled: false } });
    expect(await cache.sessionOf('one')).toMatchObject({ user: { disabled: true } });
  });

  it('lets a session end at its time', async () => {
    await cache.sessionOf('one');
    clock.offset = 3_600_000;
    await cache.sessionOf('one');
    expect(sessions.reads).toBe(2);
  });

  it('asks the database each time while nobody listens, and comes back by itself', async () => {
    await cache.sessionOf('one');
    await cut();
    await until(() => !changes.isCurrent());
    await database.query({ text: 'UPDATE users SET disabled = true' });
    await sessions.settle();
    expect(await cache.sessionOf('one')).toMatchObject({ user: { disabled: true } });
    await until(() => changes.isCurrent());
    const { reads } = sessions;
    await cache.sessionOf('one');
    await cache.sessionOf('one');
    expect(sessions.reads).toBe(reads + 1);
    await database.query({ text: 'UPDATE users SET disabled = false' });
    await sessions.settle();
    expect(await cache.sessionOf('one')).toMatchObject({ user: { disabled: false } });
  });

  it('trusts nothing when the listening connection stalls', async () => {
    await cache.sessionOf('one');
    const start = performance.now();
    while (performance.now() - start < 600); // No heartbeat gets through.
    expect(changes.isCurrent()).toBe(false);
    const { reads } = sessions;
    await cache.sessionOf('one');
    expect(sessions.reads).toBe(reads + 1);
  });
});
