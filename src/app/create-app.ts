import 'reflect-metadata';
import type { Server } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import type { Config } from '../../config/env.js';
import { documentationOf } from './documentation.js';
import { AppModule } from './app.module.js';
import { PREFIX, UNPREFIXED } from './routes.js';
import { KeyWatch } from '../auth/keys/key.watch.js';
import { mountTokenEndpoints } from '../auth/token.mount.js';
import { speakOccupancyService } from '../legacy/occupancy-service/routes/occupancy-service.hooks.js';
import { withoutSlashAfterChange } from '../legacy/occupancy-service/routes/paths.js';
import { withoutTrailingSlash } from '../legacy/ticket-server/routes/paths.js';
import { speakTicketServer } from '../legacy/ticket-server/routes/ticket-server.hooks.js';
import { worksThroughMaintenance } from '../access/access.policy.js';
import { RequestPrincipal } from '../access/principals.js';
import { createAdapter, createHttpServer } from '../platform/http/adapter.js';
import { closeWhenStopping } from '../platform/http/closing.js';
import { allowOrigins } from '../platform/http/cors.js';
import { serveDocs } from '../platform/openapi/docs.js';
import { refuseForeignHosts } from '../platform/http/host.js';
import { readJsonBodies } from '../platform/http/json-body.js';
import { nestLogger } from '../platform/log/log.js';
import { logRequests } from '../platform/http/request-log.js';
import { writeHeavyPages } from '../platform/http/heavy.pages.js';
import { describeRepresentations } from '../platform/http/representation.js';
import { announceMaintenance, closeForMaintenance } from '../platform/maintenance/maintenance.gate.js';
import { MaintenanceWatch } from '../platform/maintenance/maintenance.watch.js';
import { Shutdown } from '../platform/shutdown.js';

/** Spellings that the clients of the legacy services use. */
const legacySpelling = (url: string): string => withoutSlashAfterChange(withoutTrailingSlash(url));

/** The whole application on an open database, ready to listen. */
export async function createApp(
  config: Config,
  dataSource: DataSource,
  server: Server = createHttpServer(),
): Promise<NestFastifyApplication> {
  const adapter = createAdapter(config, server, config.compat ? legacySpelling : undefined);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register(config, dataSource),
    adapter,
    {
      abortOnError: false,
      bodyParser: false,
      logger: nestLogger,
    },
  );
  const fastify = adapter.getInstance();
  logRequests(fastify);
  const maintenance = app.get(MaintenanceWatch);
  announceMaintenance(fastify, maintenance);
  closeWhenStopping(fastify, app.get(Shutdown));
  refuseForeignHosts(fastify, config);
  if (config.compat) speakOccupancyService(fastify);
  await allowOrigins(fastify, config);
  const principals = app.get(RequestPrincipal);
  closeForMaintenance(fastify, maintenance, async (request) =>
    worksThroughMaintenance(await principals.of(request)),
  );
  readJsonBodies(fastify);
  describeRepresentations(fastify);
  writeHeavyPages(fastify);
  if (config.compat) speakTicketServer(fastify);
  app.setGlobalPrefix(PREFIX, { exclude: UNPREFIXED });
  await mountTokenEndpoints(app, fastify);
  serveDocs(app, fastify, documentationOf(config));
  await app.init();
  await fastify.ready();
  await maintenance.start();
  app.get(KeyWatch, { strict: false }).start();
  return app;
}

/** The services of the application on an open database, without HTTP: for jobs and commands. */
export const createHeadlessApp = (config: Config, dataSource: DataSource): Promise<INestApplicationContext> =>
  NestFactory.createApplicationContext(AppModule.register(config, dataSource), {
    abortOnError: false,
    logger: nestLogger,
  });
