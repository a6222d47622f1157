import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** The environment does not fit: one line for each bad name, never with a secret's value. */
export class ConfigError extends Error {
  constructor(readonly lines: string[]) {
    super(lines.join('\n'));
  }
}

const SECRETS = ['DATABASE_URL', 'DATABASE_OWNER_URL', 'BOOTSTRAP_PASSWORD', 'SEALING_KEY'] as const;

const isHost = (value: string): boolean =>
  /^[A-Za-z0-9._:%-]+$/.test(value) && URL.canParse(`http://${bracketed(value)}`);

/** An IPv6 address as it stands in a URL. */
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

const onOff = z.enum(['on', 'off'], { error: 'must be "on" or "off"' }).transform((value) => value === 'on');

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/[^\s]*$/, 'must look like postgres://user:password@host/database')
  .refine(
    (value) => URL.canParse(value.replace(/^(postgres(?:ql)?:\/\/)(?=\/)/, '$1localhost')),
    'is not a URL',
  );

const isBareOrigin = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return (url.protocol === 'http:' || url.protocol === 'https:') && value.replace(/\/$/, '') === url.origin;
};

const origin = z
  .string()
  .refine(isBareOrigin, 'must be an origin such as https://desk.example.org, without a path')
  .transform((value) => value.replace(/\/$/, ''));

const schema = z.object({
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_OWNER_URL: postgresUrl.optional(),
  DATA_DIR: z.string().default('./var'),
  HOST: z.string().refine(isHost, 'must be a host name or an IP address').default('127.0.0.1'),
  PORT: wholeNumber(1, 65_535).default(3000),
  SOCKET_PATH: z
    .string()
    .refine((path) => Buffer.byteLength(path) <= 107, 'must be at most 107 bytes (a limit of Unix sockets)')
    .optional(),
  LISTEN_FDS: wholeNumber(0, 1_000).optional(),
  LISTEN_PID: wholeNumber(0, 999_999_999).optional(),
  PUBLIC_URL: origin.optional(),
  PROFILE: z
    .enum(['standard', 'hardened'], { error: 'must be "standard" or "hardened"' })
    .default('standard'),
  COMPAT: onOff.optional(),
  PUBLIC_SPACES: onOff.default(false),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    )
    .refine(
      (list) => list.every(isBareOrigin),
      'must be exact origins separated by commas, without a wildcard',
    )
    .transform((list) => list.map((item) => item.replace(/\/$/, ''))),
  ACCESS_TOKEN_MINUTES: wholeNumber(1, 1_440).default(60),
  REFRESH_TOKEN_DAYS: wholeNumber(1, 30).default(14),
  BOOTSTRAP_PASSWORD: z.string().optional(),
  SEALING_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 random bytes in base64 (openssl rand -base64 32)')
    .optional(),
  INSTANCE_ID: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 visible ASCII characters')
    .optional(),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
  TRUSTED_PROXY_HOPS: wholeNumber(0, 10).optional(),
});

/** Names whose values are fine alone and wrong together; looked for even when others are wrong, so that one start tells all. */
function contradictions(env: Environment): [name: string, message: string][] {
  const found: [string, string][] = [];
  const activated = isActivated(env);
  if ((env.SOCKET_PATH !== undefined || activated) && env.PUBLIC_URL === undefined) {
    found.push(['PUBLIC_URL', 'is required with SOCKET_PATH or LISTEN_FDS: it is the issuer of every token']);
  } else if (['0.0.0.0', '::'].includes(env.HOST ?? '') && env.PUBLIC_URL === undefined) {
    found.push(['PUBLIC_URL', `is required with HOST=${env.HOST}: clients cannot call that by name`]);
  }
  if (activated && env.LISTEN_FDS !== '1')
    found.push(['LISTEN_FDS', 'must be 1: one socket for one instance']);
  if (env.DATABASE_OWNER_URL !== undefined && env.DATABASE_URL === undefined) {
    found.push(['DATABASE_OWNER_URL', 'needs DATABASE_URL beside it']);
  }
  if (env.PROFILE === 'hardened') {
    if (env.COMPAT === 'on') found.push(['COMPAT', 'cannot be on with PROFILE=hardened']);
    if (env.PUBLIC_SPACES === 'on') found.push(['PUBLIC_SPACES', 'cannot be on with PROFILE=hardened']);
    if (env.BOOTSTRAP_PASSWORD !== undefined)
      found.push(['BOOTSTRAP_PASSWORD', 'is refused with PROFILE=hardened']);
  }
  return found;
}

/** Whether systemd has opened the socket, and for this very process (sd_listen_fds(3)). */
const isActivated = (env: Environment): boolean =>
  env.LISTEN_FDS !== undefined && env.LISTEN_PID === String(process.pid);

export type Listener =
  { kind: 'tcp'; host: string; port: number } | { kind: 'socket'; path: string } | { kind: 'fd'; fd: number };

/** Everything the environment decides, checked as a whole; nothing else reads process.env. */
export interface Config {
  /** undefined: the embedded PostgreSQL. */
  databaseUrl: string | undefined;
  databaseOwnerUrl: string | undefined;
  dataDir: string;
  listen: Listener;
  /** Issuer and base of every link, without a trailing slash. */
  publicUrl: string;
  profile: 'standard' | 'hardened';
  compat: boolean;
  /** Whether spaces may be made and used without a token, through the legacy occupancy routes only. */
  publicSpaces: boolean;
  corsOrigins: string[];
  accessTokenMinutes: number;
  refreshTokenDays: number;
  bootstrapPassword: string | undefined;
  /** 32 bytes in base64; undefined: kept in DATA_DIR/sealing-key. */
  sealingKey: string | undefined;
  instanceId: string;
  logLevel: string;
  trustedProxyHops: number;
  /** Started as a unit, so that standard output is the journal and not a person. */
  underSystemd: boolean;
}

type Environment = Record<string, string | undefined>;

/**
 * Reads and checks the environment.
 * @throws ConfigError with one line for each bad name.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const problems = new Map<string, string>();
  const complain = (name: string, message: string): void => {
    if (!problems.has(name)) problems.set(name, message);
  };
  const given = withSecretFiles(environment, complain);
  const parsed = schema.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) complain(String(issue.path[0]), issue.message);
  for (const [name, message] of contradictions(given)) complain(name, message);
  if (!parsed.success || problems.size > 0) {
    throw new ConfigError([...problems].map(([name, message]) => `${name} ${message}`));
  }
  const env = parsed.data;
  const listen: Listener = isActivated(given)
    ? { kind: 'fd', fd: 3 }
    : env.SOCKET_PATH !== undefined
      ? { kind: 'socket', path: env.SOCKET_PATH }
      : { kind: 'tcp', host: env.HOST, port: env.PORT };
  return {
    databaseUrl: env.DATABASE_URL,
    databaseOwnerUrl: env.DATABASE_OWNER_URL ?? env.DATABASE_URL,
    dataDir: resolve(env.DATA_DIR),
    listen,
    publicUrl: env.PUBLIC_URL ?? new URL(`http://${bracketed(env.HOST)}:${env.PORT}`).origin,
    profile: env.PROFILE,
    compat: env.COMPAT ?? env.PROFILE === 'standard',
    publicSpaces: env.PUBLIC_SPACES,
    corsOrigins: env.CORS_ORIGINS,
    accessTokenMinutes: env.ACCESS_TOKEN_MINUTES,
    refreshTokenDays: env.REFRESH_TOKEN_DAYS,
    bootstrapPassword: env.BOOTSTRAP_PASSWORD,
    sealingKey: env.SEALING_KEY,
    instanceId: env.INSTANCE_ID ?? `${hostname()}:${process.pid}`,
    logLevel: env.LOG_LEVEL,
    trustedProxyHops: env.TRUSTED_PROXY_HOPS ?? (listen.kind === 'tcp' ? 0 : 1),
    // Terminals of a desktop inherit these from a session that systemd started.
    underSystemd:
      given.INVOCATION_ID !== undefined && given.JOURNAL_STREAM !== undefined && !process.stdout.isTTY,
  };
}

/** Adds secrets given as `<NAME>_FILE` or as systemd credentials; an empty variable counts as unset. */
function withSecretFiles(
  environment: Environment,
  complain: (name: string, message: string) => void,
): Environment {
  const given: Environment = {};
  for (const [name, value] of Object.entries(environment)) if (value !== '') given[name] = value;
  for (const name of SECRETS) {
    const named = given[`${name}_FILE`];
    const credentials = given.CREDENTIALS_DIRECTORY;
    const path = named ?? (credentials ? join(credentials, name) : undefined);
    if (given[name] !== undefined || path === undefined) continue;
    try {
      given[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code;
      if (named !== undefined) complain(`${name}_FILE`, `cannot be read (${reason}): ${path}`);
      else if (reason !== 'ENOENT') complain(name, `cannot be read from its credential (${reason})`);
    }
  }
  return given;
}

/** systemd's activation variables are for this process alone: they must not reach a child (sd_listen_fds(3)). */
export function forgetActivation(): void {
  delete process.env.LISTEN_FDS;
  delete process.env.LISTEN_PID;
  delete process.env.LISTEN_FDNAMES;
}

/** Where the configuration files are; needed while schemas are built, before anything else is. */
export const configDir = resolve(process.env.CONFIG_DIR || './config');
