import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tune } from '../support/settings.js';
import { type Desk, makeUser, openDesk } from '../support/desk.js';
import { occupancyClient } from '../support/occupancy.js';

const NOBODY = '0199c6f2-0000-7000-8000-000000000000';
const NEW = '/new/occupancy/current/1/max/3';

let desk: Desk;
const { ask, numbers, make } = occupancyClient(() => desk, undefined);

describe('with PUBLIC_SPACES=on', () => {
  beforeAll(async () => {
    desk = await openDesk({ PUBLIC_SPACES: 'on' });
  });
  afterAll(() => desk?.close());

  it('a space is made and used without a token', async () => {
    const id = await make(`${NEW}/name/Caf%C3%A9`);
    expect(await numbers('PUT', `/${id}/increment`)).toBe('200 2/3');
    expect(await numbers('PUT', `/${id}/increment/`)).toBe('200 3/3');
    expect(await numbers('PUT', `/${id}/increment`)).toBe('200 3/3');
    expect(await numbers('PUT', `/${id}/decrement`)).toBe('200 2/3');
    expect(await numbers('PUT', `/${id}/max/1`)).toBe('200 1/1');
    expect(await numbers('GET', `/${id.toUpperCase()}`)).toBe('200 1/1');
    const { body } = await desk.ask('GET', `/api/v1/spaces/${id}`, { as: 'support' });
    expect(body).toMatchObject({ public: true, name: 'Café' });
    const audited = await desk.database.query({
      text: `SELECT action, principal_type, principal_id, actor_username, client_id, address FROM audit WHERE subject_id = $1 ORDER BY id LIMIT 1`,
      values: [id],
    });
    expect(audited).toEqual([
      {
        action: 'space.create',
        principal_type: 'visitor',
        principal_id: null,
        actor_username: '(visitor)',
        client_id: 'public-spaces',
        address: '127.0.0.1',
      },
    ]);
  });

  it('ids are told apart as ever', async () => {
    expect(await numbers('GET', `/${NOBODY}`)).toBe('404 Space not found');
    expect((await ask('GET', '/x')).status).toBe(400);
    expect((await ask('PUT', `/${NOBODY}/max/0`)).status).toBe(404);
    expect((await ask('PUT', '/new/occupancy/current/1/max/0')).status).toBe(400);
    expect(await numbers('POST', '/x')).toBe('404 Invalid URL requested');
  });

  it('a space that somebody made with a token stays closed', async () => {
    const id = await make(NEW, { as: 'manager' });
    for (const [method, path] of [
      ['GET', `/${id}`],
      ['PUT', `/${id}/increment`],
      ['PUT', `/${id}/decrement`],
      ['PUT', `/${id}/max/3`],
    ] as const)
      expect((await ask(method, path)).status).toBe(401);
    expect(await numbers('GET', `/${id}`, { as: 'support' })).toBe('200 1/3');
  });

  it('a manager opens and closes a space, at once', async () => {
    const id = await make(NEW, { as: 'manager' });
    const set = (open: boolean, as = 'manager') =>
      desk.ask('PATCH', `/api/v1/spaces/${id}`, { as, body: { public: open } });
    expect((await set(true, 'support')).status).toBe(403);
    expect((await set(true)).status).toBe(200);
    expect(await numbers('PUT', `/${id}/increment`)).toBe('200 2/3');
    expect((await set(false)).status).toBe(200);
    expect((await ask('PUT', `/${id}/increment`)).status).toBe(401);
  });

  it('a token that is sent is looked at', async () => {
    await makeUser(desk, 'roleless', { roles: [] });
    const id = await make(NEW);
    expect((await ask('GET', `/${id}`, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    expect((await ask('GET', `/${id}`, { as: 'roleless' })).status).toBe(403);
    expect((await ask('PUT', `/${id}/max/2`, { as: 'support' })).status).toBe(403);
    expect(await numbers('PUT', `/${id}/max/2`, { as: 'manager' })).toBe('200 1/2');
  });

  it('opens nothing else', async () => {
    const id = await make(NEW);
    for (const [method, path] of [
      ['GET', '/api/v1/spaces'],
      ['GET', `/api/v1/spaces/${id}`],
      ['POST', `/api/v1/spaces/${id}/increment`],
      ['PATCH', `/api/v1/spaces/${id}`],
      ['DELETE', `/api/v1/spaces/${id}`],
    ] as const) {
      const answer = await desk.ask(
        method,
        path,
        method === 'GET' || method === 'DELETE' ? {} : { body: {} },
      );
      expect([path, answer.status]).toEqual([path, 401]);
    }
  });

  it('an address makes as many as the limits say now, which a reload changes', async () => {
    const untune = tune({ limits: { public_spaces: { creations: 1 } } });
    try {
      await desk.database.query({ text: 'DELETE FROM sign_in_limits' });
      expect((await ask('PUT', NEW)).status).toBe(200);
      expect((await ask('PUT', NEW)).status).toBe(429);
    } finally {
      untune();
      await desk.database.query({ text: 'DELETE FROM sign_in_limits' });
    }
  });

  it('an address makes so many spaces an hour, with a token as many as it likes', async () => {
    await desk.database.query({ text: `DELETE FROM sign_in_limits WHERE key LIKE 'public-space%'` });
    const statuses: number[] = [];
    for (let made = 0; made < 21; made += 1) statuses.push((await ask('PUT', NEW)).status);
    expect(statuses).toEqual([...Array<number>(20).fill(200), 429]);
    const refused = await ask('PUT', NEW);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500);
    expect((await ask('PUT', NEW, { as: 'manager' })).status).toBe(200);
    const second = await desk.another();
    expect((await second.ask('PUT', `/space${NEW}`)).status).toBe(429);
  });
});

describe('with COMPAT=off', () => {
  beforeAll(async () => {
    desk = await openDesk({ COMPAT: 'off', PUBLIC_SPACES: 'on' });
  });
  afterAll(() => desk?.close());

  it('there are none of these routes', async () => {
    for (const [method, path] of [
      ['GET', `/space/${NOBODY}`],
      ['PUT', `/space/${NOBODY}/increment`],
      ['PUT', `/space${NEW}`],
      ['OPTIONS', `/space/${NOBODY}`],
    ] as const) {
      const { status, body, headers } = await desk.ask(method, path, { as: 'manager' });
      expect([path, status, body.code, headers.get('access-control-allow-origin')]).toEqual([
        path,
        404,
        'not_found',
        null,
      ]);
    }
    const { paths, tags } = (await desk.ask('GET', '/openapi.json')).body;
    expect(Object.keys(paths).filter((path) => path.startsWith('/space/'))).toEqual([]);
    expect(tags.map(({ name }: { name: string }) => name)).not.toContain('compatibility: occupancy service');
  });
});
