import type { FastifyInstance } from 'fastify';
import { registerDialect } from '../../../platform/errors/dialect.js';
import { ANY_ORIGIN, occupancyDialect } from './dialect.js';
import { isOccupancyPath } from './paths.js';

const PREFLIGHT = { ...ANY_ORIGIN, 'access-control-allow-methods': 'GET, PUT, OPTIONS' };

/**
 * What the occupancy service's clients need beside routes: any page may ask, whatever CORS_ORIGINS says. Call it
 * before the origins of our own API are looked at, and before routes are made.
 */
export function speakOccupancyService(fastify: FastifyInstance): void {
  registerDialect(fastify, occupancyDialect);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'OPTIONS' || !isOccupancyPath(request.url)) return done();
    void reply.code(204).headers(PREFLIGHT).send();
  });
}
