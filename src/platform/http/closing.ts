import type { FastifyInstance } from 'fastify';
import type { Shutdown } from '../shutdown.js';

/** While we stop, every answer tells its client to send the next request elsewhere (RFC 9112, 9.6). */
export function closeWhenStopping(fastify: FastifyInstance, shutdown: Shutdown): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (shutdown.hasBegun) void reply.header('connection', 'close');
    done(null, payload);
  });
}
