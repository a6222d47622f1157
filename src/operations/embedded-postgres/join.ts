import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../platform/errors/startup-error.js';
import { DatabaseClient } from '../../platform/database/client.js';
import { APP_ROLE, OWNER_ROLE, socketUrl } from './database.js';
import { resolveExisting } from './directories.js';
import { findOwner } from './lock.js';
import { readPostmasterFile } from './postmaster-file.js';

/** How long an application that is just starting may take until its server answers. */
const PATIENCE_MS = 20_000;
const POLL_MS = 100;

export interface JoinedPostgres {
  /** As the owner of the schema. */
  url: string;
  /** As the application's role. */
  appUrl: string;
}

async function answers(url: string): Promise<Error | undefined> {
  const client = new DatabaseClient({ connectionString: url });
  client.on('error', () => undefined); // The query below fails with it.
  try {
    await client.connect();
    await client.query('SELECT 1');
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => undefined); // It may never have been open.
  }
}

/**
 * Finds the server that a living application runs on this data directory, so that a command can work beside it.
 * @returns undefined when no application lives there: then the caller may start the server itself.
 * @throws StartupError when there is one whose server does not answer.
 */
export async function joinEmbeddedPostgres(
  dataDir: string,
  database = 'frontdesk',
): Promise<JoinedPostgres | undefined> {
  const cluster = resolveExisting(join(resolve(dataDir), 'postgres'));
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const owner = findOwner(resolve(dataDir));
    if (owner === undefined) return undefined;
    // Line 5 names the folder of the socket, which need not be the cluster.
    const socketDir = readPostmasterFile(cluster)[4];
    let failure: NodeJS.ErrnoException | undefined;
    if (socketDir !== undefined && socketDir !== '') {
      const appUrl = socketUrl(socketDir, database, APP_ROLE);
      failure = await answers(appUrl);
      if (failure === undefined) return { appUrl, url: socketUrl(socketDir, database, OWNER_ROLE) };
    }
    if (Date.now() > end || failure?.code === 'EACCES') {
      throw new StartupError(
        `Frontdesk, process ${owner}, uses ${dataDir}, but its database does not answer (${failure?.message ?? 'it is still starting'}): ` +
          'run this as the user of that process, or when it serves requests',
        { cause: failure },
      );
    }
    await delay(POLL_MS);
  }
}
