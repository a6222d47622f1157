import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../errors/problem.js';

interface Representation {
  id?: unknown;
  version?: unknown;
  next_cursor?: unknown;
}

/** The strong entity tag of a row: its version counts every change, so it never repeats (RFC 9110, 8.8.3). */
export const etagOf = (version: number): string => `"${version}"`;

/**
 * Holds a change to the version that the client has seen.
 * @throws Problem 412 when an If-Match header names neither `*` nor the current version (RFC 9110, 13.1.1).
 */
export function assertMatches(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined) return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.includes('*') || tags.includes(etagOf(version))) return;
  throw new Problem(
    412,
    'precondition_failed',
    `This was changed meanwhile: its ETag is now ${etagOf(version)}. Read it again.`,
    {
      headers: { etag: etagOf(version) },
    },
  );
}

function nextPage(request: FastifyRequest, cursor: string): string {
  const [path = '', search = ''] = request.url.split('?', 2);
  const query = new URLSearchParams(search);
  query.set('cursor', cursor);
  return `<${path}?${query.toString()}>; rel="next"`;
}

function describe(request: FastifyRequest, reply: FastifyReply, payload: Representation): void {
  if (typeof payload.version === 'number') reply.header('etag', etagOf(payload.version));
  if (typeof payload.next_cursor === 'string') reply.header('link', nextPage(request, payload.next_cursor));
  // What has a version can be read by itself.
  if (reply.statusCode === 201 && typeof payload.version === 'number') {
    reply.header('location', `${request.url.split('?', 1)[0]}/${String(payload.id)}`);
  }
}

/** ETag of a single resource, Location of a new one, Link to the next page: read off what is about to be sent. */
export function describeRepresentations(fastify: FastifyInstance): void {
  fastify.addHook('preSerialization', (request, reply, payload, done) => {
    if (typeof payload === 'object' && payload !== null) describe(request, reply, payload);
    done(null, payload);
  });
}
