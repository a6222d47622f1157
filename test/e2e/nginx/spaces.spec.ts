import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { behindNginx, DOMAIN, Front } from '../../support/nginx.js';
import { until } from '../../support/server.js';

behindNginx('spaces behind nginx', () => {
  let front: Front;
  let token: string;
  let space: string;
  let display: string;

  beforeAll(async () => {
    front = await Front.open();
    token = await front.token('admin');
    const make = async (path: string, body: unknown) => {
      const answer = await front.call('POST', `/api/v1${path}`, { token, body });
      if (answer.status !== 201) throw new Error(`${path}: ${answer.text}`);
      return answer.body;
    };
    const hall = { kind: 'room', name: 'Hall', capacity: 50, time_zone: 'Europe/London' };
    space = String((await make('/spaces', hall)).id);
    display = String((await make(`/spaces/${space}/display-tokens`, { name: 'Lobby' })).secret);
  }, 90_000);
  afterAll(() => front?.close());

  test('a board is served with its files, which nginx keeps for as long as they say', async () => {
    const page = await front.call('GET', `/board/${display}`);
    expect([page.status, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
    const [, asset = ''] = /(?:src|href)="(\/board\/assets\/[^"]+)"/.exec(page.text) ?? [];
    expect(asset).not.toBe('');
    await front.call('GET', asset);
    const again = await front.call('GET', asset);
    expect([again.status, again.headers['x-cache-status']]).toEqual([200, 'HIT']);
    expect(again.headers['cache-control']).toMatch(/immutable/);
    expect((await front.call('GET', `/board/${display}/state`)).headers['x-cache-status']).toBeUndefined();
  });

  test('a count reaches an open stream at once', async () => {
    const socket = await front.connect();
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
    socket.write(
      `GET /board/${display}/stream HTTP/1.1\r\nHost: ${DOMAIN}\r\nAccept: text/event-stream\r\n\r\n`,
    );
    await until(() => heard.includes('data:'), 5_000);
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
    const before = heard.length;
    await front.call('POST', `/api/v1/spaces/${space}/increment`, { token, body: { by: 7 } });
    await until(() => /"occupancy": ?7\b/.test(heard.slice(before)), 2_000);
    socket.destroy();
  });

  test('the legacy service counts over the same names, once for each request', async () => {
    for (let count = 0; count < 3; count += 1)
      expect((await front.call('PUT', `/space/${space}/increment`, { token })).status).toBe(200);
    const state = await front.call('GET', `/space/${space}`, { token });
    expect(state.body.occupancy).toEqual({ current: 10, maximum: 50 });
  });

  test('with one of two instances the legacy service goes on, but for a count or two', async () => {
    const { body: before } = await front.call('GET', `/space/${space}`, { token });
    await front.instances[0]?.stop('SIGKILL');
    const counted = [];
    for (let index = 0; index < 20; index += 1) {
      expect((await front.call('GET', `/space/${space}`, { token })).status).toBe(200);
      counted.push((await front.call('PUT', `/space/${space}/increment`, { token })).status);
    }
    const lost = counted.filter((status) => status === 503).length;
    expect(lost).toBeLessThanOrEqual(3);
    expect(counted.filter((status) => status === 200)).toHaveLength(20 - lost);
    const { body: after } = await front.call('GET', `/space/${space}`, { token });
    expect(after.occupancy.current).toBe(before.occupancy.current + 20 - lost);
    await front.startInstance(1);
  });

  test('no display token stands in the log', async () => {
    await until(() => front.accessLog().includes('"path":"/board/-/state"'));
    await delay(100);
    expect(front.accessLog()).not.toContain(display);
  });

  test('nor does one stand in the log of errors, when no instance answers or a stream is cut', async () => {
    const socket = await front.connect();
    socket.on('error', () => undefined); // It is to be cut.
    socket.resume().write(`GET /board/${display}/stream HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`);
    await delay(300);
    for (const instance of front.instances) await instance.stop('SIGKILL');
    for (const path of ['', '/state', '/stream'])
      expect((await front.call('GET', `/board/${display}${path}`)).status).toBe(503);
    expect((await front.call('GET', '/api/v1/me')).status).toBe(503);
    await until(() => front.errorLog().includes('/api/v1/me'));
    expect(front.errorLog()).not.toContain(display);
  });
});
