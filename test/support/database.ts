import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { migrate } from '../../src/platform/migrations/migrate.js';
import { JOBS_MIGRATION } from '../../src/platform/jobs/job.schema.js';

const TEMPLATE_LOCK = 20251099;

/** Both URLs of one database; with a server of somebody else's one role plays both parts. */
export interface TestDatabase {
  name: string;
  ownerUrl: string;
  appUrl: string;
  drop(): Promise<void>;
}

const adminUrl = (): string => {
  const url = process.env.TEST_PG_ADMIN_URL;
  if (url === undefined)
    throw new Error('TEST_PG_ADMIN_URL is not set: jest runs test/support/global-setup.mjs first');
  return url;
};

/** The embedded server has the two roles of a real installation. */
const hasTwoRoles = (): boolean => process.env.TEST_DATABASE_URL === undefined;

function urlOf(database: string, role: string): string {
  const url = adminUrl().replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, `$1/${database}`);
  return hasTwoRoles() ? url.replace(/user=[^&]*/, `user=${role}`) : url;
}

const urls = (name: string) => ({
  ownerUrl: urlOf(name, 'frontdesk_owner'),
  appUrl: urlOf(name, 'frontdesk'),
});

async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: adminUrl() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const owner = (): string => (hasTwoRoles() ? ' OWNER frontdesk_owner' : '');

/** An empty database, without any migration. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = `w_${randomUUID().replaceAll('-', '')}`;
  await asAdmin((client) => client.query(`CREATE DATABASE ${name}${owner()}`));
  return { name, ...urls(name), drop: () => dropDatabase(name) };
}

/** A clone of the migrated template, in some 40 ms. */
export async function cloneDatabase(): Promise<TestDatabase> {
  const name = `w_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const template = await ensureTemplate(client);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}${owner()}`);
  });
  return { name, ...urls(name), drop: () => dropDatabase(name) };
}

async function ensureTemplate(client: pg.Client): Promise<string> {
  const digest = createHash('sha256');
  for (const file of readdirSync('migrations').sort()) digest.update(readFileSync(`migrations/${file}`));
  digest.update(JOBS_MIGRATION);
  // It grants the rights.
  digest.update(readFileSync('src/platform/migrations/migrate.ts'));
  const template = `tpl_${digest.digest('hex').slice(0, 16)}`;
  const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
  if (rows.length === 0) {
    const raw = `${template}_raw`;
    await client.query(`DROP DATABASE IF EXISTS ${raw} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${raw}${owner()}`);
    await migrate(urls(raw));
    // Under its final name only when it is whole.
    await client.query(`ALTER DATABASE ${raw} RENAME TO ${template}`);
  }
  return template;
}

const dropDatabase = (name: string): Promise<void> =>
  asAdmin(async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
