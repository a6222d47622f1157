import { block, type Lines, type Site } from './site.js';

/** Requests a second from one address, and how many may come at once; a whole office may share an address. */
const REQUESTS = { rate: 500, burst: 1_000 };
const SIGN_INS = { rate: 10, burst: 20 };
/** Requests of one address that are being answered; a stream is one for as long as it lasts. */
const AT_ONCE = 200;

export const LIMIT_REQUESTS = `limit_req zone=frontdesk_requests burst=${REQUESTS.burst} nodelay;`;
export const LIMIT_SIGN_INS = `limit_req zone=frontdesk_sign_ins burst=${SIGN_INS.burst} nodelay;`;
export const LIMIT_AT_ONCE = `limit_conn frontdesk_at_once ${AT_ONCE};`;

const sockets = ({ instances, socketDir }: Site): string[] =>
  Array.from({ length: instances }, (_, index) => `unix:${socketDir}/${index + 1}.sock`);

/** A peer is tried once for a request: listed twice it is tried again after a restart that took no time. */
const upstream = (site: Site): Lines =>
  block(
    'upstream frontdesk',
    '# max_fails=0: one that failed is asked again at once, for its socket stays open while it restarts. No keepalive.',
    'least_conn;',
    ...[...sockets(site), ...sockets(site)].map((socket) => `server ${socket} max_fails=0;`),
  );

/** For what is tried once: an instance that is away may cost one request a second, and not its share of all. */
const upstreamOnce = (site: Site): Lines =>
  site.paths.once.length === 0
    ? []
    : block(
        'upstream frontdesk_once',
        'least_conn;',
        ...sockets(site).map((socket) => `server ${socket} max_fails=1 fail_timeout=1s;`),
        '# When all of them have failed within the second.',
        ...sockets(site).map((socket) => `server ${socket} max_fails=0 backup;`),
      );

const limits = (): Lines => [
  '# One IPv4 address, or the /64 that one customer has.',
  ...block(
    'map $binary_remote_addr $frontdesk_client',
    '"~(?s)^(?<frontdesk_network>.{8}).{8}$" $frontdesk_network;',
    'default $binary_remote_addr;',
  ),
  `limit_req_zone $frontdesk_client zone=frontdesk_requests:10m rate=${REQUESTS.rate}r/s;`,
  `limit_req_zone $frontdesk_client zone=frontdesk_sign_ins:10m rate=${SIGN_INS.rate}r/s;`,
  'limit_conn_zone $frontdesk_client zone=frontdesk_at_once:10m;',
];

const maps = ({ paths }: Site): Lines => [
  '# What may be sent again after it may have arrived: the application does a POST with this key once.',
  ...block(
    'map "$request_method $uri" $frontdesk_key',
    "default '';",
    ...paths.keyed.map((pattern) => `"~^POST ${pattern.slice(1)}" $http_idempotency_key;`),
  ),
  '# A DELETE is sent again when its answer was lost, and would then find nothing: so each has a key.',
  ...block(
    'map "$request_method:$http_idempotency_key" $frontdesk_once',
    'default $http_idempotency_key;',
    '"DELETE:" $request_id;',
  ),
  ...block('map $http_upgrade $frontdesk_upgrade', "default '';", '"~*^websocket$" websocket;'),
  '# Not "close": the application would then hang up on a body that it refused to read, and its answer be lost.',
  ...block('map $http_upgrade $frontdesk_connection', "default '';", '"~*^websocket$" upgrade;'),
  '# Of what nginx answers itself; the application says its own.',
  ...block(
    'map "$status:$upstream_http_retry_after" $frontdesk_retry_after',
    "default '';",
    '"~^(?:429|503):$" 5;',
  ),
  ...block(
    'map $upstream_http_content_security_policy $frontdesk_policy',
    `'' "default-src 'none'; frame-ancestors 'none'";`,
    "default '';",
  ),
  ...block('map $upstream_http_referrer_policy $frontdesk_referrer', "'' no-referrer;", "default '';"),
  ...block('map $http_accept $frontdesk_down', 'default json;', '"~*text/html" html;'),
];

/** Neither a query nor a secret in a path is logged, nor a spelling of a path that could hide one. */
const accessLog = ({ paths }: Site): Lines => [
  ...block(
    'map $request_uri $frontdesk_path',
    'default "(unusual)";',
    ...paths.secrets.map(
      (prefix) => `"~^${prefix}[^/?]+(?<frontdesk_rest>/[^?]*)?" "${prefix}-$frontdesk_rest";`,
    ),
    '"~^(?<frontdesk_bare>(?:/(?!\\.{1,2}(?:[/?]|$))[A-Za-z0-9._~@:+,=-]+)*/?)(?:\\?|$)" $frontdesk_bare;',
  ),
  ...block(
    'map $upstream_http_x_request_id $frontdesk_request_id',
    "'' $request_id;",
    'default $upstream_http_x_request_id;',
  ),
  'log_format frontdesk escape=json \'{"time":"$time_iso8601","address":"$remote_addr","method":"$request_method",\'',
  [
    '\'"host":"$host","path":"$frontdesk_path","protocol":"$server_protocol","status":$status,"bytes":$bytes_sent,\'',
    '\'"seconds":$request_time,"upstream":"$upstream_addr","upstream_status":"$upstream_status",\'',
    '\'"cache":"$upstream_cache_status","request_id":"$frontdesk_request_id","user_agent":"$http_user_agent"}\';',
  ],
];

/** The longest name for which the 64 bytes that nginx takes by itself are enough. */
const LONGEST_PLAIN_NAME = 46;

/** Only where nginx would not start without: it may be said once, and the operator may have said it. */
const longNames = ({ domains }: Site): Lines =>
  domains.some((domain) => domain.length > LONGEST_PLAIN_NAME)
    ? ['server_names_hash_bucket_size 320;', '']
    : [];

/** What stands beside the servers. */
export const httpLevel = (site: Site): Lines => [
  ...longNames(site),
  ...upstream(site),
  ...upstreamOnce(site),
  '',
  ...limits(),
  '',
  ...maps(site),
  '',
  ...accessLog(site),
  '',
  `proxy_cache_path ${site.cacheDir} levels=1:2 keys_zone=frontdesk:1m max_size=64m inactive=1h use_temp_path=off;`,
];
