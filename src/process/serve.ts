import type { Server } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { type Config, forgetActivation } from '../../config/env.js';
import { createApp, createHeadlessApp } from '../app/create-app.js';
import { entities } from '../app/entities.js';
import { listen } from './listen.js';
import { joinDatabase, reachDatabase } from '../operations/database-server.js';
import { createDataSource } from '../platform/database/data-source.js';
import { Database } from '../platform/database/database.js';
import { createHttpServer } from '../platform/http/adapter.js';
import { prepareDataDir } from '../operations/embedded-postgres/directories.js';
import { migrate } from '../platform/migrations/migrate.js';
import { migrationState } from '../platform/migrations/state.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { configureLog, flushLog, log } from '../platform/log/log.js';
import { product } from '../platform/product.js';
import { readSettings, settings } from '../platform/settings/settings.js';
import { JobWorker } from '../platform/jobs/job.worker.js';
import { reloadConfiguration } from './reload.js';
import { limitStop, stopServing, untilSignal, watchConnections } from './graceful-shutdown.js';
import { checkBootstrapPassword, createFirstUsers, firstUsersMessage } from '../users/first-users.js';
import { UserService } from '../users/user.service.js';
import { sayUnavailable, whenReachable } from './wait-for-database.js';

const POOL_SIZE = 10;
const STATEMENT_TIMEOUT_MS = 5_000;

/** What a process is for. Any number may serve, and any number may work. */
interface Role {
  http: boolean;
  jobs: boolean;
  /** Migrate and make the first users before serving; without it a pending migration stops the start. */
  prepare: boolean;
}

/** Opens the application's pool. */
export async function openDataSource(config: Config, url: string): Promise<DataSource> {
  const dataSource = createDataSource({
    url,
    applicationName: `frontdesk ${config.instanceId}`.slice(0, 63),
    poolSize: POOL_SIZE,
    statementTimeout: STATEMENT_TIMEOUT_MS,
    entities,
    onIdleError: (error) => log.warn({ err: error }, 'an idle database connection was lost'),
  });
  return dataSource.initialize();
}

export async function assertMigrated(database: Database): Promise<void> {
  const { pending, unknown, breaking } = await migrationState(database);
  if (pending.length > 0) {
    throw new StartupError(
      `The database lacks ${pending.length} migrations (${pending.join(', ')}). Run: frontdesk migrate`,
    );
  }
  if (breaking.length > 0) {
    throw new StartupError(
      `The database was migrated by a newer version with which this one cannot live (${breaking.join(', ')}): start that version.`,
    );
  }
  if (unknown.length > 0) log.info({ unknown }, 'the schema is newer than this version');
}

/** Everything that can be refused before anything is made. @throws ConfigError or StartupError. */
function checkConfiguration(config: Config): void {
  settings.replace(readSettings((line) => log.warn(line)));
  checkBootstrapPassword(config);
  prepareDataDir(config.dataDir);
}

/** What the embedded server says of its ordinary life is for whoever looks for a fault. */
const passOn = (message: string): void =>
  /^postgres: LOG(?!.*not properly)/.test(message) ? log.debug(message) : log.info(message);

/** To whoever started us: as text, or under systemd as lines of the log, which is the journal. */
function tell({ underSystemd }: Config, lines: string[]): void {
  if (underSystemd) for (const line of lines) log.info(line);
  else if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

/** Takes requests; while it waited for the database the server may listen already. @returns what stops it. */
async function startServing(app: NestFastifyApplication, config: Config): Promise<() => Promise<void>> {
  const server: Server = app.getHttpServer();
  const closeUnused = watchConnections(server);
  if (!server.listening) await listen(server, config.listen);
  server.off('request', sayUnavailable);
  tell(config, [`Frontdesk serves ${config.publicUrl}/api/v1`, `Swagger UI: ${config.publicUrl}/docs`]);
  return () => stopServing(app, closeUnused);
}

/**
 * Runs until a signal comes: starts the database when it is ours, serves HTTP, runs jobs, then closes all in order.
 * @throws StartupError also when a database server of ours ends by itself.
 */
export async function serve(config: Config, { http, jobs, prepare }: Role): Promise<void> {
  configureLog(config.logLevel, config.instanceId);
  log.info(product, 'starting');
  forgetActivation();
  checkConfiguration(config);
  const reach = http ? reachDatabase : joinDatabase;
  const httpServer = http ? createHttpServer() : undefined;
  const server = await whenReachable(config, () => reach(config, passOn), httpServer);
  let dataSource: DataSource | undefined;
  let app: INestApplicationContext | undefined;
  let failure: string | undefined;
  try {
    if (prepare) await migrate(server);
    dataSource = await openDataSource(config, server.appUrl);
    const database = new Database(dataSource);
    await assertMigrated(database);
    const served = httpServer && (await createApp(config, dataSource, httpServer));
    const running = served ?? (await createHeadlessApp(config, dataSource));
    app = running;
    if (prepare) {
      const made = await createFirstUsers(config, database, running.get(UserService));
      // At once: whatever goes wrong later, these are shown only now.
      tell(config, firstUsersMessage(config, made, config.underSystemd));
    }
    const signal = untilSignal(() => reloadConfiguration());
    const stopHttp = served && (await startServing(served, config));
    const worker = running.get(JobWorker);
    if (jobs) {
      worker.start();
      log.info('running jobs');
    }
    failure = (await Promise.race([signal, server.failed ?? signal])) ?? undefined;
    limitStop(failure === undefined ? 0 : 1);
    await Promise.all([worker.stop(), stopHttp?.()]);
  } catch (error) {
    // What is open already, such as a connection that listens, is no reason to stay.
    limitStop(1);
    throw error;
  } finally {
    // The pool cannot end while a part of the application holds one of its connections.
    await app?.close();
    await dataSource?.destroy().catch((error: unknown) => log.warn({ err: error }, 'the pool did not close'));
    await server.stop();
    flushLog();
  }
  if (failure !== undefined) throw new StartupError(failure);
  process.exit(0);
}
