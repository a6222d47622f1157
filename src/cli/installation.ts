import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { type Config, loadConfig } from '../../config/env.js';
import { createHeadlessApp } from '../app/create-app.js';
import { entities } from '../app/entities.js';
import { type DatabaseServer, joinDatabase } from '../operations/database-server.js';
import { COMMAND } from '../platform/database/connected.js';
import { createDataSource } from '../platform/database/data-source.js';
import { Database } from '../platform/database/database.js';
import { configureLog } from '../platform/log/log.js';
import { assertMigrated } from '../process/serve.js';
import type { Shell } from './shell.js';

const POOL_SIZE = 4;

/** An installation as a command uses it: the application's own modules, without HTTP. */
export interface Installation {
  config: Config;
  server: DatabaseServer;
  database: Database;
  app: INestApplicationContext;
}

/** Runs the work while the database server is there. */
export async function withServer<T>(
  shell: Shell,
  work: (config: Config, server: DatabaseServer) => Promise<T>,
): Promise<T> {
  const config = loadConfig(shell.environment);
  // The log goes to the standard output, which belongs to what a command prints; failures reach it as errors.
  configureLog('silent', config.instanceId);
  const server = await joinDatabase(config, (message) => void shell.stderr.write(`${message}\n`));
  try {
    return await work(config, server);
  } finally {
    await server.stop();
  }
}

/** Runs the work on a pool of its own, whose statements may take as long as they need. */
export async function withDatabase<T>(
  url: string,
  work: (database: Database, dataSource: DataSource) => Promise<T>,
): Promise<T> {
  const dataSource = createDataSource({
    url,
    applicationName: COMMAND,
    poolSize: POOL_SIZE,
    statementTimeout: 0,
    entities,
    onIdleError: () => undefined, // A lost connection fails the statement that needs it.
  });
  await dataSource.initialize();
  const database = new Database(dataSource);
  try {
    return await work(database, dataSource);
  } finally {
    database.close();
    await dataSource.destroy();
  }
}

/** Runs the work with the services of the application on a server. @throws StartupError when a migration is pending. */
export const withApplication = <T>(
  config: Config,
  server: DatabaseServer,
  work: (installation: Installation) => Promise<T>,
): Promise<T> =>
  withDatabase(server.appUrl, async (database, dataSource) => {
    await assertMigrated(database);
    const app = await createHeadlessApp(config, dataSource);
    try {
      return await work({ config, server, database, app });
    } finally {
      await app.close();
    }
  });

export const withInstallation = <T>(
  shell: Shell,
  work: (installation: Installation) => Promise<T>,
): Promise<T> => withServer(shell, (config, server) => withApplication(config, server, work));
