import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, makeUser, openDesk } from '../support/desk.js';
import { occupancyClient } from '../support/occupancy.js';
import { tune } from '../support/settings.js';

const NOBODY = '0199c6f2-0000-7000-8000-000000000000';

let desk: Desk;
const { ask, numbers, make } = occupancyClient(() => desk, 'manager');

beforeAll(async () => {
  desk = await openDesk({ CORS_ORIGINS: 'https://desk.example' });
});
afterAll(() => desk?.close());

const native = async (id: string) =>
  (await desk.ask('GET', `/api/v1/spaces/${id}`, { as: 'manager' })).body as Record<string, unknown>;

describe('making a space', () => {
  it('answers it in the legacy form and order', async () => {
    const { text, body } = await ask(
      'PUT',
      '/new/occupancy/current/3/max/10/name/Reading%20room%20%C3%A4%2Fb',
    );
    expect(text).toBe(
      `{"space_id":"${body.space_id}","space_name":"Reading room ä/b","occupancy":{"current":3,"maximum":10},` +
        `"created":"${body.created}","last_updated":"${body.last_updated}"}`,
    );
    for (const time of [body.created, body.last_updated])
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect((await ask('GET', `/${body.space_id}`)).text).toBe(text);
  });

  it('makes one of ours: a room that refuses, counts, and is not public', async () => {
    const id = await make('/new/occupancy/current/3/max/10');
    expect(await native(id)).toMatchObject({
      kind: 'room',
      name: null,
      capacity: 10,
      over_capacity: 'refuse',
      public: false,
      occupancy: 3,
    });
    expect((await ask('GET', `/${id}`)).body.space_name).toBeNull();
    const events = await desk.database.query<{ kind: string; value: number }>({
      text: 'SELECT kind, value FROM space_events WHERE space_id = $1',
      values: [id],
    });
    expect(events).toEqual([{ kind: 'anchor', value: 3 }]);
  });

  it('makes one without a name whatever a name must be', async () => {
    const untune = tune({ fields: { label: { min: 5, pattern: '^Room' } } });
    const path = '/new/occupancy/current/3/max/10';
    const made = await numbers('PUT', path).finally(untune);
    expect(made).toBe('200 3/10');
  });

  it.each([
    ['/new/occupancy/current/0/max/1', '200 0/1'],
    ['/new/occupancy/current/0/max/100000', '200 0/100000'],
    ['/new/occupancy/current/11/max/10', '200 10/10'],
    ['/new/occupancy/current/99999999999999999999999/max/10', '200 10/10'],
    ['/new/occupancy/current/007/max/010', '200 7/10'],
  ])('%s: %s', async (path, expected) => {
    expect(await numbers('PUT', path)).toBe(expected);
  });

  it.each([
    '/new/occupancy/current/0/max/0',
    '/new/occupancy/current/0/max/100001',
    '/new/occupancy/current/0/max/1e5',
    '/new/occupancy/current/0/max/-1',
    '/new/occupancy/current/0/max/ten',
    '/new/occupancy/current/-1/max/10',
    '/new/occupancy/current/1.5/max/10',
    '/new/occupancy/current/0/max/10/name/%00',
    '/new/occupancy/current/0/max/10/name/%20',
    '/new/occupancy/current/0/max/10/name/a%0Ab',
  ])('%s is 400', async (path) => {
    expect((await ask('PUT', path)).status).toBe(400);
  });

  it('takes names of up to 300 characters in any script', async () => {
    const name = '会'.repeat(300);
    const { body } = await ask('PUT', `/new/occupancy/current/0/max/9/name/${encodeURIComponent(name)}`);
    expect(body.space_name).toBe(name);
  });
});

describe('coming and going', () => {
  it('stays within 0 and the maximum, and a change past them changes nothing', async () => {
    const id = await make('/new/occupancy/current/1/max/2');
    expect(await numbers('PUT', `/${id}/increment`)).toBe('200 2/2');
    const full = await ask('GET', `/${id}`);
    expect((await ask('PUT', `/${id}/increment`)).text).toBe(full.text);
    expect(await numbers('PUT', `/${id}/decrement/`)).toBe('200 1/2');
    expect(await numbers('PUT', `/${id}/decrement?x=1`)).toBe('200 0/2');
    const empty = await ask('GET', `/${id}`);
    expect((await ask('PUT', `/${id}/decrement/?x=1`)).text).toBe(empty.text);
    expect(empty.body.last_updated > full.body.last_updated).toBe(true);
    expect(empty.body.created).toBe(full.body.created);
  });

  it('is bounded also where the native space allows more, and where a space around it refuses', async () => {
    const post = (body: Record<string, unknown>) =>
      desk.ask('POST', '/api/v1/spaces', { as: 'manager', body: { name: 'x', ...body } });
    const house = (await post({ kind: 'building', capacity: 1, over_capacity: 'refuse' })).body.id;
    const room = (await post({ kind: 'room', capacity: 5, parent_id: house })).body.id;
    expect(await numbers('PUT', `/${room}/increment`)).toBe('200 1/5');
    expect(await numbers('PUT', `/${room}/increment`)).toBe('200 1/5');
    await desk.ask('PATCH', `/api/v1/spaces/${house}`, { as: 'manager', body: { capacity: null } });
    for (let at = 2; at <= 5; at += 1) expect(await numbers('PUT', `/${room}/increment`)).toBe(`200 ${at}/5`);
    expect(await numbers('PUT', `/${room}/increment`)).toBe('200 5/5');
    expect(await numbers('GET', `/${house}`)).toBe('200 5/100000');
  });

  it('admits exactly as many as there is room for', async () => {
    const id = await make('/new/occupancy/current/0/max/10');
    const all = await Promise.all(Array.from({ length: 40 }, () => ask('PUT', `/${id}/increment`)));
    expect(all.map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect(await numbers('GET', `/${id}`)).toBe('200 10/10');
  });
});

describe('the maximum', () => {
  it('lowers the number when it falls below it, as a recount', async () => {
    const id = await make('/new/occupancy/current/8/max/10');
    expect(await numbers('PUT', `/${id}/max/9`)).toBe('200 8/9');
    expect(await numbers('PUT', `/${id}/max/5/`)).toBe('200 5/5');
    expect(await numbers('PUT', `/${id}/max/100000`)).toBe('200 5/100000');
    const recounts = await desk.database.query<{ value: number }>({
      text: `SELECT value FROM space_events WHERE space_id = $1 AND kind = 'anchor' ORDER BY at`,
      values: [id],
    });
    expect(recounts.map(({ value }) => value)).toEqual([8, 5]);
    const audited = await desk.database.query<{ action: string }>({
      text: 'SELECT action FROM audit WHERE subject_id = $1 ORDER BY id',
      values: [id],
    });
    expect(audited.map(({ action }) => action)).toEqual([
      'space.create',
      'space.anchor',
      'space.update',
      'space.update',
      'space.anchor',
      'space.update',
    ]);
  });

  it.each(['0', '100001', '-1', 'x', '1.5', '%00'])('of %s is 400', async (maximum) => {
    const id = await make('/new/occupancy/current/1/max/2');
    expect((await ask('PUT', `/${id}/max/${maximum}`)).status).toBe(400);
    expect(await numbers('GET', `/${id}`)).toBe('200 1/2');
  });
});

describe('an id', () => {
  it('is read in every spelling that PostgreSQL reads, and written in one', async () => {
    const id = await make('/new/occupancy/current/1/max/2');
    const digits = id.replaceAll('-', '');
    for (const spelling of [
      id.toUpperCase(),
      digits,
      `{${id}}`,
      encodeURIComponent(`{${digits.toUpperCase()}}`),
      digits.replace(/(.{4})(?=.)/g, '$1-'),
      digits.replace(/(.{8})(?=.)/g, '$1-'),
    ]) {
      const [{ read }] = (await desk.database.query<{ read: string }>({
        text: 'SELECT $1::text::uuid AS read',
        values: [decodeURIComponent(spelling)],
      })) as [{ read: string }];
      expect(read).toBe(id);
      expect((await ask('GET', `/${spelling}`)).body.space_id).toBe(id);
      expect((await ask('PUT', `/${spelling}/increment`)).body.space_id).toBe(id);
    }
  });

  it.each(['x', '1', `{${NOBODY}`, `${NOBODY}}`, `${NOBODY}0`, `%20${NOBODY}`, '%00', `-${NOBODY}`, 'new'])(
    '%s is 400',
    async (id) => {
      for (const [method, path] of [
        ['GET', `/${id}`],
        ['PUT', `/${id}/increment`],
        ['PUT', `/${id}/max/3`],
      ] as const)
        expect((await ask(method, path)).status).toBe(400);
    },
  );

  it('that nobody has is 404', async () => {
    for (const [method, path] of [
      ['GET', `/${NOBODY}`],
      ['PUT', `/${NOBODY}/increment`],
      ['PUT', `/${NOBODY}/decrement`],
      ['PUT', `/${NOBODY}/max/3`],
    ] as const)
      expect(await numbers(method, path)).toBe('404 Space not found');
  });
});

describe('other paths and methods', () => {
  it.each([
    ['GET', ''],
    ['GET', '/'],
    ['GET', `/${NOBODY}/`],
    ['GET', `/${NOBODY}/increment`],
    ['POST', `/${NOBODY}/increment`],
    ['DELETE', `/${NOBODY}`],
    ['PUT', `/${NOBODY}`],
    ['PUT', `/${NOBODY}/increment//`],
    ['PUT', `/${NOBODY}/max`],
    ['PUT', `/${NOBODY}/max/3/4`],
    ['PUT', '/new/occupancy/current/1/max/2/'],
    ['PUT', '/new/occupancy/current/1/max/2/name/'],
    ['PUT', '/new/occupancy/current/1/max/2/name/a/b'],
    ['GET', '/%ff'],
  ])('%s /space%s is 404', async (method, path) => {
    expect(await numbers(method, path)).toBe('404 Invalid URL requested');
  });

  it('OPTIONS is 204 for any id, and lets pages of any origin ask', async () => {
    for (const path of [`/space/${NOBODY}`, '/space/x/increment', '/space/new/occupancy/current/1/max/2']) {
      for (const origin of ['https://desk.example', 'https://evil.example', 'null']) {
        const { status, headers, text } = await desk.ask('OPTIONS', path, {
          headers: { origin, 'access-control-request-method': 'PUT' },
        });
        expect([status, text]).toEqual([204, '']);
        expect(headers.get('access-control-allow-origin')).toBe('*');
        expect(headers.get('access-control-allow-headers')).toBe('x-requested-with, authorization');
        expect(headers.get('access-control-allow-credentials')).toBeNull();
      }
    }
    const answer = await ask('GET', `/${NOBODY}`, { headers: { origin: 'https://desk.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('leave our own as they are', async () => {
    for (const path of ['/spaces', '/spacex', '/api/v1/space/x', '/api/v1/spaces/']) {
      const { status, body, headers } = await desk.ask('GET', path, { as: 'manager' });
      expect([path, status, body.code, headers.get('access-control-allow-origin')]).toEqual([
        path,
        404,
        'not_found',
        null,
      ]);
    }
  });
});

describe('without the right', () => {
  it('is 401 or 403, for any id alike', async () => {
    await makeUser(desk, 'roleless', { roles: [] });
    const id = await make('/new/occupancy/current/1/max/2');
    const requests = [
      ['GET', `/${id}`],
      ['GET', `/${NOBODY}`],
      ['GET', '/x'],
      ['PUT', `/${id}/increment`],
      ['PUT', `/${id}/decrement`],
      ['PUT', `/${id}/max/3`],
      ['PUT', '/new/occupancy/current/1/max/2'],
      ['PUT', '/new/occupancy/current/1/max/2/name/x'],
    ] as const;
    const client = occupancyClient(() => desk, undefined);
    for (const [method, path] of requests) {
      const answer = await client.ask(method, path);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect((await client.ask(method, path, { as: 'roleless' })).status).toBe(403);
      expect((await client.ask(method, path, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    }
    const bySupport = await Promise.all(
      requests.map(async ([method, path]) => (await ask(method, path, { as: 'support' })).status),
    );
    expect(bySupport).toEqual([200, 404, 400, 200, 200, 403, 403, 403]);
    expect(await numbers('GET', `/${id}`)).toBe('200 1/2');
  });

  it('a space that is public needs a token like any other', async () => {
    const id = await make('/new/occupancy/current/1/max/2');
    await desk.ask('PATCH', `/api/v1/spaces/${id}`, { as: 'manager', body: { public: true } });
    expect((await occupancyClient(() => desk, undefined).ask('GET', `/${id}`)).status).toBe(401);
  });
});
