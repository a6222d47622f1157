import { DatabaseClient } from '../../platform/database/client.js';
import { SOCKET_PORT } from './directories.js';

export const ADMIN_ROLE = 'postgres';
export const OWNER_ROLE = 'frontdesk_owner';
export const APP_ROLE = 'frontdesk';

async function connected<T>(
  socketDir: string,
  database: string,
  work: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  // All named: PGPORT and PGSSLMODE of whoever starts us would bend the rest.
  const client = new DatabaseClient({
    host: socketDir,
    port: SOCKET_PORT,
    user: ADMIN_ROLE,
    database,
    ssl: false,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function exists(
  client: DatabaseClient,
  table: 'pg_roles' | 'pg_database',
  name: string,
): Promise<boolean> {
  const column = table === 'pg_roles' ? 'rolname' : 'datname';
  const { rowCount } = await client.query(`SELECT 1 FROM ${table} WHERE ${column} = $1`, [name]);
  return rowCount === 1;
}

async function createRoles(client: DatabaseClient): Promise<void> {
  for (const role of [OWNER_ROLE, APP_ROLE]) {
    if (!(await exists(client, 'pg_roles', role))) await client.query(`CREATE ROLE ${role} LOGIN`);
  }
}

/** Made under another name and renamed when its grants stand: a kill in between leaves nothing half-made. */
async function createDatabase(client: DatabaseClient, socketDir: string, database: string): Promise<void> {
  const unfinished = `${database}_new`;
  const [from, to] = [client.escapeIdentifier(unfinished), client.escapeIdentifier(database)];
  await client.query(`DROP DATABASE IF EXISTS ${from} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${from} OWNER ${OWNER_ROLE}`);
  await client.query(`GRANT CONNECT ON DATABASE ${from} TO ${APP_ROLE}`);
  await connected(socketDir, unfinished, async (inside) => {
    await inside.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    await inside.query(`GRANT USAGE ON SCHEMA public TO ${APP_ROLE}`);
  });
  await client.query(`ALTER DATABASE ${from} RENAME TO ${to}`);
}

/** Makes the two roles and the database where they are missing. */
export async function ensureDatabase(socketDir: string, database: string): Promise<void> {
  await connected(socketDir, ADMIN_ROLE, async (client) => {
    await createRoles(client);
    if (!(await exists(client, 'pg_database', database))) await createDatabase(client, socketDir, database);
  });
}

/** A URL that libpq and node-postgres read alike. Port and sslmode are named because PGPORT and PGSSLMODE may be set. */
export function socketUrl(socketDir: string, database: string, role: string): string {
  const host = encodeURIComponent(socketDir).replaceAll('%2F', '/');
  return `postgres:///${encodeURIComponent(database)}?host=${host}&port=${SOCKET_PORT}&user=${role}&sslmode=disable`;
}
