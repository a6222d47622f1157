import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { countRequest } from '../metrics/metrics.js';
import { addressOf } from './address.js';
import { log } from '../log/log.js';

/**
 * One line and one observation for a request, by route pattern: a path may hold a secret, its pattern never.
 * @param address for a connection that is gone, and with it the name of its other end.
 */
export function logRequest(request: FastifyRequest, reply: FastifyReply, address = addressOf(request)): void {
  const { principal } = request;
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
    address,
    user_id: principal?.type === 'user' ? principal.id : undefined,
    device_id: principal?.type === 'device' ? principal.id : undefined,
    user_agent: request.headers['user-agent'],
  });
}

/** Logs each request when its answer is finished; whoever sends one that may be left unfinished logs that. */
export function logRequests(fastify: FastifyInstance): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply);
    done();
  });
}
