import type { FastifyInstance } from 'fastify';
import { countRequest } from '../metrics/metrics.js';
import { addressOf } from './address.js';
import { log } from './log.js';

/** One line and one observation for each request, by route pattern: a path may hold a secret, its pattern never. */
export function logRequests(fastify: FastifyInstance): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? '(no route)';
    const status = reply.raw.statusCode;
    const milliseconds = reply.elapsedTime;
    countRequest(request.method, route, status, milliseconds);
    log.info({
      request_id: request.id,
      method: request.method,
      route,
      status,
      ms: Math.round(milliseconds * 10) / 10,
      address: addressOf(request),
      user_id: request.user?.id,
      device_id: request.device?.id,
      user_agent: request.headers['user-agent'],
    });
    done();
  });
}
