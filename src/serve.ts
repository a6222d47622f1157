import { chmodSync, existsSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect, Server as NetServer } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { type Config, forgetActivation } from '../config/env.js';
import { createApp } from './app.js';
import { entities } from './entities.js';
import { reachDatabase } from './platform/database/connection.js';
import { createDataSource } from './platform/database/data-source.js';
import { Database } from './platform/database/database.js';
import { migrate, migrationState } from './platform/database/migrate.js';
import { StartupError } from './platform/errors/startup-error.js';
import { Readiness } from './platform/health/readiness.js';
import { configureLog, flushLog, log } from './platform/http/log.js';
import { createFirstUsers, firstUsersMessage } from './users/first-users.js';
import { UserService } from './users/user.service.js';

const POOL_SIZE = 10;
const STATEMENT_TIMEOUT_MS = 5_000;
const GRACE_MS = 9_000;
const LINGER_MS = 250;

interface ServeOptions {
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

async function assertMigrated(database: Database): Promise<void> {
  const { pending, unknown } = await migrationState(database);
  if (pending.length > 0) {
    throw new StartupError(`The database lacks ${pending.length} migrations (${pending.join(', ')}). Run: frontdesk migrate`);
  }
  if (unknown.length > 0) log.info({ unknown }, 'the schema is newer than this version');
}

/** Runs until a signal comes: starts the database when it is ours, serves HTTP, then closes all in order. */
export async function serve(config: Config, { prepare }: ServeOptions): Promise<void> {
  configureLog(config.logLevel, config.instanceId);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new StartupError(`DATA_DIR ${config.dataDir} cannot be made (${error.code}). Choose a directory this user may write.`);
  });
  const server = await reachDatabase(config, (message) => log.info(message));
  let dataSource: DataSource | undefined;
  try {
    if (prepare) await migrate(server);
    dataSource = await openDataSource(config, server.appUrl);
    const database = new Database(dataSource);
    await assertMigrated(database);
    const app = await createApp(config, dataSource);
    const greeting = prepare
      ? firstUsersMessage(config, await createFirstUsers(config, database, app.get(UserService)), config.underSystemd)
      : [];
    await listen(app, config);
    greet(config, greeting);
    await untilSignal();
    await stop(app);
  } finally {
    await dataSource?.destroy().catch((error: unknown) => log.warn({ err: error }, 'the pool did not close'));
    await server.stop();
    flushLog();
  }
  process.exit(0);
}

function greet({ publicUrl, listen: listener, underSystemd }: Config, lines: string[]): void {
  const text = [...lines, `Frontdesk serves ${publicUrl}/api/v1`, `Swagger UI: ${publicUrl}/docs`];
  if (listener.kind === 'tcp' && !underSystemd) process.stdout.write(`${text.join('\n')}\n`);
  else for (const line of text) log.info(line);
}

async function listen(app: NestFastifyApplication, { listen: listener }: Config): Promise<void> {
  const server: Server = app.getHttpServer();
  forgetActivation();
  if (listener.kind === 'socket') await removeStaleSocket(listener.path);
  const umask = process.umask(listener.kind === 'socket' ? 0o117 : process.umask());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.once('listening', resolve);
      if (listener.kind === 'tcp') server.listen({ host: listener.host, port: listener.port });
      else if (listener.kind === 'socket') server.listen({ path: listener.path });
      else server.listen({ fd: listener.fd });
    });
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, listener);
  } finally {
    process.umask(umask);
  }
  if (listener.kind === 'socket') chmodSync(listener.path, 0o660);
}

function cannotListen(error: NodeJS.ErrnoException, listener: Config['listen']): StartupError {
  const place =
    listener.kind === 'tcp' ? `${listener.host}:${listener.port}` : listener.kind === 'socket' ? listener.path : `fd ${listener.fd}`;
  const remedy =
    error.code === 'EADDRINUSE'
      ? 'Another program has it: stop that one, or set PORT.'
      : error.code === 'EACCES'
        ? 'This user may not use it: choose another PORT or SOCKET_PATH.'
        : 'Check HOST, PORT and SOCKET_PATH.';
  return new StartupError(`Cannot listen on ${place} (${error.code}). ${remedy}`, { cause: error });
}

/** A socket left by a killed process would refuse the bind; one that answers belongs to a living server. */
async function removeStaleSocket(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive) throw new StartupError(`Another server answers on ${path}. Stop it, or set SOCKET_PATH.`);
  rmSync(path);
}

const untilSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });

/** Stops taking connections, lets the running requests finish, then closes the application. */
async function stop(app: NestFastifyApplication): Promise<void> {
  app.get(Readiness).stop();
  const server: Server = app.getHttpServer();
  server.prependListener('request', (_request, response) => void response.setHeader('connection', 'close'));
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  // The close of http.Server would cut idle connections at once, under a request that is on its way.
  NetServer.prototype.close.call(server);
  const linger = setInterval(() => server.closeIdleConnections(), LINGER_MS);
  const late = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearInterval(linger);
  clearTimeout(late);
  await app.close();
}
