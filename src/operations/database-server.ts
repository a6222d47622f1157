import type { Config } from '../../config/env.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { DatabaseClient } from '../platform/database/client.js';
import { startEmbeddedPostgres } from './embedded-postgres/index.js';
import { joinEmbeddedPostgres } from './embedded-postgres/join.js';

const OLDEST = 15;
const PATIENCE_MS = 5_000;

/** Where the database is, for the schema's owner and for the application. */
export interface DatabaseServer {
  ownerUrl: string;
  appUrl: string;
  /** Stops the server if it is ours. */
  stop: () => Promise<void>;
  /** Fulfilled with a line for the operator when a server of ours ends by itself. */
  failed?: Promise<string>;
}

/**
 * Starts the embedded PostgreSQL, or makes sure that the given one can be used.
 * @throws StartupError with one line an operator can act on.
 */
export async function reachDatabase(config: Config, log: (message: string) => void): Promise<DatabaseServer> {
  const { databaseUrl, databaseOwnerUrl } = config;
  if (databaseUrl === undefined || databaseOwnerUrl === undefined) {
    const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
    return { ownerUrl: embedded.url, appUrl: embedded.appUrl, stop: embedded.stop, failed: embedded.failed };
  }
  await assertUsable('DATABASE_URL', databaseUrl);
  if (databaseOwnerUrl !== databaseUrl) await assertUsable('DATABASE_OWNER_URL', databaseOwnerUrl);
  return { ownerUrl: databaseOwnerUrl, appUrl: databaseUrl, stop: () => Promise.resolve() };
}

/** As reachDatabase, but beside an application that runs the embedded PostgreSQL already it uses that one. */
export async function joinDatabase(config: Config, log: (message: string) => void): Promise<DatabaseServer> {
  const joined = config.databaseUrl === undefined ? await joinEmbeddedPostgres(config.dataDir) : undefined;
  if (joined) return { ownerUrl: joined.url, appUrl: joined.appUrl, stop: () => Promise.resolve() };
  return reachDatabase(config, log);
}

async function assertUsable(name: string, url: string): Promise<void> {
  let client: DatabaseClient | undefined;
  try {
    // Inside: it reads the files of certificates that the URL names.
    client = new DatabaseClient({
      connectionString: url,
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
    });
    client.on('error', () => undefined); // The query below fails with it.
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      `SELECT current_setting('server_version_num') AS version`,
    );
    const major = Math.floor(Number(rows[0]?.version) / 10_000);
    if (major < OLDEST) {
      throw new StartupError(
        `${name} leads to PostgreSQL ${major}: ${OLDEST} or newer is needed. Upgrade the server.`,
      );
    }
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const { code, message } = error as { code?: string; message: string };
    throw new StartupError(
      `The database of ${name} cannot be used (${code ?? message}): ${message || 'no answer'}. Check the URL and that the server runs.`,
      { cause: error },
    );
  } finally {
    await client?.end().catch(() => undefined); // It may never have been open.
  }
}
