// Jest transforms no .mjs: this imports what `npm test` has built.
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUILT = new URL('../../dist/src/operations/embedded-postgres/index.js', import.meta.url);

const FAST_AND_FORGETFUL = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
};

/** One PostgreSQL for the whole run; TEST_PG_ADMIN_URL reaches its database `postgres` as a role that may create others. */
export default async function setup() {
  // Started already, by whoever runs jest many times.
  if (process.env.TEST_PG_ADMIN_URL) return;
  if (process.env.TEST_DATABASE_URL) {
    process.env.TEST_PG_ADMIN_URL = process.env.TEST_DATABASE_URL;
    return;
  }
  if (!existsSync(BUILT)) throw new Error(`${BUILT.pathname} is missing: run npm run build first`);
  const { startEmbeddedPostgres } = await import(BUILT.href);
  const dataDir = mkdtempSync(join(tmpdir(), 'frontdesk-test-'));
  // Databases are dropped under their last connections on purpose, and the server says so each time.
  const log = () => undefined;
  const server = await startEmbeddedPostgres({ dataDir, log, settings: FAST_AND_FORGETFUL });
  globalThis.testPostgres = { server, dataDir };
  process.env.TEST_PG_ADMIN_URL = server.adminUrl;
}
