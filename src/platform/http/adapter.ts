import { randomUUID } from 'node:crypto';
import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance } from 'fastify';
import type { Config } from '../../../config/env.js';
import { Problem } from '../errors/problem.js';
import { problemBody, sendProblem } from '../errors/problem.filter.js';

/** One route as the server answers it. */
export interface ServedRoute {
  method: string;
  path: string;
}

const servedRoutes = new WeakMap<FastifyInstance, ServedRoute[]>();

/** Every route of a running application, found by listening to what is registered; HEAD follows from GET. */
export const routesOf = (fastify: FastifyInstance): ServedRoute[] => servedRoutes.get(fastify) ?? [];

const VISIBLE = /^[\x21-\x7e]{1,100}$/;

/** A caller's X-Request-Id is kept when it is short and visible ASCII; else one is made. */
function requestId(request: { headers: Record<string, unknown> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && VISIBLE.test(given) ? given : randomUUID();
}

/** What is not HTTP gets one answer and a closed connection, so that nothing is smuggled behind it. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? new Problem(408, 'malformed_request', 'The request did not arrive in time.')
      : new Problem(
          400,
          'malformed_request',
          'This is not a well-formed HTTP/1.1 request, or its headers are too large.',
        );
  const body = JSON.stringify(problemBody(problem, randomUUID()));
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json\r\n` +
      `Cache-Control: no-store\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** An HTTP server with limits on time for one that stands alone; behind nginx its own are tighter. */
export const createHttpServer = (): Server =>
  createServer({
    keepAliveTimeout: 72_000,
    requestTimeout: 30_000,
    headersTimeout: 10_000,
    connectionsCheckingInterval: 1_000,
    // A missing Host is refused with the other wrong ones: Node's own 400 has no body.
    requireHostHeader: false,
  });

/**
 * Fastify as we run it.
 * @param server may listen already, and somebody else say on it that there is no application yet.
 * @param rewriteUrl spellings of a path that count as another, before a route is looked for.
 */
export function createAdapter(
  { trustedProxyHops, instanceId }: Config,
  server: Server,
  rewriteUrl?: (url: string) => string,
): FastifyAdapter {
  const instance = fastify<Server>({
    bodyLimit: 1024 * 1024,
    genReqId: requestId,
    // A number would mean "trust nobody"; this trusts exactly the nearest proxies.
    trustProxy: trustedProxyHops === 0 ? false : (_address: string, hop: number) => hop < trustedProxyHops,
    return503OnClosing: false,
    forceCloseConnections: false,
    serverFactory: (handler) =>
      server.on('request', (request, response) => {
        if (!response.writableEnded) handler(request, response);
      }),
    routerOptions: { maxParamLength: 300 },
    clientErrorHandler: refuseMalformed,
    ...(rewriteUrl && { rewriteUrl: ({ url = '' }) => rewriteUrl(url) }),
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply),
  });
  // Node would answer 417 without a body; to leave such an expectation unmet is as good (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  const routes: ServedRoute[] = [];
  servedRoutes.set(instance, routes);
  instance.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) if (name !== 'HEAD') routes.push({ method: name, path: url });
  });
  instance.addHook('onRequest', (request, reply, done) => {
    reply.raw.setHeader('x-request-id', request.id);
    reply.raw.setHeader('x-instance-id', instanceId);
    reply.raw.setHeader('x-content-type-options', 'nosniff');
    reply.raw.setHeader('cache-control', 'no-store');
    done();
  });
  return new FastifyAdapter(instance as never);
}
