import { PATHS } from '../../auth/token/token.service.js';

/** A route of the application, as its controller declares it. */
export interface ProxiedRoute {
  method: string;
  path: string;
  /** Of a legacy API, which knows no Idempotency-Key. */
  legacy: boolean;
}

/** The prefix of the API. */
const PREFIX = '/api/v1/';

/** What nginx has to know about paths, all of it found in the routes of the application. */
export interface Paths {
  /** Locations by their beginning and by their whole. */
  prefixes: string[];
  exact: string[];
  /** The same for everybody, for as long as the application says: by their beginning and by their whole. */
  keptPrefixes: string[];
  keptExact: string[];
  /** Server-sent events; patterns. */
  streams: string[];
  /** Resources with an entity tag that a client may send back; patterns. */
  tagged: string[];
  /** Changes that must not be sent twice although their method says they could be; prefixes. */
  once: string[];
  /** A POST that an Idempotency-Key makes safe to send again; patterns. */
  keyed: string[];
  /** What follows these in a path is a secret. */
  secrets: string[];
}

/** Served elsewhere, and to nobody outside. */
const CLOSED = '/metrics';

const { token, revoke, ...DOCUMENTS } = PATHS;

const KEPT_EXACT: readonly string[] = [...Object.values(DOCUMENTS), '/openapi.json', '/maintenance'];

/** Whole directories of files: everything below one, or what a page names by a version. */
const FILES = /^(.*\/(?=\*$)|.*\/assets\/)/;

/** The legacy occupancy service makes and counts with PUT. */
const COUNTS_WITH_PUT = '/space/';

/** A route as a pattern of nginx: a parameter stands for one segment. */
const patternOf = (path: string): string =>
  `^${path
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^$()|[\]\\]/g, '\\$&')))
    .join('/')}$`;

const unique = (values: string[]): string[] => [...new Set(values)].sort();

/** Where the location begins that a path belongs to; undefined for a path that is alone. */
function prefixOf(path: string): string | undefined {
  if (path.startsWith(PREFIX)) return PREFIX;
  const [, first = '', ...more] = path.split('/');
  if (first.startsWith(':')) throw new Error(`nginx could not tell ${path} from other paths`);
  return more.length === 0 ? undefined : `/${first}/`;
}

export function pathsOf(routes: ProxiedRoute[]): Paths {
  const of = (wanted: (route: ProxiedRoute) => boolean): string[] =>
    unique(routes.filter(wanted).map(({ path }) => path));
  const proxied = of(({ path }) => path !== CLOSED);
  const files = proxied.filter((path) => FILES.test(path));
  const plain = proxied.filter((path) => !files.includes(path) && !KEPT_EXACT.includes(path));
  const changed = new Set(of(({ method, legacy }) => !legacy && ['PATCH', 'DELETE'].includes(method)));
  const prefixes = plain.flatMap((path) => prefixOf(path) ?? []);
  return {
    prefixes: unique(prefixes).filter((prefix) => prefix !== COUNTS_WITH_PUT),
    exact: plain.filter((path) => prefixOf(path) === undefined),
    keptPrefixes: unique(files.flatMap((path) => FILES.exec(path)?.[1] ?? [])),
    keptExact: proxied.filter((path) => KEPT_EXACT.includes(path)),
    streams: plain.filter((path) => path.endsWith('/stream')).map(patternOf),
    tagged: of(({ method, path, legacy }) => method === 'GET' && !legacy && changed.has(path)).map(patternOf),
    once: prefixes.includes(COUNTS_WITH_PUT) ? [COUNTS_WITH_PUT] : [],
    keyed: of(
      ({ method, path, legacy }) => method === 'POST' && !legacy && path !== token && path !== revoke,
    ).map(patternOf),
    secrets: unique(plain.flatMap((path) => /^(.*\/):[a-z_]*token\b/.exec(path)?.[1] ?? [])),
  };
}
