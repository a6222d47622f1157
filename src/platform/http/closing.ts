import type { FastifyInstance } from 'fastify';
import { type Readiness } from '../../operations/health/readiness.js';

/** While we stop, every answer tells its client to send the next request elsewhere (RFC 9112, 9.6). */
export function closeWhenStopping(fastify: FastifyInstance, readiness: Readiness): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (readiness.isStopping) void reply.header('connection', 'close');
    done(null, payload);
  });
}
