import { afterEach, describe, expect, it } from '@jest/globals';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { Database } from '../../src/platform/database/database.js';
import {
  knownMigrations,
  migrate,
  migrateDown,
  migrationState,
} from '../../src/platform/migrations/migrate.js';
import { addressBlock } from '../../src/platform/http/address.js';
import { JOBS_MIGRATION } from '../../src/platform/jobs/job.schema.js';
import { entities } from '../../src/app/entities.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { openDataSource as open } from '../support/data-source.js';

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

const catalogue = (database: Database) =>
  database.query({
    text: `SELECT c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'public' AND c.relname NOT LIKE 'migrations%'
             AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = c.oid AND i.indrelid = to_regclass('migrations'))
           UNION ALL SELECT p.proname, 'f' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
           LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' WHERE n.nspname = 'public' AND d.objid IS NULL
           ORDER BY 1, 2`,
  });

describe('migrations', () => {
  it('go up, down to nothing, and up again to the same schema', async () => {
    db = await createEmptyDatabase();
    expect(await migrate(db)).toEqual(everything);
    const database = await connect(db.ownerUrl);
    const whole = await catalogue(database);
    for (const name of [...knownMigrations].reverse()) expect(await migrateDown(db)).toBe(name);
    expect(await migrateDown(db)).toBeUndefined();
    expect(await catalogue(database)).toEqual([]);
    expect(await migrate(db)).toEqual(knownMigrations);
    expect(await catalogue(database)).toEqual(whole);
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

  it('leave the database as it was when one fails half-way', async () => {
    db = await createEmptyDatabase();
    const database = await connect(db.ownerUrl);
    await database.query({ text: 'CREATE TABLE tickets (in_the_way int)' });
    const before = await catalogue(database);
    await expect(migrate(db)).rejects.toThrow(
      /A migration failed, and the database is as it was before: .*tickets/,
    );
    expect(await catalogue(database)).toEqual(before);
    expect((await migrationState(database)).pending).toEqual(everything);
  });

  it('run once when several processes start at the same time', async () => {
    db = await createEmptyDatabase();
    const { ownerUrl, appUrl } = db;
    const runs = await Promise.all(Array.from({ length: 4 }, () => migrate({ ownerUrl, appUrl })));
    expect(runs.map((run) => run.length).sort()).toEqual([0, 0, 0, everything.length]);
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
      'TRUNCATE audit',
      ...(db.ownerUrl === db.appUrl
        ? []
        : ['CREATE TABLE mine (id int)', 'DROP TABLE tickets', 'ALTER TABLE audit DISABLE TRIGGER ALL']),
    ]) {
      await expect(app.query({ text })).rejects.toMatchObject({ code: '42501' });
    }
    expect(await app.query({ text: 'SELECT action FROM audit' })).toEqual([{ action: 'test' }]);
  });

  it('refuse a change of the audit to the owner too', async () => {
    db = await createEmptyDatabase();
    await migrate(db);
    const owner = await connect(db.ownerUrl);
    for (const text of [`UPDATE audit SET action = 'other'`, 'DELETE FROM audit', 'TRUNCATE audit']) {
      await expect(owner.query({ text })).rejects.toMatchObject({ code: '42501' });
    }
  });
});
