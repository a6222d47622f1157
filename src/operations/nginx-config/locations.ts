import { PATHS } from '../../auth/token/token.service.js';
import { LIMIT_REQUESTS, LIMIT_SIGN_INS } from './http.js';
import { block, type Lines, publicHost, type Site } from './site.js';

const PASS = 'proxy_pass http://frontdesk;';

/** Leaves to the named location below what its key makes safe to send again. */
const SEND_KEYED_ELSEWHERE = 'if ($frontdesk_key) { return 418; }';

/** The same for what may reach the application once only. */
const SEND_COUNTS_ELSEWHERE = 'if ($request_method = PUT) { return 419; }';

/** How requests go to the application: nothing that a client says about itself is believed. */
export const proxying = (site: Site): Lines => {
  const tries = 2 * site.instances;
  return [
    'proxy_http_version 1.1;',
    `proxy_set_header Host ${publicHost(site)};`,
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'proxy_set_header X-Forwarded-Proto $scheme;',
    ...['Forwarded', 'X-Forwarded-Host', 'X-Forwarded-Port', 'X-Real-IP', 'Proxy', 'Accept-Encoding'].map(
      (name) => `proxy_set_header ${name} '';`,
    ),
    'proxy_set_header Upgrade $frontdesk_upgrade;',
    'proxy_set_header Connection $frontdesk_connection;',
    'proxy_set_header Idempotency-Key $frontdesk_once;',
    '# The header of the same name below is on every answer, not only on those of the application.',
    'proxy_hide_header X-Content-Type-Options;',
    'proxy_next_upstream error timeout;',
    `proxy_next_upstream_tries ${tries};`,
    'proxy_next_upstream_timeout 30s;',
    'proxy_connect_timeout 2s;',
    '# Below the time for all tries: an instance that hangs is not the last that is asked.',
    'proxy_read_timeout 20s;',
    'proxy_buffer_size 16k;',
    'proxy_buffers 16 16k;',
  ];
};

/** @param isStill for what would be wrong when it is old. */
const kept = (isStill: 'stale' | 'fresh'): Lines => [
  'proxy_cache frontdesk;',
  'proxy_cache_key $scheme$uri;',
  'proxy_cache_lock on;',
  'proxy_cache_bypass $http_authorization;',
  'proxy_no_cache $http_authorization;',
  ...(isStill === 'stale'
    ? [
        'proxy_cache_use_stale error timeout updating;',
        'proxy_cache_background_update on;',
        '# They belong to the request that filled the cache.',
        ...['X-Content-Type-Options', 'X-Request-Id', 'X-Instance-Id', 'X-Maintenance'].map(
          (name) => `proxy_hide_header ${name};`,
        ),
      ]
    : []),
  PASS,
];

/** An error would be logged with the whole request line, and the secret in it. The access log has these too, without it. */
const errorsKeptQuiet = ({ paths, logDir }: Site, location: string): Lines =>
  paths.secrets.some((prefix) => location.startsWith(prefix))
    ? [`error_log ${logDir}/frontdesk.error.log emerg;`]
    : [];

/** Every path that the application serves, and no other. */
export function locations(site: Site): Lines {
  const { paths } = site;
  return [
    ...block('location = /', 'return 302 /docs;'),
    ...block('location /', 'return 404;'),
    '',
    ...paths.exact.flatMap((path) => block(`location = ${path}`, PASS)),
    ...paths.prefixes.flatMap((path) =>
      block(`location ${path}`, SEND_KEYED_ELSEWHERE, ...errorsKeptQuiet(site, path), PASS),
    ),
    ...block('location @frontdesk_keyed', 'proxy_next_upstream error timeout non_idempotent;', PASS),
    ...paths.once.flatMap((path) => block(`location ${path}`, SEND_COUNTS_ELSEWHERE, PASS)),
    ...(paths.once.length === 0
      ? []
      : [
          '# A count that was sent twice would be counted twice, although its method says otherwise.',
          ...block(
            'location @frontdesk_once',
            'proxy_next_upstream off;',
            'proxy_pass http://frontdesk_once;',
          ),
        ]),
    '',
    '# Compressing would weaken the entity tag, which then matches no If-Match.',
    ...paths.tagged.flatMap((pattern) =>
      block(`location ~ ${pattern}`, SEND_KEYED_ELSEWHERE, 'gzip off;', PASS),
    ),
    '',
    ...paths.streams.flatMap((pattern) =>
      block(
        `location ~ ${pattern}`,
        'proxy_buffering off;',
        'proxy_read_timeout 1h;',
        'gzip off;',
        ...errorsKeptQuiet(site, pattern.slice(1)),
        PASS,
      ),
    ),
    '',
    ...block(`location = ${PATHS.token}`, LIMIT_SIGN_INS, LIMIT_REQUESTS, 'gzip off;', PASS),
    '',
    '# Kept for as long as the application says.',
    ...paths.keptExact.flatMap((path) =>
      block(`location = ${path}`, ...kept(path === '/maintenance' ? 'fresh' : 'stale')),
    ),
    ...paths.keptPrefixes.flatMap((path) => block(`location ${path}`, ...kept('stale'))),
  ];
}
