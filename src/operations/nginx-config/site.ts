import type { Build } from './build.js';
import type { Paths } from './paths.js';

/** What a configuration is made from: the same site gives the same bytes. */
export interface Site {
  /** Names and addresses of the outside; the first is the host of PUBLIC_URL. */
  domains: string[];
  instances: number;
  socketDir: string;
  /** Holds site.crt, site.key, selfsigned.crt and selfsigned.key. */
  tlsDir: string;
  /** Where the answers to ACME challenges are written. */
  acmeRoot: string;
  cacheDir: string;
  logDir: string;
  /** Is there while something is closed for maintenance. */
  maintenanceFlag: string;
  ports: { http: number; https: number; metrics: number };
  ipv6: boolean;
  build: Build;
  paths: Paths;
}

/** Names by which the machine calls itself; served on its loopback addresses alone. */
const OF_THE_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

export const loopbackNames = OF_THE_MACHINE;

/** Names of the outside. */
export const outerNames = ({ domains }: Site): string[] =>
  domains.filter((domain) => !OF_THE_MACHINE.includes(domain));

export const isAddress = (domain: string): boolean => /^\d+(?:\.\d+){3}$|^\[/.test(domain);

/** The host of PUBLIC_URL, which is the only one that the application answers for. */
export const publicHost = ({ domains: [first = ''], ports: { https } }: Site): string =>
  https === 443 ? first : `${first}:${https}`;

export type Lines = (string | Lines)[];

/** A block with its content indented. */
export const block = (head: string, ...content: Lines): Lines => [`${head} {`, content, '}'];

const indented = (lines: Lines, depth: number): string[] =>
  lines.flatMap((line) =>
    typeof line === 'string'
      ? [line === '' ? '' : `${'    '.repeat(depth)}${line}`]
      : indented(line, depth + 1),
  );

export const textOf = (lines: Lines): string => `${indented(lines, 0).join('\n')}\n`;

/** Addresses of this machine to listen on. @param words after the address. */
export function listen(
  { ipv6 }: Site,
  where: 'everywhere' | 'loopback',
  port: number,
  ...words: string[]
): string[] {
  const hosts = where === 'everywhere' ? ['', '[::]:'] : ['127.0.0.1:', '[::1]:'];
  return hosts
    .filter((host) => ipv6 || !host.startsWith('['))
    .map((host) => `listen ${[`${host}${port}`, ...words].join(' ')};`);
}
