import { afterEach, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { Database } from '../../src/platform/database/database.js';
import { migrate, migrateDown } from '../../src/platform/migrations/migrate.js';
import { migrationState } from '../../src/platform/migrations/state.js';
import { knownMigrations, type MigrationStep, steps } from '../../src/platform/migrations/steps.js';
import { assertMigrated } from '../../src/process/serve.js';
import { addressBlock } from '../../src/platform/http/address.js';
import { JOBS_MIGRATION } from '../../src/platform/jobs/job.schema.js';
import { entities } from '../../src/app/entities.js';
import { committed } from '../support/committed.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { openDataSource as open } from '../support/data-source.js';
import { describeSchema } from '../support/schema.js';

const everything = [...knownMigrations, JOBS_MIGRATION];
const opened: { destroy(): Promise<void> }[] = [];
let db: TestDatabase | undefined;

afterEach(async () => {
  for (const dataSource of opened.splice(0)) await dataSource.destroy();
  await db?.drop();
  db = undefined;
});

async function connect(url: string): Promise<Database> {
  const dataSource = await open(url);
  opened.push(dataSource);
  return new Database(dataSource);
}

describe('migrations', () => {
  it('make what schema.txt describes, and again after they went down to nothing', async () => {
    db = await createEmptyDatabase();
    expect(await migrate(db)).toEqual(everything);
    const database = await connect(db.ownerUrl);
    const whole = await describeSchema(database);
    expect(whole).toBe(committed('migrations/schema.txt', whole));
    for (const name of [...knownMigrations].reverse()) expect(await migrateDown(db)).toBe(name);
    expect(await migrateDown(db)).toBeUndefined();
    const left = (await describeSchema(database)).split('\n\n').map((object) => /^\w+ \w+/.exec(object)?.[0]);
    expect(left).toEqual(['sequence migrations_id_seq', 'table migrations']);
    expect(await migrate(db)).toEqual(knownMigrations);
    expect(await describeSchema(database)).toBe(whole);
    expect(await migrate(db)).toEqual([]);
  });

  it('make exactly the tables that the entities describe', async () => {
    db = await createEmptyDatabase();
    await migrate(db);
    const dataSource = createDataSource({
      url: db.ownerUrl,
      applicationName: 'drift',
      poolSize: 2,
      statementTimeout: 0,
      entities,
      onIdleError: () => undefined,
    });
    await dataSource.initialize();
    opened.push(dataSource);
    const drift = await dataSource.driver.createSchemaBuilder().log();
    expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('know the addresses of the last 30 days of sign-ins, as they are limited', async () => {
    db = await createEmptyDatabase();
    await migrate(db);
    while ((await migrateDown(db)) !== 'SignInLocks1764000000010');
    const database = await connect(db.ownerUrl);
    const addresses = [
      '192.0.2.1',
      '::ffff:192.0.2.2',
      '2001:db8:0:2::a',
      '2001:db8:0:2:1:2:3:4',
      '2001:db8::',
      '::1',
      'fe80::1',
      '2001:0db8:0000:0a0b::1',
    ];
    const nonsense = ['unix', 'unknown', ':::', '1:2:3', '1::2::3', '1:2:3:4:5:6:7:8:9', 'fe80::1%eth0'];
    await database.query({
      text: `INSERT INTO users (username, first_name, last_name, roles, password_hash)
             VALUES ('ada', 'Ada', 'L', '{}', 'x')`,
    });
    await database.query({
      text: `INSERT INTO audit (action, subject_type, subject_id, actor_id, address, at)
             SELECT action, 'session', 'x', actor_id, address, at
             FROM unnest($1::text[]) address, (VALUES
               ('session.start', (SELECT id FROM users), now() - interval '29 days'),
               ('session.start', (SELECT id FROM users), now() - interval '28 days'),
               ('session.start', 999, now())) row(action, actor_id, at)
             UNION ALL VALUES ('session.start', 'session', 'x', (SELECT id FROM users), '192.0.2.3', now() - interval '31 days'),
               ('session.refused', 'session', 'x', (SELECT id FROM users), '192.0.2.4', now())`,
      values: [[...addresses, ...nonsense]],
    });
    await migrate(db);
    const known = await database.query<{ address: string; days: number }>({
      text: `SELECT address, extract(day FROM now() - signed_in_at)::int AS days FROM sign_in_addresses`,
    });
    expect(known.map(({ address }) => address).sort()).toEqual(
      [...new Set(addresses.map(addressBlock))].sort(),
    );
    expect(new Set(known.map(({ days }) => days))).toEqual(new Set([28]));
  });

  it('keep those that are done when one fails, and nothing of that one', async () => {
    db = await createEmptyDatabase();
    const database = await connect(db.ownerUrl);
    await database.query({ text: 'CREATE TABLE tickets (in_the_way int)' });
    await expect(migrate(db)).rejects.toThrow(
      /The migration Tickets\d+ failed and left nothing behind\. 3 migrations before it are done\. .*tickets/,
    );
    expect((await migrationState(database)).pending).toEqual(everything.slice(3));
    await database.query({ text: 'DROP TABLE tickets' });
    expect(await migrate(db)).toEqual(everything.slice(3));
  });

  it('leave nothing of a step that fails after its first statement', async () => {
    db = await createEmptyDatabase();
    await migrate(db);
    class Half1999999999999 implements MigrationInterface {
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('CREATE TABLE half (id int)');
        throw new Error('the other half');
      }
      async down(): Promise<void> {
        // It is never done.
      }
    }
    (steps as MigrationStep[]).push(Half1999999999999);
    try {
      await expect(migrate(db)).rejects.toThrow(/Half1999999999999 failed and left nothing behind/);
    } finally {
      (steps as MigrationStep[]).pop();
    }
    const owner = await connect(db.ownerUrl);
    expect(await owner.query({ text: `SELECT to_regclass('half') AS left` })).toEqual([{ left: null }]);
  });

  it('that an older release cannot live with wait until nobody serves, and are marked', async () => {
    db = await createEmptyDatabase();
    await migrate(db);
    const owner = await connect(db.ownerUrl);
    const newest = steps.at(-1) as MigrationStep;
    const before = newest.breaking;
    newest.breaking = true;
    try {
      await migrateDown(db);
      const serving = createDataSource({
        url: db.appUrl,
        applicationName: 'frontdesk host:1',
        poolSize: 1,
        statementTimeout: 0,
        onIdleError: () => undefined,
      });
      await serving.initialize();
      try {
        await expect(migrate(db)).rejects.toThrow(
          new RegExp(
            `^The migration waits, for the release before cannot live with ${newest.name}, and it is running \\(frontdesk host:1\\): stop every`,
          ),
        );
        expect((await migrationState(owner)).pending).toEqual([newest.name]);
      } finally {
        await serving.destroy();
      }
      expect(await migrate(db)).toEqual([newest.name]);
      expect(
        await owner.query({ text: 'SELECT name FROM migrations WHERE breaking ORDER BY id' }),
      ).toContainEqual({
        name: newest.name,
      });
    } finally {
      if (before === undefined) delete newest.breaking;
    }
  });

  it('of a newer release are told apart by whether this one can live with them', async () => {
    db = await createEmptyDatabase();
    await migrate(db);
    const owner = await connect(db.ownerUrl);
    await owner.query({
      text: `INSERT INTO migrations ("timestamp", name, breaking) VALUES (1, 'Wider1', false), (2, 'Other2', true)`,
    });
    expect(await migrationState(owner)).toEqual({
      pending: [],
      unknown: ['Wider1', 'Other2'],
      breaking: ['Other2'],
    });
    await expect(assertMigrated(owner)).rejects.toThrow(
      /newer version with which this one cannot live \(Other2\)/,
    );
    await expect(migrateDown(db)).rejects.toThrow(/Other2 is of a newer version/);
  });

  it('run once when several processes start at the same time', async () => {
    db = await createEmptyDatabase();
    const { ownerUrl, appUrl } = db;
    const runs = await Promise.all(Array.from({ length: 4 }, () => migrate({ ownerUrl, appUrl })));
    expect(runs.map((run) => run.length).sort()).toEqual([0, 0, 0, everything.length]);
  });

  it('run outside a transaction, once, when several processes start at the same time', async () => {
    db = await createEmptyDatabase();
    const { ownerUrl, appUrl } = db;
    await migrate(db);
    class Concurrent1999000000001 implements MigrationInterface {
      readonly transaction = false;
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('DROP INDEX CONCURRENTLY IF EXISTS tickets_concurrent_idx');
        await runner.query('CREATE INDEX CONCURRENTLY tickets_concurrent_idx ON tickets (priority)');
      }
      async down(runner: QueryRunner): Promise<void> {
        await runner.query('DROP INDEX CONCURRENTLY tickets_concurrent_idx');
      }
    }
    const all = steps as MigrationStep[];
    all.push(Concurrent1999000000001);
    try {
      const runs = await Promise.all(Array.from({ length: 4 }, () => migrate({ ownerUrl, appUrl })));
      expect(runs.flat()).toEqual(['Concurrent1999000000001']);
      expect(await migrateDown(db)).toBe('Concurrent1999000000001');
    } finally {
      all.pop();
    }
  });

  it('remove the fingerprints that were taken of passwords, and no others', async () => {
    db = await createEmptyDatabase();
    await migrate(db);
    while (!(await migrateDown(db))?.startsWith('ForgetFingerprints')) continue;
    const owner = await connect(db.ownerUrl);
    await owner.query({
      text: `INSERT INTO users (username, first_name, last_name, roles, password_hash) VALUES ('a', 'a', 'a', '{}', '')`,
    });
    await owner.query({
      text: `INSERT INTO idempotency_keys (actor_id, route, key, body_hash, result, expires_at)
             SELECT users.id, route, 'key', 'digest', 'null', now() + interval '1 day'
             FROM users, unnest(ARRAY['POST /api/v1/users', 'POST /api/v1/tickets', 'DELETE /api/v1/users/:id']) AS route`,
    });
    await migrate(db);
    expect(await owner.query({ text: 'SELECT route FROM idempotency_keys ORDER BY route' })).toEqual([
      { route: 'DELETE /api/v1/users/:id' },
      { route: 'POST /api/v1/tickets' },
    ]);
  });

  it('give the application rows but neither the schema nor the past', async () => {
    db = await createEmptyDatabase();
    await migrate(db);
    const app = await connect(db.appUrl);
    await app.query({
      text: `INSERT INTO audit (action, subject_type, subject_id) VALUES ('test', 'test', '1')`,
    });
    for (const text of [
      `UPDATE audit SET action = 'other'`,
      'DELETE FROM audit',
      'TRUNCATE audit CASCADE',
      ...(db.ownerUrl === db.appUrl
        ? []
        : ['CREATE TABLE mine (id int)', 'DROP TABLE tickets', 'ALTER TABLE audit DISABLE TRIGGER ALL']),
    ]) {
      await expect(app.query({ text })).rejects.toMatchObject({ code: '42501' });
    }
    expect(await app.query({ text: 'SELECT action FROM audit' })).toEqual([{ action: 'test' }]);
    // The trigger that refuses it to the owner stands behind that.
    const rights = await app.query({
      text: `SELECT has_table_privilege(name, 'UPDATE, DELETE, TRUNCATE') AS may
             FROM unnest('{audit, audit_values}'::text[]) AS name`,
    });
    const may = db.ownerUrl === db.appUrl;
    expect(rights).toEqual([{ may }, { may }]);
  });

  it('refuse a change of the audit to the owner too', async () => {
    db = await createEmptyDatabase();
    await migrate(db);
    const owner = await connect(db.ownerUrl);
    for (const text of [
      `UPDATE audit SET action = 'other'`,
      'DELETE FROM audit',
      'TRUNCATE audit CASCADE',
      `UPDATE audit_values SET field = 'other'`,
      'DELETE FROM audit_values',
      'TRUNCATE audit_values',
    ]) {
      await expect(owner.query({ text })).rejects.toMatchObject({ code: '42501' });
    }
  });
});
