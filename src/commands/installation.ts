import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { type Config, loadConfig } from '../../config/env.js';
import { AppModule } from '../app.module.js';
import { entities } from '../entities.js';
import { type DatabaseServer, reachDatabase } from '../platform/database/connection.js';
import { createDataSource } from '../platform/database/data-source.js';
import { Database } from '../platform/database/database.js';
import { joinEmbeddedPostgres } from '../platform/database/embedded/join.js';
import { configureLog, nestLogger } from '../platform/http/log.js';
import { assertMigrated } from '../serve.js';
import type { Shell } from './shell.js';

const POOL_SIZE = 4;

/** An installation as a command uses it: the application's own modules, without HTTP. */
export interface Installation {
  config: Config;
  server: DatabaseServer;
  database: Database;
  app: INestApplicationContext;
}

/** The server of a running application on the same DATA_DIR, the one of DATABASE_URL, or one of our own. */
async function reach(config: Config, shell: Shell): Promise<DatabaseServer> {
  const joined = config.databaseUrl === undefined ? await joinEmbeddedPostgres(config.dataDir) : undefined;
  if (joined) return { ownerUrl: joined.url, appUrl: joined.appUrl, stop: () => Promise.resolve() };
  return reachDatabase(config, (message) => void shell.stderr.write(`${message}\n`));
}

/** Runs the work while the database server is there. */
export async function withServer<T>(
  shell: Shell,
  work: (config: Config, server: DatabaseServer) => Promise<T>,
): Promise<T> {
  const config = loadConfig(shell.environment);
  // The log goes to the standard output, which belongs to what a command prints; failures reach it as errors.
  configureLog('silent', config.instanceId);
  const server = await reach(config, shell);
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
    applicationName: 'frontdesk command',
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
    const app = await NestFactory.createApplicationContext(AppModule.register(config, dataSource), {
      abortOnError: false,
      logger: nestLogger,
    });
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
