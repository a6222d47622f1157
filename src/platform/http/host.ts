import type { FastifyInstance } from 'fastify';
import type { Config } from '../../../config/env.js';
import { Problem } from '../errors/problem.js';
import { isLoopback } from './address.js';

const nameOf = (host: string): string =>
  host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();

/** How often a request names its host: of several, two readers may each believe another one. */
function timesNamed(rawHeaders: readonly string[]): number {
  let times = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') times += 1;
  }
  return times;
}

const notOneHost = (): Problem =>
  new Problem(400, 'malformed_request', 'A request must have exactly one Host header.', {
    headers: { connection: 'close' },
  });

/** Requests for another host than ours are 421 (RFC 9110, 15.5.20): nothing may be built from a forged Host. */
export function refuseForeignHosts(fastify: FastifyInstance, { publicUrl, listen }: Config): void {
  const ours = new URL(publicUrl).host;
  const onLoopback = listen.kind === 'tcp' && isLoopback(listen.host);
  const known = new Map<string, boolean>();
  const accepts = (host: string): boolean => {
    if (host === ours) return true;
    let accepted = known.get(host);
    if (accepted === undefined) {
      accepted = host.toLowerCase() === ours || (onLoopback && isLoopback(nameOf(host)));
      if (known.size < 1_000) known.set(host, accepted);
    }
    return accepted;
  };
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (timesNamed(request.raw.rawHeaders) !== 1) done(notOneHost());
    else if (accepts(request.headers.host ?? '')) done();
    else done(new Problem(421, 'misdirected_request', 'This server does not answer for that Host.'));
  });
}
