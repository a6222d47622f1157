import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../../config/env.js';

/** Only the exact origins of CORS_ORIGINS may call from a browser; without any, no CORS header is ever sent. */
export async function allowOrigins(fastify: FastifyInstance, { corsOrigins }: Config): Promise<void> {
  if (corsOrigins.length === 0) return;
  await fastify.register(cors, {
    origin: corsOrigins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'if-match', 'idempotency-key', 'x-request-id'],
    exposedHeaders: [
      'etag',
      'link',
      'location',
      'retry-after',
      'x-request-id',
      'x-instance-id',
      'x-maintenance',
    ],
    maxAge: 600,
    // The plugin would refuse an OPTIONS that is no preflight with a text of its own.
    strictPreflight: false,
  });
}
