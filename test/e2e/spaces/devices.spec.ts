import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Desk, type Instance, openDesk } from '../../support/desk.js';

let desk: Desk;
let second: Instance;
let room: string;
let door: string;
let otherDoor: string;

const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  desk.ask(method, `/api/v1${path}`, { as: 'manager', ...(body === undefined ? {} : { body }), headers });

beforeAll(async () => {
  desk = await openDesk();
  second = await desk.another();
  room = (await ask('POST', '/spaces', { kind: 'room', name: 'Room' })).body.id;
  door = (await ask('POST', '/doors', { name: 'Front', to_space_id: room })).body.id;
  otherDoor = (await ask('POST', '/doors', { name: 'Back', to_space_id: room })).body.id;
});
afterAll(() => desk?.close());

interface Made {
  id: string;
  secret: string;
}

async function make(fields: Record<string, unknown> = {}): Promise<Made> {
  const answer = await ask('POST', '/devices', { name: 'Sensor', door_ids: [door], ...fields });
  expect(answer.status).toBe(201);
  return answer.body as Made;
}

const event = (): Record<string, unknown> => ({
  event_id: randomUUID(),
  delta: 1,
  at: new Date().toISOString(),
});

interface Where {
  at?: string;
  on?: Instance;
  headers?: Record<string, string>;
}

const post = (secret: string, body: unknown = [], { at = door, on = desk, headers = {} }: Where = {}) =>
  on.ask('POST', `/api/v1/doors/${at}/events`, {
    body,
    headers: { authorization: `Bearer ${secret}`, ...headers },
  });

const inShort = ({ status, body }: Answer): string => `${status} ${body?.code ?? ''}`;

describe('a device', () => {
  it('is answered whole, with its secret, which nobody sees again', async () => {
    const answer = await ask('POST', '/devices', { name: 'Sensor', door_ids: [otherDoor, door, door] });
    const { id, secret, created_at } = answer.body;
    expect(secret).toMatch(new RegExp(`^fdd_${id}_[A-Za-z0-9_-]{43}$`));
    const shown = {
      id,
      name: 'Sensor',
      door_ids: [door, otherDoor].sort(),
      offline_after_minutes: 15,
      state: 'offline',
      last_seen_at: null,
      clock_skew_seconds: null,
      revoked_at: null,
      created_at,
      updated_at: created_at,
    };
    expect(answer.body).toEqual({ ...shown, secret });
    expect([answer.headers.get('location'), answer.headers.get('etag')]).toEqual([
      `/api/v1/devices/${id}`,
      '"1"',
    ]);
    expect((await ask('GET', `/devices/${id}`)).body).toEqual(shown);
    const stored = await desk.database.query<{ found: boolean }>({
      text: `SELECT exists(SELECT FROM audit WHERE strpos(after::text, 'fdd_') > 0) OR exists(
               SELECT FROM device_secrets WHERE octet_length(hash) <> 32 OR position($1::bytea IN hash) > 0) AS found`,
      values: [Buffer.from(secret)],
    });
    expect(stored).toEqual([{ found: false }]);
  });

  it('shows its secret once, also when the request is repeated with its key', async () => {
    const body = { name: 'Once', door_ids: [] };
    const first = await ask('POST', '/devices', body, { 'idempotency-key': 'device' });
    const again = await ask('POST', '/devices', body, { 'idempotency-key': 'device' });
    expect(again.body).toEqual({ ...first.body, secret: null });
    const { id } = first.body;
    const turn = { overlap_minutes: 5 };
    const rotated = await ask('POST', `/devices/${id}/rotate`, turn, { 'idempotency-key': 'turn' });
    const repeated = await ask('POST', `/devices/${id}/rotate`, turn, { 'idempotency-key': 'turn' });
    expect([rotated.status, typeof rotated.body.secret]).toEqual([200, 'string']);
    expect(repeated.body).toEqual({ ...rotated.body, secret: null });
    const kept = await desk.database.query({
      text: `SELECT FROM idempotency_keys WHERE strpos(result::text, 'fdd_') > 0`,
    });
    expect(kept).toEqual([]);
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ door_ids: ['x'] }, 'door_ids.0'],
    [{ door_ids: ['0199c6f2-0000-7000-8000-000000000000'] }, 'door_ids'],
    [{ offline_after_minutes: 0 }, 'offline_after_minutes'],
    [{ offline_after_minutes: 10_081 }, 'offline_after_minutes'],
  ])('is refused with %j', async (fields, path) => {
    const answer = await ask('POST', '/devices', { name: 'Sensor', ...fields });
    expect([answer.status, answer.body.errors[0].path]).toEqual([422, path]);
  });

  it('is changed, and deleted with its secrets', async () => {
    const { id, secret } = await make();
    const same = await ask('PATCH', `/devices/${id}`, { door_ids: [door], name: 'Sensor' });
    expect(same.headers.get('etag')).toBe('"1"');
    const changed = await ask('PATCH', `/devices/${id}`, { door_ids: [otherDoor] });
    expect([changed.body.door_ids, changed.headers.get('etag')]).toEqual([[otherDoor], '"2"']);
    expect(inShort(await post(secret))).toBe('403 forbidden');
    expect(inShort(await post(secret, [], { at: otherDoor }))).toBe('200 ');
    expect((await ask('DELETE', `/devices/${id}`, undefined, { 'if-match': '"1"' })).status).toBe(412);
    expect((await ask('DELETE', `/devices/${id}`)).status).toBe(204);
    expect(inShort(await post(secret, [], { at: otherDoor }))).toBe('401 invalid_token');
  });

  it('loses the doors that are deleted', async () => {
    const gone = (await ask('POST', '/doors', { name: 'Gone', to_space_id: room })).body.id;
    const { id } = await make({ door_ids: [gone, door] });
    await ask('DELETE', `/doors/${gone}`);
    const left = await ask('GET', `/devices/${id}`);
    expect([left.body.door_ids, left.headers.get('etag')]).toEqual([[door], '"2"']);
  });
});

describe('the secret of a device', () => {
  let device: Made;
  beforeEach(async () => {
    device = await make();
  });

  it('counts at its doors, on every instance, and nowhere else', async () => {
    const before = (await ask('GET', `/spaces/${room}`)).body.occupancy;
    expect((await post(device.secret, event())).body.occupancy).toBe(before + 1);
    expect((await post(device.secret, event(), { on: second })).body.occupancy).toBe(before + 2);
    expect(inShort(await post(device.secret, event(), { at: otherDoor }))).toBe('403 forbidden');
    const nowhere = '0199c6f2-0000-7000-8000-000000000000';
    expect(inShort(await post(device.secret, event(), { at: nowhere }))).toBe('403 forbidden');
    expect((await ask('GET', `/spaces/${room}`)).body.occupancy).toBe(before + 2);
  });

  it('opens no other operation', async () => {
    const { paths } = (await desk.ask('GET', '/openapi.json')).body as {
      paths: Record<string, Record<string, { security?: Record<string, unknown>[]; deprecated?: boolean }>>;
    };
    let asked = 0;
    for (const [path, item] of Object.entries(paths)) {
      for (const [method, { security = [], deprecated }] of Object.entries(item)) {
        if (security.length === 0 || path === '/api/v1/doors/{id}/events') continue;
        const answer = await desk.ask(method.toUpperCase(), path.replace(/\{\w+\}/g, room), {
          headers: { authorization: `Bearer ${device.secret}` },
          ...(method === 'get' || method === 'delete' ? {} : { body: {} }),
        });
        const expected = deprecated ? /^401 $/ : /^401 invalid_token$/;
        expect(`${method} ${path}: ${inShort(answer)}`).toMatch(
          new RegExp(`: ${expected.source.slice(1, -1)}$`),
        );
        if (!deprecated) expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(40);
  });

  it('is refused when it is another, foreign, malformed or revoked', async () => {
    const { secret, id } = device;
    const other = await make();
    const wrong = [
      secret.slice(0, -1) + (secret.endsWith('A') ? 'Q' : 'A'),
      `${secret}A`,
      secret.slice(0, -1),
      secret.toUpperCase().replace('FDD_', 'fdd_'),
      `fdd_${id}_${other.secret.slice(-43)}`,
      `fdd_0199c6f2-0000-7000-8000-000000000000_${secret.slice(-43)}`,
      'fdd_',
      `fdd_${'1'.repeat(5000)}`,
    ];
    for (const token of wrong) {
      const answer = await post(token, event());
      expect(inShort(answer)).toBe('401 invalid_token');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
    expect((await ask('POST', `/devices/${id}/revoke`)).body.state).toBe('revoked');
    for (const on of [desk, second])
      expect(inShort(await post(secret, event(), { on }))).toBe('401 invalid_token');
    expect(
      (await desk.ask('POST', `/api/v1/doors/${door}/events`, { body: [] })).headers.get('www-authenticate'),
    ).toBe('Bearer');
  });

  it('stays revoked for good', async () => {
    const revoked = await ask('POST', `/devices/${device.id}/revoke`);
    expect(revoked.body.revoked_at).toBe(revoked.body.updated_at);
    const again = await ask('POST', `/devices/${device.id}/revoke`);
    expect([again.status, again.body]).toEqual([200, revoked.body]);
    const rotated = await ask('POST', `/devices/${device.id}/rotate`, {});
    expect([rotated.status, rotated.body.code]).toEqual([409, 'device_revoked']);
  });

  it('is refused of a revoked device, with a secret that was left over too', async () => {
    await desk.database.query({
      text: 'UPDATE devices SET revoked_at = now() WHERE id = $1',
      values: [device.id],
    });
    expect((await post(device.secret)).status).toBe(401);
    expect((await ask('GET', `/devices/${device.id}`)).body.last_seen_at).toBe(null);
  });

  it('lives on for a while beside its successor, two at most', async () => {
    const { id, secret: first } = device;
    const rotate = async (body: unknown = {}): Promise<string> =>
      (await ask('POST', `/devices/${id}/rotate`, body)).body.secret;
    const [legacy, old] = [await rotate(), await rotate()];
    expect(
      await Promise.all([first, legacy, old].map(async (secret) => (await post(secret)).status)),
    ).toEqual([401, 200, 200]);
    await desk.database.query({
      text: `UPDATE device_secrets SET expires_at = now() WHERE expires_at IS NOT NULL AND device_id = $1`,
      values: [id],
    });
    expect([(await post(legacy)).status, (await post(old)).status]).toEqual([401, 200]);
    const newest = await rotate({ overlap_minutes: 0 });
    expect([(await post(old)).status, (await post(newest)).status]).toEqual([401, 200]);
    for (const overlap_minutes of [-1, 1.5, 10_081])
      expect((await ask('POST', `/devices/${id}/rotate`, { overlap_minutes })).status).toBe(422);
  });
});

describe('the state of a device', () => {
  const states = async (state: string): Promise<string[]> =>
    (await ask('GET', `/devices?limit=200&state=${state}`)).body.items.map(({ id }: Made) => id);

  it('is offline before its first request and again when none came for a while', async () => {
    const { id, secret } = await make({ offline_after_minutes: 30 });
    expect(await states('offline')).toContain(id);
    await post(secret);
    const seen = (await ask('GET', `/devices/${id}`)).body;
    expect([seen.state, Date.now() - Date.parse(seen.last_seen_at) < 5_000]).toEqual(['online', true]);
    expect(await states('online')).toContain(id);
    expect(await states('offline')).not.toContain(id);
    const minutesAgo = (minutes: number) =>
      desk.database.query({
        text: `UPDATE devices SET last_seen_at = last_seen_at - make_interval(mins => $2),
                 offline_at = offline_at - make_interval(mins => $2) WHERE id = $1`,
        values: [id, minutes],
      });
    await minutesAgo(29);
    expect((await ask('GET', `/devices/${id}`)).body.state).toBe('online');
    await ask('PATCH', `/devices/${id}`, { offline_after_minutes: 28 });
    expect(await states('offline')).toContain(id);
    await ask('POST', `/devices/${id}/revoke`);
    expect(await states('offline')).not.toContain(id);
    expect(await states('revoked')).toContain(id);
  });

  it('tells how its clock goes, by its Date header', async () => {
    const { id, secret } = await make();
    const skewOf = async (date: string): Promise<number> => {
      await desk.database.query({
        text: 'UPDATE devices SET last_seen_at = NULL WHERE id = $1',
        values: [id],
      });
      expect((await post(secret, [], { headers: { date } })).status).toBe(200);
      return (await ask('GET', `/devices/${id}`)).body.clock_skew_seconds;
    };
    expect(await skewOf(new Date(Date.now() + 90_500).toUTCString())).toBeGreaterThanOrEqual(88);
    expect(await skewOf(new Date(Date.now() - 3_600_000).toUTCString())).toBeLessThanOrEqual(-3_600);
    expect(await skewOf('nonsense')).toBeLessThanOrEqual(-3_600);
    expect(await skewOf('Fri, 31 Dec 9999 23:59:59 GMT')).toBe(2_147_483_647);
  });

  it('is written at most every ten seconds, whatever the refusal', async () => {
    const { id, secret } = await make();
    expect(inShort(await post(secret, [], { at: otherDoor }))).toBe('403 forbidden');
    const first = (await ask('GET', `/devices/${id}`)).body;
    expect(first.state).toBe('online');
    await Promise.all(Array.from({ length: 5 }, () => post(secret, event())));
    expect((await ask('GET', `/devices/${id}`)).body.last_seen_at).toBe(first.last_seen_at);
    expect((await ask('GET', `/devices/${id}`)).headers.get('etag')).toBe('"1"');
  });

  it('may be asked for by door', async () => {
    const mine = (await ask('POST', '/doors', { name: 'Mine', to_space_id: room })).body.id;
    const { id } = await make({ door_ids: [mine, door] });
    expect((await ask('GET', `/devices?door_id=${mine}`)).body.items.map((each: Made) => each.id)).toEqual([
      id,
    ]);
  });
});
