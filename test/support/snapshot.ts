import type { DataSource } from 'typeorm';

/** In the order of their references. */
const TABLES = [
  'users',
  'sessions',
  'refresh_tokens',
  'sign_in_addresses',
  'employees',
  'spaces',
  'space_counts',
  'display_tokens',
  'doors',
  'devices',
  'device_doors',
  'device_secrets',
  'tickets',
  'space_events',
  'space_alerts',
] as const;
const NUMBERED = ['users', 'employees', 'tickets'] as const;

/** Keeps the rows of a desk, so that each of many trials starts from the same. The owner of the schema calls it. */
export async function takeSnapshot(owner: DataSource): Promise<() => Promise<void>> {
  await owner.query('CREATE SCHEMA kept');
  for (const table of TABLES) await owner.query(`CREATE TABLE kept.${table} AS TABLE ${table}`);
  return async () => {
    await owner.transaction(async (tx) => {
      await tx.query(`TRUNCATE ${TABLES.join(', ')}, idempotency_keys RESTART IDENTITY`);
      for (const table of TABLES) {
        await tx.query(`INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM kept.${table}`);
      }
      for (const table of NUMBERED) {
        await tx.query(`SELECT setval(pg_get_serial_sequence('${table}', 'id'), max(id)) FROM ${table}`);
      }
    });
  };
}
