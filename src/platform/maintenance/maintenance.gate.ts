import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../errors/problem.js';
import type { MaintenanceWatch } from './maintenance.watch.js';
import type { Maintenance } from './maintenance.schemas.js';

const RETRY_AFTER_SECONDS = '60';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Open in every mode: who watches us, who asks how long, and who signs in, as an admin must. */
const OPEN = /^\/(?:health\/|metrics$|maintenance$|\.well-known\/|api\/v1\/token(?:\/|$))/;

const describe = ({ state, mode, starts_at }: Maintenance): string =>
  `${state}; mode=${mode}; starts_at=${starts_at}`;

/** Says on every answer that there is one. */
export function announceMaintenance(fastify: FastifyInstance, watch: MaintenanceWatch): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    const { current } = watch;
    if (current.state !== 'none') reply.raw.setHeader('x-maintenance', describe(current));
    done();
  });
}

const closes = ({ state, mode }: Maintenance, { method, routeOptions }: FastifyRequest): boolean => {
  if (state !== 'active' || mode === 'notice') return false;
  if (mode === 'read_only' && SAFE.has(method)) return false;
  return !OPEN.test(routeOptions.url ?? '');
};

function refusal({ mode, message }: Maintenance): Problem {
  const what = mode === 'full' ? 'This service is' : 'Changes are';
  const words = message === null ? '' : ` The operator says: ${message}`;
  const detail = `${what} closed for maintenance; GET /maintenance tells when that has ended.${words}`;
  return new Problem(503, 'maintenance', detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } });
}

/**
 * Refuses what is closed, before a body is read.
 * @param isExempt whether whoever calls works through a maintenance.
 */
export function closeForMaintenance(
  fastify: FastifyInstance,
  watch: MaintenanceWatch,
  isExempt: (request: FastifyRequest) => Promise<boolean>,
): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { current } = watch;
    if (!closes(current, request)) return done();
    isExempt(request).then((exempt) => {
      done(exempt ? undefined : refusal(current));
    }, done);
  });
}

/** Why somebody who reads for long, and is not exempt, may not go on; undefined while they may. */
export function closedToReaders(current: Maintenance): Problem | undefined {
  return current.state === 'active' && current.mode === 'full' ? refusal(current) : undefined;
}
