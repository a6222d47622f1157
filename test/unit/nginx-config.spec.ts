import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { buildOf, namedVersions, versionsOf } from '../../src/operations/nginx-config/build.js';
import { pathsOf } from '../../src/operations/nginx-config/paths.js';
import { locations } from '../../src/operations/nginx-config/locations.js';
import { httpLevel } from '../../src/operations/nginx-config/http.js';
import { type Site, textOf } from '../../src/operations/nginx-config/site.js';
import { runCli } from '../support/cli.js';

const home = mkdtempSync(join(tmpdir(), 'nginx-config-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const make = (...words: string[]) => runCli({ DATA_DIR: '/var/lib/frontdesk' }, ['nginx-config', ...words]);
const OLD = ['--domain', 'desk.example.org', '--nginx-version', '1.22.1'];

describe('nginx-config', () => {
  test('gives the same bytes for the same options, on the output and in a file', async () => {
    const file = join(home, 'frontdesk.conf');
    const first = await make(...OLD);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect((await make(...OLD)).stdout).toBe(first.stdout);
    expect((await make(...OLD, '--out', file)).stdout).toContain('nginx -t');
    expect(readFileSync(file, 'utf8')).toBe(first.stdout);
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  test('says which file cannot be written, and leaves no draft', async () => {
    const missing = await make(...OLD, '--out', join(home, 'none/x.conf'));
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^frontdesk: ENOENT.*none.*\n$/),
    });
    mkdirSync(join(home, 'taken'));
    expect((await make(...OLD, '--out', join(home, 'taken'))).stderr).toMatch(/^frontdesk: EISDIR.*\n$/);
    expect(readdirSync(home).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('makes room for a name that nginx would refuse, and only then', async () => {
    const named = async (length: number) =>
      (await make('--domain', `${'a'.repeat(length - 8)}.example`, '--nginx-version', '1.22')).stdout;
    expect(await named(46)).not.toContain('server_names_hash');
    expect(await named(47)).toContain('server_names_hash_bucket_size 320;\n');
  });

  test.each([
    [[]],
    [['--domain', 'desk.example.org;']],
    [['--domain', '-desk.example.org']],
    [['--domain', 'https://desk.example.org']],
    [['--domain', 'fe80::1%eth0']],
    [['--domain', 'desk.example.org', '--instances', '0']],
    [['--domain', 'desk.example.org', '--https-port', '70000']],
    [['--domain', 'desk.example.org', '--socket-dir', '/run/a b']],
    [['--domain', 'desk.example.org', '--openssl-version', '3.5']],
  ])('%j is wrong use', async (words) => {
    const { code, stdout, stderr } = await make(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });

  test('takes names and addresses, each once, and the first as the host of PUBLIC_URL', async () => {
    const { stdout } = await make(
      ...[
        '--domain',
        'Desk.Example.Org',
        '--domain',
        '192.0.2.7',
        '--domain',
        '2001:DB8::7',
        '--domain',
        'desk.example.org',
      ],
      ...['--nginx-version', '1.22'],
    );
    expect(stdout).toContain('server_name desk.example.org 192.0.2.7 [2001:db8::7];');
    expect(stdout).toContain('proxy_set_header Host desk.example.org;');
    // Who calls an address names nobody in the handshake, so it cannot be refused there.
    expect(stdout).not.toContain('ssl_reject_handshake');
    expect((await make(...OLD)).stdout).toContain('ssl_reject_handshake on;');
  });

  test('lists every instance twice, and tries each as often', async () => {
    const { stdout } = await make(...OLD, '--instances', '3');
    expect(stdout.match(/^ {4}server unix:.*max_fails=0;$/gm)).toEqual(
      [1, 2, 3, 1, 2, 3].map((number) => `    server unix:/run/frontdesk/${number}.sock max_fails=0;`),
    );
    expect(stdout).toContain('proxy_next_upstream_tries 6;');
    expect(stdout).toContain('location = /metrics/3 {');
  });

  test('has no add_header in a location', async () => {
    const { stdout } = await make(...OLD);
    for (const [line] of stdout.matchAll(/^ *add_header.*$/gm)) expect(line).toMatch(/^ {4}add_header/);
  });
});

describe('what a build of nginx understands', () => {
  const DEBIAN_12 = `nginx version: nginx/1.22.1
built with OpenSSL 3.0.17 1 Jul 2025 (running with OpenSSL 3.0.19 27 Jan 2026)
configure arguments: --with-http_v2_module`;
  const DEBIAN_13 = `nginx version: nginx/1.26.3
built with OpenSSL 3.5.1 1 Jul 2025
configure arguments: --with-http_v2_module --with-http_v3_module`;

  test('is read off its version, its OpenSSL and its modules', () => {
    expect(buildOf(versionsOf(DEBIAN_12))).toEqual({
      http2Directive: false,
      http3: false,
      postQuantum: false,
    });
    expect(buildOf(versionsOf(DEBIAN_13))).toEqual({ http2Directive: true, http3: true, postQuantum: true });
    expect(buildOf(versionsOf(DEBIAN_13), false).http3).toBe(false);
    expect(buildOf(versionsOf('something else'))).toEqual({
      http2Directive: false,
      http3: false,
      postQuantum: false,
    });
    expect(buildOf(namedVersions('1.26.3', '3.5.1', true))).toEqual(buildOf(versionsOf(DEBIAN_13)));
    expect(buildOf(namedVersions('1.26.3', undefined)).postQuantum).toBe(false);
  });

  test('decides the words', async () => {
    const old = (await make(...OLD)).stdout;
    expect(old).toContain('listen 443 ssl http2;');
    expect(old).not.toMatch(/http2 on|http3|quic|MLKEM/);
    const words = ['--nginx-version', '1.26.3', '--openssl-version', '3.5.1', '--http3'];
    const recent = (await make('--domain', 'desk.example.org', ...words)).stdout;
    expect(recent).toContain('http2 on;');
    expect(recent).not.toContain('ssl http2');
    expect(recent).toContain('ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1:secp384r1;');
    expect(recent.match(/listen 443 quic reuseport default_server;/g)).toHaveLength(1);
    expect(recent).toContain(`add_header Alt-Svc 'h3=":443"; ma=86400' always;`);
  });
});

describe('paths of the parts that come', () => {
  const route = (method: string, path: string, legacy = false) => ({ method, path, legacy });
  const paths = pathsOf([
    route('GET', '/metrics'),
    route('GET', '/maintenance'),
    route('POST', '/api/v1/spaces/:id/events'),
    route('GET', '/api/v1/spaces/:id'),
    route('PATCH', '/api/v1/spaces/:id'),
    route('GET', '/api/v1/spaces/:id/stream'),
    route('GET', '/board/:display_token'),
    route('GET', '/board/:display_token/state'),
    route('GET', '/board/:display_token/stream'),
    route('GET', '/board/assets/:version/:file'),
    route('GET', '/docs/*'),
    route('GET', '/api/v1/spaces/:id/occupancy'),
    route('PUT', '/api/v1/spaces/:id/occupancy'),
    route('PUT', '/space/:id/increment', true),
    route('POST', '/api/v1/ticket/:employee_id', true),
  ]);
  const text = textOf([
    ...httpLevel({ paths, domains: [] as string[] } as Site),
    ...locations({ paths } as Site),
  ]);

  test('streams are not buffered, assets are kept, counts are not sent twice', () => {
    for (const pattern of ['^/api/v1/spaces/[^/]+/stream$', '^/board/[^/]+/stream$'])
      expect(text).toContain(`location ~ ${pattern} {\n    proxy_buffering off;`);
    expect(text).toContain('location /board/assets/ {\n    proxy_cache frontdesk;');
    expect(text).toContain('location /docs/ {\n    proxy_cache frontdesk;');
    expect(text).toContain('location /board/ {\n');
    expect(text).toContain('location /space/ {\n    if ($request_method = PUT) { return 419; }');
    expect(text).toContain('location @frontdesk_once {\n    proxy_next_upstream off;');
    expect(text).toContain('location ~ ^/api/v1/spaces/[^/]+$ {');
    // No entity tag: it may be compressed.
    expect(text).not.toContain('/occupancy$');
    expect(text).not.toContain('location /metrics');
  });

  test('only a POST of ours may be sent again for its key', () => {
    expect(paths.keyed).toEqual(['^/api/v1/spaces/[^/]+/events$']);
    expect(text).toContain('"~^POST /api/v1/spaces/[^/]+/events$" $http_idempotency_key;');
  });

  test('every DELETE has a key, so that it is answered alike when it is sent again', () => {
    expect(text).toContain(
      'map "$request_method:$http_idempotency_key" $frontdesk_once {\n    default $http_idempotency_key;\n    "DELETE:" $request_id;',
    );
  });

  test('a token in a path is not logged', () => {
    expect(text.match(/error_log/g)).toHaveLength(2); // The board, and its stream.
    expect(paths.secrets).toEqual(['/board/']);
    expect(text).toContain('"~^/board/[^/?]+(?<frontdesk_rest>/[^?]*)?" "/board/-$frontdesk_rest";');
  });
});
