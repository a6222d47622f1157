import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DialectAnswer, ErrorDialect } from '../../../platform/errors/dialect.js';
import type { Problem } from '../../../platform/errors/problem.js';
import { routesOf } from '../../../platform/http/adapter.js';
import { allowedMethods } from './allowed.methods.js';
import { isLegacyPath } from './paths.js';
import { validationList } from './validation.list.js';
import { legacyWording } from './wording.js';

const answer = (status: number, detail: unknown, headers: Record<string, string> = {}): DialectAnswer => ({
  status,
  type: 'application/json',
  headers,
  body: { detail },
});

/** RFC 9110, 15.5.2: a 401 names its scheme, also where ours is a 403. */
const challenge = (status: number, { headers }: Problem): Record<string, string> =>
  status === 401 && headers['www-authenticate'] === undefined ? { 'www-authenticate': 'Bearer' } : {};

/** No route was found, or not with this method. */
function noRoute(fastify: FastifyInstance, { method, url }: FastifyRequest): DialectAnswer {
  const allowed = allowedMethods(routesOf(fastify), url.split('?', 1)[0] ?? '');
  if (allowed.length === 0 || allowed.includes(method)) return answer(404, 'Not Found');
  return answer(405, 'Method Not Allowed', { allow: allowed.join(', ') });
}

/** `{"detail": ...}` and nothing else, in the ticket server's words where it had any. */
export const ticketServerDialect = (fastify: FastifyInstance): ErrorDialect => ({
  speaks: ({ url }) => isLegacyPath(url),
  render: (problem, request) => {
    const wording = legacyWording(problem);
    if (wording) return answer(wording.status, wording.detail, challenge(wording.status, problem));
    if (problem.code === 'not_found') return noRoute(fastify, request);
    const list = validationList(problem);
    return list ? answer(422, list) : answer(problem.status, problem.detail);
  },
});
