import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type Command } from 'commander';
import { type Config, loadConfig } from '../../config/env.js';
import { declaredRoutes } from '../app/routes.js';
import { flagPath } from '../platform/maintenance/maintenance.flag.js';
import { type Build, buildOf, installedVersions, namedVersions } from '../operations/nginx-config/build.js';
import { httpLevel } from '../operations/nginx-config/http.js';
import { pathsOf } from '../operations/nginx-config/paths.js';
import { servers } from '../operations/nginx-config/servers.js';
import { type Site, textOf } from '../operations/nginx-config/site.js';
import { printLine, type Shell, UsageError, write } from './shell.js';

const MOST_INSTANCES = 64;

interface Options {
  domain: string[];
  instances: number;
  socketDir: string;
  tlsDir: string;
  acmeRoot: string;
  cacheDir: string;
  logDir: string;
  maintenanceFlag?: string;
  httpPort: number;
  httpsPort: number;
  metricsPort: number;
  ipv6: boolean;
  http3?: boolean;
  nginxVersion?: string;
  opensslVersion?: string;
  out?: string;
}

/** A name or an address, as it stands in a URL. @throws UsageError when it is neither. */
function domain(value: string): string {
  const bare = value.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  // With a zone it is an address of this machine alone, and none of a URL.
  if (isIP(bare) === 6 && !bare.includes('%')) return new URL(`http://[${bare}]`).hostname;
  if (isIP(bare) === 4) return bare;
  if (
    /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(bare)
  )
    return bare;
  throw new UsageError(`--domain must be a name such as desk.example.org or an IP address, and not ${value}`);
}

const collectDomain = (value: string, earlier: string[] = []): string[] => [
  ...new Set([...earlier, domain(value)]),
];

const number =
  (name: string, most: number) =>
  (value: string): number => {
    const parsed = /^\d{1,5}$/.test(value) ? Number(value) : 0;
    if (parsed < 1 || parsed > most) throw new UsageError(`${name} must be a whole number from 1 to ${most}`);
    return parsed;
  };

/** Stands between quotes nowhere, so it holds nothing that ends a word of nginx. */
function path(name: string, value: string): string {
  const absolute = resolve(value);
  if (/^[A-Za-z0-9/._+@-]+$/.test(absolute)) return absolute;
  throw new UsageError(`${name} must be a path of letters, digits and / . _ + @ -`);
}

async function buildFor({ nginxVersion, opensslVersion, http3 }: Options): Promise<Build> {
  if (nginxVersion === undefined && opensslVersion !== undefined)
    throw new UsageError('--openssl-version goes with --nginx-version');
  const versions =
    nginxVersion === undefined
      ? await installedVersions()
      : namedVersions(nginxVersion, opensslVersion, http3);
  return buildOf(versions, http3);
}

const siteOf = (config: Config, options: Options, build: Build): Site => ({
  domains: options.domain,
  instances: options.instances,
  socketDir: path('--socket-dir', options.socketDir),
  tlsDir: path('--tls-dir', options.tlsDir),
  acmeRoot: path('--acme-root', options.acmeRoot),
  cacheDir: path('--cache-dir', options.cacheDir),
  logDir: path('--log-dir', options.logDir),
  maintenanceFlag: path('--maintenance-flag', options.maintenanceFlag ?? flagPath(config)),
  ports: { http: options.httpPort, https: options.httpsPort, metrics: options.metricsPort },
  ipv6: options.ipv6,
  build,
  paths: pathsOf(declaredRoutes(config)),
});

/** nginx may read the file while it is written, so it is put in place whole. */
function put(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, text);
    chmodSync(draft, 0o644);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

async function nginxConfig(shell: Shell, options: Options): Promise<void> {
  const config = loadConfig(shell.environment);
  const site = siteOf(config, options, await buildFor(options));
  const text = textOf([
    '# Made by `frontdesk nginx-config`, for the http context of nginx. Make it anew instead of changing it.',
    '',
    ...httpLevel(site),
    '',
    ...servers(site),
  ]);
  if (options.out === undefined) return write(shell.stdout, text);
  put(options.out, text);
  await printLine(shell, `${options.out} is written. Look at it with nginx -t, then: systemctl reload nginx`);
}

export function addNginxConfig(program: Command, shell: Shell): void {
  program
    .command('nginx-config')
    .description(
      'Print the configuration of an nginx in front of the instances; the same options give the same bytes.',
    )
    .requiredOption(
      '--domain <name>',
      'a name or an IP address to serve; may be repeated. The first is the host of PUBLIC_URL',
      collectDomain,
    )
    .option('--instances <n>', 'how many instances', number('--instances', MOST_INSTANCES), 2)
    .option('--socket-dir <dir>', 'where their sockets 1.sock, 2.sock ... are', '/run/frontdesk')
    .option(
      '--tls-dir <dir>',
      'holds site.crt, site.key, selfsigned.crt, selfsigned.key',
      '/etc/frontdesk/tls',
    )
    .option('--acme-root <dir>', 'where certbot writes its challenges', '/var/lib/frontdesk-acme')
    .option('--cache-dir <dir>', 'for what everybody may see; nginx makes it', '/var/lib/nginx/frontdesk')
    .option('--log-dir <dir>', 'for frontdesk.access.log and frontdesk.error.log', '/var/log/nginx')
    .option('--maintenance-flag <file>', 'default: maintenance.flag in DATA_DIR')
    .option('--http-port <n>', '', number('--http-port', 65_535), 80)
    .option('--https-port <n>', '', number('--https-port', 65_535), 443)
    .option('--metrics-port <n>', 'on 127.0.0.1', number('--metrics-port', 65_535), 9180)
    .option('--no-ipv6', 'for a machine without IPv6')
    .option('--http3', 'serve HTTP/3; default: when the nginx of this machine can')
    .option('--no-http3', 'do not serve HTTP/3')
    .option('--nginx-version <version>', 'write for this nginx; default: that of this machine, else 1.22')
    .option('--openssl-version <version>', 'with --nginx-version: its OpenSSL; default 3.0')
    .option('--out <file>', 'write it there instead of printing it')
    .action((options: Options) => nginxConfig(shell, options));
}
