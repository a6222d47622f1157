import { join, resolve } from 'node:path';
import { StartupError } from '../../platform/errors/startup-error.js';
import { locateBinaries } from './binaries.js';
import { clusterExists, createCluster } from './cluster.js';
import { ADMIN_ROLE, APP_ROLE, ensureDatabase, OWNER_ROLE, socketUrl } from './database.js';
import { prepareDataDir, resolveExisting } from './directories.js';
import { chooseIdentity } from './identity.js';
import { takeOwnership } from './lock.js';
import { type Server, startServer } from './server.js';
import { endStrayServer } from './stray.js';

export interface EmbeddedPostgres {
  /** As the owner of the schema: postgres:///frontdesk?host=<socketDir>&user=frontdesk_owner */
  url: string;
  /** The same database as the application's role, frontdesk. */
  appUrl: string;
  /** The database `postgres` as superuser, for making databases. */
  adminUrl: string;
  socketDir: string;
  /** Fast shutdown; returns when the server is gone. May be called more than once. */
  stop: () => Promise<void>;
  /** Fulfilled with a line for the operator when the server ends without having been stopped. */
  failed: Promise<string>;
}

export interface EmbeddedOptions {
  /** DATA_DIR; the cluster lives in its folder `postgres`. */
  dataDir: string;
  log: (message: string) => void;
  /** More `-c name=value` settings; they win over our own. */
  settings?: Record<string, string>;
  database?: string;
}

/** Starts the server on an existing cluster, or on one that it makes first. */
async function openCluster(dataDir: string, options: EmbeddedOptions): Promise<Server> {
  const { log, settings = {} } = options;
  const binaries = locateBinaries();
  const cluster = resolveExisting(join(dataDir, 'postgres'));
  const { postgres, major } = binaries;
  if (clusterExists(cluster, major)) {
    await endStrayServer(cluster, log);
    const identity = await chooseIdentity(cluster, dataDir, postgres);
    return startServer({ cluster, postgres, identity, settings, log });
  }
  log(`creating a PostgreSQL ${major} cluster in ${cluster}`);
  const identity = await createCluster(cluster, dataDir, binaries, settings['fsync'] !== 'off');
  return startServer({ cluster, postgres, identity, settings, log });
}

function asStartupError(error: unknown, dataDir: string): StartupError {
  if (error instanceof StartupError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StartupError(`cannot start the embedded PostgreSQL in ${dataDir}: ${message}`, { cause: error });
}

/**
 * Starts the PostgreSQL that comes with the npm package, on a Unix socket, its data kept in DATA_DIR/postgres.
 * It ends with this process, however that ends. Throws a StartupError with one line for the operator.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const database = options.database ?? 'frontdesk';
  const dataDir = prepareDataDir(resolve(options.dataDir));
  const lock = await takeOwnership(dataDir);
  let opened: Server | undefined;
  try {
    opened = await openCluster(dataDir, options);
    await ensureDatabase(opened.socketDir, database);
  } catch (error) {
    await opened?.stop();
    lock.release();
    throw asStartupError(error, dataDir);
  }
  const server = opened;
  const { socketDir } = server;
  let stopped: Promise<void> | undefined;
  return {
    url: socketUrl(socketDir, database, OWNER_ROLE),
    appUrl: socketUrl(socketDir, database, APP_ROLE),
    adminUrl: socketUrl(socketDir, 'postgres', ADMIN_ROLE),
    socketDir,
    failed: server.failed,
    stop: () => (stopped ??= server.stop().finally(() => lock.release())),
  };
}
