import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Desk, openDesk } from '../../support/desk.js';
import { insertDoor, insertSpace } from '../../support/spaces.js';

let desk: Desk;
let building: { id: string; path: string[] };
let hall: { id: string; path: string[] };
let room: { id: string; path: string[] };
/** The entrance leads from outside into the hall, the inner door from the hall into the room. */
let entrance: string;
let inner: string;
let device: { id: string; secret: string };

beforeAll(async () => {
  desk = await openDesk();
});
beforeEach(async () => {
  const { database } = desk;
  building = await insertSpace(database, { kind: 'building', capacity: 100 });
  hall = await insertSpace(database, { parent: building });
  room = await insertSpace(database, { parent: building, capacity: 2, over_capacity: 'refuse' });
  entrance = await insertDoor(database, null, hall);
  inner = await insertDoor(database, hall, room);
  const made = await desk.ask('POST', '/api/v1/devices', {
    as: 'manager',
    body: { name: 'Sensor', door_ids: [entrance, inner] },
  });
  device = made.body;
});
afterAll(() => desk?.close());

const event = (fields: Record<string, unknown> = {}) => ({
  event_id: randomUUID(),
  direction: 'in',
  count: 1,
  at: new Date(Date.now() - 1_000).toISOString(),
  ...fields,
});

const post = (door: string, body: unknown, secret = device.secret, headers: Record<string, string> = {}) =>
  desk.ask('POST', `/api/v1/doors/${door}/events`, {
    body,
    headers: { authorization: `Bearer ${secret}`, ...headers },
  });

const occupancies = async (): Promise<number[]> => {
  const rows = await desk.database.query<{ space_id: string; inside: number }>({
    text: 'SELECT space_id, inside FROM space_counts',
  });
  const of = new Map(rows.map(({ space_id, inside }) => [space_id, inside]));
  return [building, hall, room].map(({ id }) => of.get(id) ?? NaN);
};

describe('a device at its doors', () => {
  it('counts who comes in and who goes further; an inner door changes nothing outside of it', async () => {
    expect((await post(entrance, event({ count: 5 }))).body).toMatchObject({
      space_id: hall.id,
      occupancy: 5,
    });
    expect(await occupancies()).toEqual([5, 5, 0]);
    expect((await post(inner, event({ count: 2 }))).body).toMatchObject({ space_id: room.id, occupancy: 2 });
    expect(await occupancies()).toEqual([5, 3, 2]);
    await post(inner, event({ direction: 'out', count: 1 }));
    await post(entrance, event({ direction: 'out', count: 1 }));
    expect(await occupancies()).toEqual([4, 3, 1]);
  });

  it('checks the capacity of the room that is entered, and always counts what was seen', async () => {
    await post(inner, event({ count: 2 }));
    const before = await occupancies();
    const asked = await post(inner, event({ ask: true }));
    expect([asked.status, asked.body.code, asked.body.space_id]).toEqual([409, 'capacity_reached', room.id]);
    expect(await occupancies()).toEqual(before);
    expect((await post(inner, event())).body).toMatchObject({ over_capacity: true, occupancy: 3 });
  });

  it('counts an event once, at the door where it was', async () => {
    const seen = event({ count: 3 });
    expect((await post(entrance, seen)).status).toBe(201);
    expect((await post(entrance, seen)).body.duplicate).toBe(true);
    expect((await post(inner, seen)).body.code).toBe('event_mismatch');
  });

  it('may see one door below zero, while what is shown is not', async () => {
    const side = await insertDoor(desk.database, null, hall);
    const { body } = await desk.ask('POST', '/api/v1/devices', {
      as: 'manager',
      body: { name: 'Side', door_ids: [side] },
    });
    await post(entrance, event({ count: 2 }));
    const answer = await post(side, event({ direction: 'out', count: 3 }), body.secret);
    expect(answer.body.occupancy).toBe(0);
    expect(await occupancies()).toEqual([-1, -1, 0]);
  });

  it('is seen by each request, and by an empty list too, with the skew of its clock', async () => {
    const { body: made } = await desk.ask('POST', '/api/v1/devices', {
      as: 'manager',
      body: { name: 'Quiet', door_ids: [entrance] },
    });
    const read = async () => (await desk.ask('GET', `/api/v1/devices/${made.id}`, { as: 'manager' })).body;
    expect(await read()).toMatchObject({ last_seen_at: null, clock_skew_seconds: null });
    const date = new Date(Date.now() + 90_000).toUTCString();
    expect((await post(entrance, [], made.secret, { date })).status).toBe(200);
    const seen = await read();
    expect(seen.state).toBe('online');
    expect(Date.now() - Date.parse(seen.last_seen_at)).toBeLessThan(20_000);
    expect(Math.abs(seen.clock_skew_seconds - 90)).toBeLessThan(5);
  });
});

describe('whoever is no such device', () => {
  it('is 401 with an unknown, a foreign or a revoked secret, and 403 at another door', async () => {
    const other = await desk.ask('POST', '/api/v1/devices', {
      as: 'manager',
      body: { name: 'Other', door_ids: [] },
    });
    expect((await post(entrance, event(), other.body.secret)).body.code).toBe('forbidden');
    expect((await post(randomUUID(), event())).body.code).toBe('forbidden');
    const strangers = [
      device.secret.replace(device.id, randomUUID()),
      `${device.secret.slice(0, -1)}${device.secret.endsWith('A') ? 'B' : 'A'}`,
      device.secret.replace(device.id, String(other.body.id)),
      'fdd_',
    ];
    for (const secret of strangers) expect((await post(entrance, event(), secret)).status).toBe(401);
    await desk.ask('POST', `/api/v1/devices/${other.body.id}/revoke`, { as: 'manager', body: {} });
    expect((await post(entrance, event(), other.body.secret)).status).toBe(401);
  });

  it('nor can a device do anything else', async () => {
    const headers = { authorization: `Bearer ${device.secret}` };
    for (const [method, path] of [
      ['GET', '/api/v1/me'],
      ['GET', `/api/v1/spaces/${hall.id}/state`],
      ['POST', `/api/v1/spaces/${hall.id}/events`],
      ['POST', `/api/v1/spaces/${hall.id}/increment`],
      ['GET', `/api/v1/doors/${entrance}`],
      ['PATCH', `/api/v1/devices/${device.id}`],
    ] as const) {
      const answer = await desk.ask(method, path, {
        headers,
        ...(method === 'GET' ? {} : { body: event() }),
      });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
    }
  });

  it('a user counts at a door as well, with the permission', async () => {
    const ask = (as: string) => desk.ask('POST', `/api/v1/doors/${entrance}/events`, { as, body: event() });
    expect((await ask('support')).status).toBe(201);
    const unknown = await desk.ask('POST', `/api/v1/doors/${randomUUID()}/events`, {
      as: 'support',
      body: event(),
    });
    expect(unknown.body.code).toBe('not_found');
  });
});
