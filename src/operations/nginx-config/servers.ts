import { misdirected, ownAnswers } from './answers.js';
import { LIMIT_AT_ONCE, LIMIT_REQUESTS } from './http.js';
import { locations, proxying } from './locations.js';
import {
  block,
  isAddress,
  type Lines,
  listen,
  loopbackNames,
  outerNames,
  publicHost,
  type Site,
} from './site.js';

/** Mozilla's intermediate guideline; the suites with DHE are left out, for there are no parameters of our own. */
const CIPHERS = [
  'ECDSA-AES128-GCM-SHA256',
  'RSA-AES128-GCM-SHA256',
  'ECDSA-AES256-GCM-SHA384',
  'RSA-AES256-GCM-SHA384',
  'ECDSA-CHACHA20-POLY1305',
  'RSA-CHACHA20-POLY1305',
]
  .map((suite) => `ECDHE-${suite}`)
  .join(':');

/** On every answer. A location that had an add_header of its own would lose them: none has. */
const headers = (strictTransport: boolean): Lines => [
  '# No location has an add_header of its own: it would lose these. What is empty is not sent.',
  ...(strictTransport ? ['add_header Strict-Transport-Security "max-age=63072000" always;'] : []),
  'add_header X-Content-Type-Options nosniff always;',
  'add_header X-Frame-Options DENY always;',
  'add_header Content-Security-Policy $frontdesk_policy always;',
  'add_header Referrer-Policy $frontdesk_referrer always;',
  'add_header Retry-After $frontdesk_retry_after always;',
  'add_header X-Cache-Status $upstream_cache_status always;',
];

/** The same in every server of a port: before the name is read, it is those of the default server that count. */
const handshake = ({ build }: Site): Lines => [
  'ssl_protocols TLSv1.2 TLSv1.3;',
  `ssl_ecdh_curve ${build.postQuantum ? 'X25519MLKEM768:' : ''}X25519:prime256v1:secp384r1;`,
  `ssl_ciphers ${CIPHERS};`,
  'ssl_prefer_server_ciphers off;',
  'ssl_session_timeout 1d;',
  'ssl_session_cache shared:frontdesk_tls:10m;',
  'ssl_session_tickets off;',
];

const tls = (site: Site, certificate: 'site' | 'selfsigned'): Lines => [
  `ssl_certificate ${site.tlsDir}/${certificate}.crt;`,
  `ssl_certificate_key ${site.tlsDir}/${certificate}.key;`,
  ...handshake(site),
];

/** Times are for a client that is slow on purpose; the size is above the application's, so that its answer is given. */
const bounds = (): Lines => [
  'server_tokens off;',
  'absolute_redirect off;',
  'client_header_timeout 5s;',
  'client_body_timeout 5s;',
  'send_timeout 5s;',
  'reset_timedout_connection on;',
  'lingering_time 5s;',
  'lingering_timeout 2s;',
  'keepalive_timeout 65s;',
  'keepalive_requests 10000;',
  'client_header_buffer_size 2k;',
  'large_client_header_buffers 4 8k;',
  'client_max_body_size 16m;',
  'limit_req_status 429;',
  'limit_conn_status 429;',
  'limit_req_log_level info;',
  'limit_conn_log_level info;',
  LIMIT_REQUESTS,
  LIMIT_AT_ONCE,
];

const compression = (): Lines => [
  'gzip on;',
  'gzip_vary on;',
  'gzip_min_length 1024;',
  'gzip_types application/json application/problem+json application/x-ndjson application/javascript text/css text/csv text/plain image/svg+xml;',
];

const http2Word = ({ build }: Site): string[] => (build.http2Directive ? [] : ['http2']);
const http2Line = ({ build }: Site): string[] => (build.http2Directive ? ['http2 on;'] : []);

/** @param words after the address, such as `default_server`. */
const listenTls = (site: Site, where: 'everywhere' | 'loopback', ...words: string[]): string[] =>
  listen(site, where, site.ports.https, 'ssl', ...http2Word(site), ...words);

const listenQuic = (site: Site, ...words: string[]): string[] =>
  site.build.http3 ? listen(site, 'everywhere', site.ports.https, 'quic', ...words) : [];

/** Of every server: the format that others use would keep what ours leaves out. */
const logs = ({ logDir }: Site): Lines => [
  `access_log ${logDir}/frontdesk.access.log frontdesk;`,
  `error_log ${logDir}/frontdesk.error.log warn;`,
];

/** The application under the names of one certificate. */
const application = (site: Site, certificate: 'site' | 'selfsigned'): Lines => [
  ...http2Line(site),
  ...tls(site, certificate),
  '',
  ...headers(certificate === 'site'),
  ...(certificate === 'site' && site.build.http3
    ? [`add_header Alt-Svc 'h3=":${site.ports.https}"; ma=86400' always;`]
    : []),
  '',
  ...bounds(),
  '',
  ...compression(),
  '',
  ...proxying(site),
  '',
  ...logs(site),
  '',
  ...ownAnswers(site),
  '',
  ...locations(site),
];

const overHttps = (site: Site): string => {
  const port = site.ports.https === 443 ? '' : `:${site.ports.https}`;
  return `return 301 https://$host${port}$request_uri;`;
};

/** Port 80: on to HTTPS, but for the challenges of a certificate authority. */
const plain = (site: Site): Lines => {
  const { http } = site.ports;
  const names = outerNames(site);
  return [
    ...block(
      'server',
      ...listen(site, 'everywhere', http, 'default_server'),
      ...listen(site, 'loopback', http, 'default_server'),
      'server_tokens off;',
      'client_header_timeout 5s;',
      ...logs(site),
      ...misdirected(),
    ),
    ...(names.length === 0
      ? []
      : block(
          'server',
          ...listen(site, 'everywhere', http),
          ...listen(site, 'loopback', http),
          `server_name ${names.join(' ')};`,
          'server_tokens off;',
          'client_header_timeout 5s;',
          ...logs(site),
          ...block(
            'location ^~ /.well-known/acme-challenge/',
            'default_type text/plain;',
            `root ${site.acmeRoot};`,
          ),
          ...block('location /', overHttps(site)),
        )),
    ...block(
      'server',
      ...listen(site, 'loopback', http),
      `server_name ${loopbackNames.join(' ')};`,
      'server_tokens off;',
      'client_header_timeout 5s;',
      ...logs(site),
      ...block('location /', overHttps(site)),
    ),
  ];
};

/** Whoever asks for a name that is not ours: TLS is refused, and where it cannot be, the request. */
const strangers = (site: Site): Lines => {
  const named = !outerNames(site).some(isAddress);
  return [
    '# Somebody who calls us by an address sends no name with the handshake, so there it is the request that is refused.',
    ...block(
      'server',
      ...listenTls(site, 'everywhere', 'default_server'),
      ...listenQuic(site, 'reuseport', 'default_server'),
      ...http2Line(site),
      'server_tokens off;',
      'client_header_timeout 5s;',
      ...logs(site),
      ...(named ? ['ssl_reject_handshake on;', ...handshake(site)] : tls(site, 'site')),
      ...misdirected(),
    ),
    ...block(
      'server',
      ...listenTls(site, 'loopback', 'default_server'),
      ...http2Line(site),
      'server_tokens off;',
      'client_header_timeout 5s;',
      ...logs(site),
      ...tls(site, 'selfsigned'),
      ...misdirected(),
    ),
  ];
};

/** Hands the metrics of each instance to a Prometheus on this machine. */
const metrics = (site: Site): Lines =>
  block(
    'server',
    `listen 127.0.0.1:${site.ports.metrics};`,
    'server_name 127.0.0.1 localhost;',
    'access_log off;',
    `proxy_set_header Host ${publicHost(site)};`,
    'proxy_connect_timeout 2s;',
    ...Array.from({ length: site.instances }, (_, index) => index + 1).flatMap((instance) =>
      block(
        `location = /metrics/${instance}`,
        `proxy_pass http://unix:${site.socketDir}/${instance}.sock:/metrics;`,
      ),
    ),
    ...block('location /', 'return 404;'),
  );

export const servers = (site: Site): Lines => {
  const names = outerNames(site);
  return [
    ...plain(site),
    '',
    ...strangers(site),
    '',
    ...(names.length === 0
      ? []
      : [
          ...block(
            'server',
            ...listenTls(site, 'everywhere'),
            ...listenTls(site, 'loopback'),
            ...listenQuic(site),
            `server_name ${names.join(' ')};`,
            ...application(site, 'site'),
          ),
          '',
        ]),
    '# The machine itself, by its own names.',
    ...block(
      'server',
      ...listenTls(site, 'loopback'),
      `server_name ${loopbackNames.join(' ')};`,
      ...application(site, 'selfsigned'),
    ),
    '',
    ...metrics(site),
  ];
};
