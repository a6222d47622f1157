import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../../src/platform/clock.js';
import { type Desk, openDesk } from '../support/desk.js';
import { legacyClient } from '../support/legacy.js';

const LEGACY_FIELDS = ['role', 'created', 'updated'];
const PROBLEM_JSON = 'application/problem+json';

const mediaType = (headers: Headers): string => (headers.get('content-type') ?? '').split(';', 1)[0] ?? '';

let desk: Desk;

describe('with COMPAT=on', () => {
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk?.close());

  it('redirects the legacy documentation', async () => {
    for (const [path, location] of [
      ['docs', '/docs'],
      ['redoc', '/docs'],
      ['openapi.json', '/openapi.json'],
    ]) {
      const { status, headers } = await desk.ask('GET', `/api/v1/${path}`);
      expect([status, headers.get('location')]).toEqual([308, location]);
    }
  });

  it('adds the legacy fields to GET /me', async () => {
    const { body, headers } = await desk.ask('GET', '/api/v1/me', { as: 'manager' });
    const stamp = (moment: string): string => moment.slice(0, 19).replace('T', ' ');
    expect(body).toMatchObject({
      username: 'manager',
      role: ['manager'],
      created: stamp(body.created_at),
      updated: null,
    });
    expect(headers.get('etag')).toBe('"1"');
    expect(JSON.stringify(body)).not.toContain('password');
    const patched = await desk.ask('PATCH', '/api/v1/me', { as: 'manager', body: { first_name: 'Mona' } });
    expect(Object.keys(patched.body)).not.toEqual(expect.arrayContaining(['role']));
    const again = await desk.ask('GET', '/api/v1/me', { as: 'manager' });
    expect(again.body.updated).toBe(stamp(again.body.updated_at));
  });

  it('answers problems of /me and /status in our form with the legacy sentence', async () => {
    const token = await desk.token('support');
    for (const path of ['/api/v1/me', '/api/v1/status?x=1']) {
      const { status, body, headers } = await desk.ask('GET', path);
      expect([status, mediaType(headers)]).toEqual([401, PROBLEM_JSON]);
      expect(body).toEqual({
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        detail: 'Not authenticated',
        code: 'invalid_token',
        request_id: headers.get('x-request-id'),
      });
      const clock = jest.spyOn(desk.app.get(Clock), 'now').mockReturnValue(Date.now() + 2 * 3_600_000);
      const expired = await desk.ask('GET', path, { as: token });
      clock.mockRestore();
      expect([expired.status, expired.body.detail]).toEqual([401, 'Token has expired']);
    }
  });

  it('leaves our own routes as they are', async () => {
    for (const path of [
      '/api/v1/users/',
      '/api/v1/tickets/',
      '/api/v1/me/',
      '/api/v1/status/',
      '/api/v1/token/',
    ]) {
      const { status, body } = await desk.ask('GET', path, { as: 'admin' });
      expect([path, status, body.code]).toEqual([path, 404, 'not_found']);
    }
    const { headers, body } = await desk.ask('GET', '/api/v1/users');
    expect([mediaType(headers), body.detail]).toEqual([
      PROBLEM_JSON,
      'This needs a bearer token: get one from POST /api/v1/token.',
    ]);
  });

  it('is deprecated in the document, under a tag of its own', async () => {
    const { body } = await desk.ask('GET', '/openapi.json');
    const legacy = Object.entries(
      body.paths as Record<string, Record<string, { deprecated?: boolean; tags: string[] }>>,
    )
      .filter(([path]) => /^\/api\/v1\/(user|employee|ticket)(\/|$)/.test(path))
      .flatMap(([, item]) => Object.values(item));
    expect(legacy.length).toBe(26);
    for (const { deprecated, tags } of legacy)
      expect([deprecated, tags]).toEqual([true, ['compatibility: ticket server']]);
    for (const list of ['user', 'employee', 'ticket', 'ticket/my']) {
      const { parameters } = body.paths[`/api/v1/${list}`].get as { parameters: { name: string }[] };
      expect(parameters.map(({ name }) => name)).toEqual(['skip', 'limit']);
    }
    for (const field of LEGACY_FIELDS)
      expect(body.components.schemas.Me.properties[field].deprecated).toBe(true);
  });
});

describe('with COMPAT=off', () => {
  let off: Desk;
  beforeAll(async () => {
    desk = await openDesk();
    off = await openDesk({ COMPAT: 'off' });
  });
  afterAll(async () => {
    await off.close();
    await desk.close();
  });

  it('has none of it, in the same process as an application that has', async () => {
    const operations = await legacyClient(() => desk).operations();
    expect(operations.length).toBe(26);
    const documents: [string, string][] = [
      ['GET', '/docs'],
      ['GET', '/redoc'],
      ['GET', '/openapi.json'],
    ];
    for (const [method, path] of [...operations, ...documents]) {
      for (const spelling of [path, `${path}/`]) {
        const { status, body, headers } = await off.ask(method, `/api/v1${spelling}`, { as: 'admin' });
        expect([spelling, status, body.code, mediaType(headers)]).toEqual([
          spelling,
          404,
          'not_found',
          PROBLEM_JSON,
        ]);
      }
    }
    expect((await off.ask('GET', '/openapi.json')).text).not.toContain('compatibility: ticket server');
  });

  it('answers /me and /status in our words alone', async () => {
    const me = await off.ask('GET', '/api/v1/me', { as: 'admin' });
    for (const field of LEGACY_FIELDS) expect(me.body).not.toHaveProperty(field);
    for (const path of ['/api/v1/me', '/api/v1/status']) {
      expect((await off.ask('GET', path)).body.detail).toBe(
        'This needs a bearer token: get one from POST /api/v1/token.',
      );
    }
  });
});
