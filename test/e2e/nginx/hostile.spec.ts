import { Agent } from 'node:https';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { behindNginx, DOMAIN, Front } from '../../support/nginx.js';
import { until } from '../../support/server.js';

/** From the last byte that we send to the end of the connection (HOSTILE.md 42). */
const CUT_SECONDS = 6;

behindNginx('nginx against hostile clients', () => {
  let front: Front;
  let token: string;

  beforeAll(async () => {
    front = await Front.open();
    token = await front.token('support');
  }, 90_000);
  afterAll(() => front?.close());

  /** All that comes back, until the other side ends the connection or we lose patience. */
  async function readAll(socket: TLSSocket, patience = 10_000) {
    const began = performance.now();
    let text = '';
    let closed = true;
    socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
    const timer = setTimeout(() => {
      closed = false;
      socket.destroy();
    }, patience);
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
    clearTimeout(timer);
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
    return { text, statuses, closed, seconds: (performance.now() - began) / 1_000 };
  }

  async function sendRaw(head: string[], body = '') {
    const socket = await front.connect();
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    return readAll(socket);
  }

  const SMUGGLED = `GET /api/v1/status HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`;
  const POST = ['POST /api/v1/tickets HTTP/1.1', `Host: ${DOMAIN}`, 'Content-Type: application/json'];
  const GET = ['GET /api/v1/status HTTP/1.1', `Host: ${DOMAIN}`];

  test.each([
    ['CL.TE', [...POST, 'Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`],
    ['TE.CL', [...POST, 'Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${SMUGGLED}`],
    ['TE.TE', [...POST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], `0\r\n\r\n${SMUGGLED}`],
    ['two Content-Length', [...POST, 'Content-Length: 5', 'Content-Length: 6'], `{"a":1${SMUGGLED}`],
    ['a list of Content-Length', [...POST, 'Content-Length: 5, 5'], `{"a":${SMUGGLED}`],
    ['a signed Content-Length', [...POST, 'Content-Length: +5'], `{"a":${SMUGGLED}`],
    ['a space before the colon', [...GET, 'Authorization : Bearer x'], ''],
    ['a folded header', [...GET, 'X-Folded: a', ' b'], ''],
    ['a bare CR', [...GET, 'X-Bare: a\rb'], ''],
    ['NUL in a header', [...GET, 'X-Nul: a\0b'], ''],
    ['two Hosts', [...GET, 'Host: evil.example'], ''],
    ['no Host', ['GET /api/v1/status HTTP/1.1'], ''],
    ['an unknown version', ['GET /api/v1/status HTTP/9.9', `Host: ${DOMAIN}`], ''],
    ['a chunk size that is none', [...POST, 'Transfer-Encoding: chunked'], `zz\r\n\r\n${SMUGGLED}`],
  ])('41: %s is refused once, and the connection closed', async (_what, head, body) => {
    const { statuses, closed } = await sendRaw(head, body);
    expect([statuses.length, closed]).toEqual([1, true]);
    expect([400, 501, 505]).toContain(statuses[0]);
  });

  test('agrees on TLS 1.3 with clients from outside as with the machine itself, and refuses other names', async () => {
    // 127.0.0.2 is taken by the sockets for every address, as an address of the outside is.
    for (const address of ['127.0.0.1', '127.0.0.2']) {
      const socket = await front.connect({ address });
      expect([address, socket.getProtocol()]).toEqual([address, 'TLSv1.3']);
      socket.destroy();
    }
    await expect(front.connect({ address: '127.0.0.2', servername: 'evil.example' })).rejects.toThrow();
  });

  test('16: headers that are too large are 400, in the form of a problem', async () => {
    const { statuses, text } = await sendRaw([...GET, `Authorization: Bearer ${'x'.repeat(65_536)}`]);
    expect(statuses).toEqual([400]);
    expect(text).toContain('"code":"malformed_request"');
    expect(text).toMatch(/content-type: application\/problem\+json/i);
  });

  test('42: headers a byte a second, a body that stops, and silence are cut after 6 s at the latest', async () => {
    const slow = await front.connect();
    slow.write(`${GET.join('\r\n')}\r\nX-Slow: `);
    const drip = setInterval(() => slow.write('x'), 1_000);
    const stopped = await front.connect();
    stopped.write(
      `${POST.join('\r\n')}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n{"title": `,
    );
    const silent = await front.connect();
    const ends = await Promise.all([slow, stopped, silent].map((socket) => readAll(socket)));
    clearInterval(drip);
    for (const { closed, seconds } of ends) {
      expect(closed).toBe(true);
      expect(seconds).toBeLessThan(CUT_SECONDS);
    }
  }, 30_000);

  test('42: a client that does not read is cut, and others are served meanwhile', async () => {
    const deaf = await front.connect();
    const answered = () => front.accessLog().split('"path":"/openapi.json"').length;
    // More than the buffers between us hold.
    const request = `GET /openapi.json HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`;
    deaf.pause().write(request.repeat(300));
    // The time runs from the moment at which nothing more goes into the buffers.
    for (let before = 0; answered() !== before || before === 1; await delay(500)) before = answered();
    expect((await front.call('GET', '/api/v1/me', { token })).status).toBe(200);
    await delay(CUT_SECONDS * 1_000);
    const { closed, text } = await readAll(deaf.resume());
    expect(closed).toBe(true);
    expect(text.match(/^HTTP\/1\.1 200/gm)?.length ?? 0).toBeLessThan(300);
  }, 30_000);

  test('42: beside 1,000 idle connections others are served, and the idle ones are cut', async () => {
    const idle = await Promise.all(Array.from({ length: 1_000 }, () => front.connect()));
    const ends = Promise.all(
      idle.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve))),
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const times: number[] = [];
    for (let count = 0; count < 100; count += 1) {
      const began = performance.now();
      expect((await front.call('GET', '/api/v1/me', { token, agent })).status).toBe(200);
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    agent.destroy();
    expect(times[Math.floor(times.length * 0.95)]).toBeLessThan(100);
    await ends;
  }, 60_000);

  test('43: what a client says about itself is overwritten', async () => {
    const forged = {
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9;host=evil.example;proto=http',
      'x-real-ip': '203.0.113.9',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
    };
    await front.call('GET', '/health/live', { headers: { ...forged, 'x-request-id': 'forged' } });
    const line = await until(() =>
      front.instances.flatMap(({ logged }) => logged).find(({ request_id }) => request_id === 'forged'),
    );
    expect(line.address).toBe('127.0.0.1');
    const document = await front.call('GET', '/.well-known/oauth-authorization-server', { headers: forged });
    expect(document.body.issuer).toBe(front.environment.PUBLIC_URL);
    expect(document.text).not.toContain('evil');
  });

  test('44: another Host and an absolute URI are misdirected, as is another name in the handshake', async () => {
    const other = await front.call('GET', '/api/v1/me', { host: 'evil.example' });
    expect([other.status, other.body.code]).toEqual([421, 'misdirected_request']);
    const { statuses } = await sendRaw([
      `GET http://evil.example/ HTTP/1.1`,
      `Host: ${DOMAIN}`,
      'Connection: close',
    ]);
    expect(statuses).toEqual([421]);
    // On the loopback there is a certificate for clients that name nobody, so there it is the request.
    const elsewhere = await front.call('GET', '/', { servername: 'evil.example', host: 'evil.example' });
    expect(elsewhere.status).toBe(421);
  });

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === 'IPv4' && !found.internal)?.address;

  (outside === undefined ? test.skip : test)(
    '44: from outside a handshake for another name fails, and localhost is nobody',
    async () => {
      await expect(front.connect({ address: outside, servername: 'evil.example' })).rejects.toThrow(
        /unrecognized name/,
      );
      await expect(front.connect({ address: outside, servername: '' })).rejects.toThrow(/unrecognized name/);
      await expect(front.connect({ address: outside, servername: 'localhost' })).rejects.toThrow(
        /unrecognized name/,
      );
      expect((await front.call('GET', '/api/v1/me', { address: outside, token })).status).toBe(200);
      expect((await front.call('GET', '/', { address: outside, host: 'localhost' })).status).toBe(421);
    },
  );

  test('51: a spelling of the token path that the limit would not see does not lead there', async () => {
    for (const path of [
      '/api/v1/token/',
      '/api/v1//token',
      '/api/v1/%74oken',
      '/API/v1/token',
      '/api/v1/x/../token',
      '/api/v1/token%2f',
    ]) {
      const { status } = await front.call('POST', path, {
        body: 'username=support&password=Correct-Horse-7',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect([path, status]).toEqual([path, 404]);
    }
  });
});
