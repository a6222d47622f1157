import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { call } from '../../support/call.js';
import { behindNginx, DOMAIN, Front } from '../../support/nginx.js';
import { until } from '../../support/server.js';

behindNginx('nginx in front of two instances', () => {
  let front: Front;
  let token: string;

  beforeAll(async () => {
    front = await Front.open({ domains: ['desk.example.net', '192.0.2.7'] });
    token = await front.token('admin');
  }, 90_000);
  afterAll(() => front?.close());

  const overHttp = (path: string, host = DOMAIN) =>
    call({ port: Number(front.ports.http) }, 'GET', path, { headers: { host } });

  test('accepts the configuration without a word', async () => {
    expect((await front.check()).trimEnd().split('\n')).toEqual([
      expect.stringContaining('syntax is ok'),
      expect.stringContaining('test is successful'),
    ]);
  });

  test('serves every kind of path, and no other; / leads to the documentation', async () => {
    for (const [path, status] of [
      ['/api/v1/me', 200],
      ['/api/v1/tickets/999', 404],
      ['/docs', 200],
      ['/docs/swagger-ui.css', 200],
      ['/openapi.json', 200],
      ['/.well-known/jwks.json', 200],
      ['/health/ready', 200],
      ['/maintenance', 200],
      ['/metrics', 404],
      ['/metrics/1', 404],
      ['/.frontdesk/503', 404],
      ['/wp-login.php', 404],
    ] as const) {
      expect([path, (await front.call('GET', path, { token })).status]).toEqual([path, status]);
    }
    const root = await front.call('GET', '/');
    expect([root.status, root.headers.location]).toEqual([302, '/docs']);
    const unknown = await front.call('GET', '/wp-login.php');
    expect(unknown.body).toMatchObject({ status: 404, code: 'not_found', request_id: expect.any(String) });
    expect(unknown.headers['content-type']).toBe('application/problem+json');
  });

  test('uses both instances', async () => {
    const seen = new Set<unknown>();
    for (let count = 0; count < 20; count += 1)
      seen.add((await front.call('GET', '/health/live')).headers['x-instance-id']);
    expect([...seen].sort()).toEqual(['desk@1', 'desk@2']);
  });

  test('has the security headers once on every answer, whoever gives it', async () => {
    for (const path of [
      '/api/v1/me',
      '/api/v1/tickets/999',
      '/docs',
      '/docs/swagger-ui.css',
      '/openapi.json',
      '/nowhere',
      '/',
    ]) {
      const { headers } = await front.call('GET', path);
      expect([path, headers]).toEqual([
        path,
        expect.objectContaining({
          'strict-transport-security': 'max-age=63072000',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
          'referrer-policy': expect.stringMatching(/^(?:no-referrer|same-origin)$/),
        }),
      ]);
      expect(headers.server).toBe('nginx');
    }
    // The page's own policy, and not ours beside it.
    expect((await front.call('GET', '/docs')).headers['content-security-policy']).toContain(
      "script-src 'self'",
    );
  });

  test('sends what comes in plain on to HTTPS, but a challenge of a certificate authority', async () => {
    const moved = await overHttp('/api/v1/me?x=1');
    expect([moved.status, moved.headers.location]).toEqual([
      301,
      `https://${DOMAIN}:${front.ports.https}/api/v1/me?x=1`,
    ]);
    const challenges = join(front.home, 'acme/.well-known/acme-challenge');
    mkdirSync(challenges, { recursive: true });
    writeFileSync(join(challenges, 'abc'), 'proof');
    expect(await overHttp('/.well-known/acme-challenge/abc')).toMatchObject({ status: 200, text: 'proof' });
    expect((await overHttp('/.well-known/acme-challenge/other')).status).toBe(404);
    expect((await overHttp('/', 'evil.example')).status).toBe(421);
  });

  test('answers for each of its names, with the address of PUBLIC_URL', async () => {
    for (const name of ['desk.example.net', '192.0.2.7', DOMAIN.toUpperCase()]) {
      const servername = name === '192.0.2.7' ? '' : name;
      const answer = await front.call('GET', '/.well-known/openid-configuration', { servername, host: name });
      expect([name, answer.status, answer.body?.issuer]).toEqual([name, 200, front.environment.PUBLIC_URL]);
    }
  });

  test('answers the machine itself by its own names, with the self-signed certificate', async () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      const servername = host === 'localhost' ? host : '';
      const answer = await front.call('GET', '/api/v1/me', { token, host, servername });
      expect([host, answer.status, answer.headers['strict-transport-security']]).toEqual([
        host,
        200,
        undefined,
      ]);
      const socket = await front.connect({ servername });
      expect(socket.getPeerCertificate().subjectaltname).toContain('DNS:localhost');
      socket.destroy();
    }
    const other = await front.connect();
    expect(other.getPeerCertificate().subjectaltname).toContain(`DNS:${DOMAIN}`);
    other.destroy();
  });

  test('keeps what everybody may see, for as long as the application says, and for nobody by name', async () => {
    for (const path of [
      '/.well-known/jwks.json',
      '/.well-known/openid-configuration',
      '/openapi.json',
      '/docs/swagger-ui.css',
    ]) {
      await front.call('GET', path);
      const again = await front.call('GET', path);
      expect([path, again.headers['x-cache-status'], again.headers['cache-control']]).toEqual([
        path,
        'HIT',
        'public, max-age=300',
      ]);
      // They would be those of another request.
      expect(again.headers['x-request-id']).toBeUndefined();
      expect((await front.call('GET', path, { token })).headers['x-cache-status']).toBe('BYPASS');
    }
    const first = await front.call('GET', '/maintenance');
    expect(first.headers['cache-control']).toBe('public, max-age=1');
    await until(async () => (await front.call('GET', '/maintenance')).headers['x-cache-status'] === 'HIT');
    for (const path of ['/docs', '/api/v1/me', '/health/ready'])
      expect([path, (await front.call('GET', path, { token })).headers['cache-control']]).toEqual([
        path,
        'no-store',
      ]);
  });

  test('compresses lists and the document, and leaves entity tags as they are', async () => {
    const gzip = { 'accept-encoding': 'gzip' };
    const document = await front.call('GET', '/openapi.json', { headers: gzip });
    expect([document.headers['content-encoding'], document.headers.vary]).toEqual([
      'gzip',
      'Accept-Encoding',
    ]);
    const employee = await front.call('POST', '/api/v1/employees', {
      token,
      body: { first_name: 'Edith', last_name: 'Crane', email: 'edith.crane@example.org' },
    });
    const ticket = await front.call('POST', '/api/v1/tickets', {
      token,
      body: { title: 'Long', description: 'word '.repeat(1_000), employee_id: employee.body.id },
    });
    expect(ticket.status).toBe(201);
    const path = String(ticket.headers.location);
    const seen = await front.call('GET', path, { token, headers: gzip });
    expect([seen.headers.etag, seen.headers['content-encoding']]).toEqual(['"1"', undefined]);
    const changed = await front.call('PATCH', path, {
      token,
      body: { title: 'Short' },
      headers: { 'if-match': String(seen.headers.etag) },
    });
    expect(changed.status).toBe(200);
    const list = await front.call('GET', '/api/v1/tickets', { token, headers: gzip });
    expect([list.status, list.headers['content-encoding']]).toEqual([200, 'gzip']);
  });

  test('lets the application refuse what is too large for it', async () => {
    const large = await front.call('POST', '/api/v1/tickets', {
      token,
      body: 'x'.repeat(10_000_000),
      headers: { 'content-type': 'application/json' },
    });
    expect([large.status, large.body.detail]).toEqual([413, 'The body is larger than 1 MiB.']);
    // Refused for another reason, and before anything of the body was read.
    for (const [path, headers, status] of [
      ['/api/v1/nothing', {}, 404],
      ['/api/v1/tickets', { 'content-encoding': 'gzip' }, 415],
      ['/api/v1/token', {}, 413],
    ] as const) {
      const json = { 'content-type': 'application/json', ...headers };
      const refused = await front.call('POST', path, { token, body: 'x'.repeat(10_000_000), headers: json });
      expect([path, refused.status]).toEqual([path, status]);
    }
    const larger = await front.call('POST', '/api/v1/tickets', {
      token,
      body: 'x'.repeat(17 * 1024 * 1024),
      headers: { 'content-type': 'application/json' },
    });
    expect([larger.status, larger.body.code]).toEqual([413, 'payload_too_large']);
  });

  test('refuses what is too large in the form of the application over HTTP/2 too', async () => {
    const socket = await front.connect({ protocols: ['h2'] });
    const session = connect(`https://${DOMAIN}`, { createConnection: () => socket });
    session.on('error', () => undefined); // It is closed while a body is on its way.
    try {
      const stream = session.request({
        ...{ ':method': 'POST', ':path': '/api/v1/tickets', 'content-type': 'application/json' },
        'content-length': String(17 * 1024 * 1024),
      });
      const answered = once(stream, 'response') as Promise<[Record<string, unknown>]>;
      stream.write('x'.repeat(1_000));
      const [headers] = await answered;
      expect([headers[':status'], headers['content-type']]).toEqual([413, 'application/problem+json']);
    } finally {
      session.destroy();
    }
  });

  test('limits the sign-ins of one address', async () => {
    const attempts = await Promise.all(
      Array.from({ length: 40 }, () =>
        front.call('POST', '/api/v1/token', {
          body: 'username=nobody&password=x',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      ),
    );
    const refused = attempts.filter(({ text }) => text.includes('from this address'));
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]?.body).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(refused[0]?.headers['retry-after']).toBe('5');
  });

  test('hands the metrics of each instance to this machine alone', async () => {
    for (const instance of [1, 2]) {
      const { status, text } = await call(
        { port: Number(front.ports.metrics) },
        'GET',
        `/metrics/${instance}`,
      );
      expect([status, text]).toEqual([200, expect.stringContaining('http_request_duration_seconds')]);
    }
    expect((await call({ port: Number(front.ports.metrics) }, 'GET', '/api/v1/me')).status).toBe(404);
    const open = await new Promise<boolean>((resolve) => {
      const asked = request({ host: '127.0.0.2', port: Number(front.ports.metrics), path: '/metrics/1' });
      asked.once('error', () => resolve(false)).once('response', () => resolve(true));
      asked.end();
    });
    expect(open).toBe(false);
  });

  test('writes no token, no query and no strange spelling into its log', async () => {
    const secret = 'secret-that-nobody-may-read';
    for (const path of [
      `/api/v1/me?access_token=${secret}`,
      `/%62oard/${secret}/state`,
      `//board/${secret}`,
      `/x/../${secret}`,
    ])
      await front.call('GET', path, { token });
    await front.call('GET', `/${secret}?q=1`, { host: 'evil.example' });
    await overHttp(`/?code=${secret}`);
    await until(() => front.accessLog().includes('"path":"/api/v1/me"'));
    const log = front.accessLog();
    expect(log.replaceAll(`"path":"/${secret}"`, '')).not.toContain(secret);
    expect(log).not.toContain(token);
    for (const line of log.trimEnd().split('\n'))
      expect(Object.keys(JSON.parse(line) as object)).toContain('request_id');
  });

  test('says what is so when no instance answers: a page, a problem, and maintenance when that is flagged', async () => {
    for (const instance of front.instances) instance.child.kill('SIGKILL');
    await Promise.all(front.instances.map(({ ended }) => ended));
    const flag = join(front.environment.DATA_DIR as string, 'maintenance.flag');
    for (const code of ['unavailable', 'maintenance']) {
      if (code === 'maintenance') writeFileSync(flag, 'full\n');
      const problem = await front.call('GET', '/api/v1/me', { token });
      expect(problem).toMatchObject({ status: 503, body: { status: 503, code } });
      expect(problem.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'retry-after': '5',
      });
      expect((await front.call('POST', '/api/v1/tickets', { token, body: {} })).body.code).toBe(code);
      const keyed = { 'idempotency-key': 'k' };
      expect(
        (await front.call('POST', '/api/v1/tickets', { token, body: {}, headers: keyed })).body.code,
      ).toBe(code);
      const page = await front.call('GET', '/docs', { headers: { accept: 'text/html,*/*' } });
      expect([page.status, page.headers['content-type']]).toEqual([503, 'text/html']);
      expect(page.text).toContain(code === 'maintenance' ? 'closed for maintenance' : 'not available');
      expect(page.headers['strict-transport-security']).toBe('max-age=63072000');
    }
    rmSync(flag);
    // What was kept is still there.
    const keys = await front.call('GET', '/.well-known/jwks.json');
    expect([keys.status, keys.body.keys.length > 0]).toEqual([200, true]);
    await Promise.all([front.startInstance(1), front.startInstance(2)]);
    expect((await front.call('GET', '/api/v1/me', { token })).status).toBe(200);
  }, 60_000);
});
