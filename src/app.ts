import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import type { Config } from '../config/env.js';
import { documentationOf } from './app.documentation.js';
import { AppModule } from './app.module.js';
import { mountTokenEndpoints } from './auth/token.mount.js';
import { withoutTrailingSlash } from './compat/ticket-server/paths.js';
import { speakTicketServer } from './compat/ticket-server/ticket-server.hooks.js';
import { Callers } from './platform/access/callers.js';
import { Readiness } from './platform/health/readiness.js';
import { createAdapter } from './platform/http/adapter.js';
import { closeWhenStopping } from './platform/http/closing.js';
import { allowOrigins } from './platform/http/cors.js';
import { serveDocs } from './platform/http/docs.js';
import { refuseForeignHosts } from './platform/http/host.js';
import { readJsonBodies } from './platform/http/json-body.js';
import { nestLogger } from './platform/http/log.js';
import { logRequests } from './platform/http/request-log.js';
import { describeRepresentations } from './platform/http/representation.js';
import { announceMaintenance, closeForMaintenance } from './platform/maintenance/maintenance.gate.js';
import { MaintenanceWatch } from './platform/maintenance/maintenance.watch.js';

/** Paths outside the prefix of the API. */
const UNPREFIXED = [
  'health/live',
  'health/ready',
  'metrics',
  'maintenance',
  'board/:display_token',
  'board/:display_token/state',
  'board/:display_token/stream',
  'board/assets/:version/:file',
];

/** The whole application on an open database, ready to listen. */
export async function createApp(config: Config, dataSource: DataSource): Promise<NestFastifyApplication> {
  const adapter = createAdapter(config, config.compat ? withoutTrailingSlash : undefined);
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
  closeWhenStopping(fastify, app.get(Readiness));
  refuseForeignHosts(fastify, config);
  await allowOrigins(fastify, config);
  closeForMaintenance(fastify, maintenance, app.get(Callers));
  readJsonBodies(fastify);
  describeRepresentations(fastify);
  if (config.compat) speakTicketServer(fastify);
  app.setGlobalPrefix('api/v1', { exclude: UNPREFIXED });
  await mountTokenEndpoints(app, fastify);
  serveDocs(app, fastify, documentationOf(config));
  await app.init();
  await fastify.ready();
  await maintenance.start();
  return app;
}

/** The services of the application on an open database, without HTTP: for jobs and commands. */
export const createHeadlessApp = (config: Config, dataSource: DataSource): Promise<INestApplicationContext> =>
  NestFactory.createApplicationContext(AppModule.register(config, dataSource), {
    abortOnError: false,
    logger: nestLogger,
  });
