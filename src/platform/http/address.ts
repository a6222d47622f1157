import { BlockList, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** The client's address for limits, audit and log; on a Unix socket without a proxy there is none to name. */
export const addressOf = (request: FastifyRequest): string => request.ip || 'unix';

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The unit in which addresses are limited: one IPv4 address, or the /64 that one IPv6 customer holds. */
export function addressBlock(address: string): string {
  const v4 = mapped.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    while (groups.length + rest.length < 8) groups.push('0');
    groups.push(...rest);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
