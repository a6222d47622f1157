import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Desk, openDesk } from '../../support/desk.js';

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const ask = (method: string, path: string, body?: unknown) =>
  desk.ask(method, `/api/v1${path}`, { as: 'manager', ...(body === undefined ? {} : { body }) });

async function make(kind: string, parent_id: string | null, name = kind): Promise<string> {
  const answer = await ask('POST', '/spaces', { kind, parent_id, name });
  expect(`${answer.status} ${answer.status === 201 ? '' : answer.text}`).toBe('201 ');
  return answer.body.id as string;
}

const enter = async (id: string, by: number): Promise<void> => {
  expect((await ask('POST', `/spaces/${id}/increment`, { by })).status).toBe(201);
};

const numbers = async (...ids: string[]): Promise<number[]> =>
  Promise.all(ids.map(async (id) => (await ask('GET', `/spaces/${id}`)).body.occupancy));

const pathOf = async (id: string): Promise<string[]> =>
  (
    await desk.database.query<{ path: string[] }>({
      text: 'SELECT path FROM spaces WHERE id = $1',
      values: [id],
    })
  )[0]?.path ?? [];

/** What the ledger makes of each space: the sum of all that ever came and went. */
const fromLedger = async (...ids: string[]): Promise<number[]> => {
  const rows = await desk.database.query<{ space_id: string; sum: number }>({
    text: 'SELECT space_id, sum(delta)::int AS sum FROM space_events WHERE space_id = ANY($1) GROUP BY 1',
    values: [ids],
  });
  return ids.map((id) => rows.find(({ space_id }) => space_id === id)?.sum ?? 0);
};

let site: string;
let east: string;
let west: string;
let floor: string;
let room: string;
let zone: string;

/** site > east > floor > room > zone, and west beside east, with people in room and zone. */
beforeEach(async () => {
  site = await make('site', null);
  east = await make('building', site, 'east');
  west = await make('building', site, 'west');
  floor = await make('floor', east);
  room = await make('room', floor);
  zone = await make('zone', room);
  await enter(room, 3);
  await enter(zone, 2);
  await enter(west, 1);
});

describe('moving a space', () => {
  it('takes its parts and its people along, and touches what both places share not at all', async () => {
    const before = await ask('GET', `/spaces/${site}/state`);
    expect(await numbers(site, east, west, floor, room, zone)).toEqual([6, 5, 1, 5, 5, 2]);
    const moved = await ask('PATCH', `/spaces/${floor}`, { parent_id: west });
    expect([moved.status, moved.body.parent_id, moved.body.occupancy]).toEqual([200, west, 5]);
    expect(await numbers(site, east, west, floor, room, zone)).toEqual([6, 0, 6, 5, 5, 2]);
    expect(await fromLedger(site, east, west, floor, room, zone)).toEqual([6, 0, 6, 5, 5, 2]);
    expect(await pathOf(zone)).toEqual([site, west, floor, room, zone]);
    expect((await ask('GET', `/spaces/${site}/state`)).body.seq).toBe(before.body.seq);
    await enter(zone, 1);
    expect(await numbers(site, east, west, floor, room, zone)).toEqual([7, 0, 7, 6, 6, 3]);
  });

  it('to the top and back', async () => {
    expect((await ask('PATCH', `/spaces/${floor}`, { parent_id: null })).status).toBe(200);
    expect(await numbers(site, east, floor)).toEqual([1, 0, 5]);
    expect(await pathOf(zone)).toEqual([floor, room, zone]);
    expect((await ask('PATCH', `/spaces/${floor}`, { parent_id: site })).status).toBe(200);
    expect(await numbers(site, east, floor)).toEqual([6, 0, 5]);
    expect(await pathOf(zone)).toEqual([site, floor, room, zone]);
  });

  it('marks the history of those that it left and entered', async () => {
    await desk.database.query({ text: 'DELETE FROM rollup_marks' });
    await ask('PATCH', `/spaces/${floor}`, { parent_id: west });
    const marks = await desk.database.query<{ space_id: string }>({
      text: 'SELECT space_id FROM rollup_marks',
    });
    expect(marks.map(({ space_id }) => space_id).sort()).toEqual([east, west].sort());
  });

  it('is refused where it would make a circle, or break the order of kinds', async () => {
    for (const [id, patch, path] of [
      [room, { parent_id: room }, 'parent_id'],
      [floor, { parent_id: zone }, 'parent_id'],
      [room, { parent_id: zone }, 'parent_id'],
      [east, { parent_id: west }, 'kind'],
      [site, { parent_id: west }, 'parent_id'],
      [room, { kind: 'zone' }, 'kind'],
      [room, { kind: 'floor' }, 'kind'],
      [room, { parent_id: '0199c6f2-0000-7000-8000-000000000000' }, 'parent_id'],
    ] as const) {
      const answer = await ask('PATCH', `/spaces/${id}`, patch);
      expect([patch, answer.status, answer.body.errors?.[0].path]).toEqual([patch, 422, path]);
    }
    expect(await numbers(site, east, west, floor, room, zone)).toEqual([6, 5, 1, 5, 5, 2]);
    const both = await ask('PATCH', `/spaces/${room}`, { kind: 'floor', parent_id: west });
    expect([both.status, both.body.kind]).toEqual([200, 'floor']);
  });

  it('keeps the numbers right while people come and go', async () => {
    const homes = [east, west, site];
    const work = [
      ...Array.from({ length: 40 }, () => ask('POST', `/spaces/${zone}/increment`, {})),
      ...Array.from({ length: 12 }, (_, index) =>
        ask('PATCH', `/spaces/${floor}`, { parent_id: homes[index % 3] as string }),
      ),
      ...Array.from({ length: 6 }, (_, index) =>
        ask('PATCH', `/spaces/${room}`, { parent_id: index % 2 ? floor : west }),
      ),
    ];
    const statuses = (await Promise.all(work)).map(({ status }) => status);
    for (const status of statuses) expect([200, 201, 422, 503]).toContain(status);
    const counted = statuses.slice(0, 40).filter((status) => status === 201).length;
    const [all, inZone] = await numbers(site, zone);
    expect([all, inZone]).toEqual([6 + counted, 2 + counted]);
    const ids = [site, east, west, floor, room, zone];
    expect(await fromLedger(...ids)).toEqual(await numbers(...ids));
    const [broken] = await desk.database.query<{ n: number }>({
      text: `SELECT count(*) AS n FROM spaces s LEFT JOIN spaces p ON p.id = s.parent_id
             WHERE s.path <> coalesce(p.path, '{}') || s.id`,
    });
    expect(broken?.n).toBe(0);
  });
});

describe('deleting a space', () => {
  it('is refused while spaces lie in it or doors lead to it', async () => {
    const refused = await ask('DELETE', `/spaces/${room}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'has_children']);
    await ask('DELETE', `/spaces/${zone}`);
    await ask('POST', '/doors', { name: 'Door', from_space_id: floor, to_space_id: room });
    expect((await ask('DELETE', `/spaces/${room}`)).body.detail).toBe(
      '0 spaces lie in it and 1 doors lead to it. Delete those first, or all at once with ?recursive=true.',
    );
  });

  it('takes its people out of the spaces around it', async () => {
    expect((await ask('DELETE', `/spaces/${zone}`)).status).toBe(204);
    expect((await ask('GET', `/spaces/${zone}`)).status).toBe(404);
    expect(await numbers(site, east, floor, room)).toEqual([4, 3, 3, 3]);
    expect(await fromLedger(site, east, floor, room)).toEqual([4, 3, 3, 3]);
  });

  it('takes everything in it, and the doors that lead there, when asked to', async () => {
    const door = (await ask('POST', '/doors', { name: 'In', to_space_id: zone })).body.id;
    const other = (await ask('POST', '/doors', { name: 'Other', to_space_id: west })).body.id;
    expect((await ask('DELETE', `/spaces/${east}?recursive=true`)).status).toBe(204);
    for (const id of [east, floor, room, zone]) expect((await ask('GET', `/spaces/${id}`)).status).toBe(404);
    expect((await ask('GET', `/doors/${door}`)).status).toBe(404);
    expect((await ask('GET', `/doors/${other}`)).status).toBe(200);
    expect(await numbers(site, west)).toEqual([1, 1]);
    const audited = await desk.database.query<{ subject_id: string }>({
      text: `SELECT subject_id FROM audit WHERE action IN ('space.delete', 'door.delete') AND subject_id = ANY($1)`,
      values: [[east, floor, room, zone, door]],
    });
    expect(audited).toHaveLength(5);
  });

  it('heeds If-Match, and refuses another value of recursive', async () => {
    const stale = await desk.ask('DELETE', `/api/v1/spaces/${zone}`, {
      as: 'manager',
      headers: { 'if-match': '"7"' },
    });
    expect(stale.status).toBe(412);
    expect((await ask('DELETE', `/spaces/${zone}?recursive=yes`)).status).toBe(422);
    expect((await desk.ask('DELETE', `/api/v1/spaces/${zone}`, { as: 'support' })).status).toBe(403);
  });
});

describe('the capacity', () => {
  it('below the present number lowers nothing, and only space:update changes it', async () => {
    const changed = await ask('PATCH', `/spaces/${room}`, { capacity: 4 });
    expect([changed.status, changed.body.capacity, changed.body.occupancy]).toEqual([200, 4, 5]);
    expect((await ask('GET', `/spaces/${room}/state`)).body).toMatchObject({
      over_capacity: true,
      level: 'full',
      free: 0,
    });
    const refused = await desk.ask('PATCH', `/api/v1/spaces/${room}`, {
      as: 'support',
      body: { capacity: 9 },
    });
    expect(refused.status).toBe(403);
  });

  it('and the thresholds set the level again, and count as a change of it', async () => {
    const before = (await ask('GET', `/spaces/${room}/state`)).body;
    await ask('PATCH', `/spaces/${room}`, { capacity: 6 });
    const amber = (await ask('GET', `/spaces/${room}/state`)).body;
    expect([before.level, amber.level, amber.seq]).toEqual(['free', 'amber', before.seq + 1]);
    await ask('PATCH', `/spaces/${room}`, { amber_percent: 95 });
    const free = (await ask('GET', `/spaces/${room}/state`)).body;
    expect([free.level, free.seq]).toEqual(['free', before.seq + 2]);
    await ask('PATCH', `/spaces/${room}`, { tags: ['other'] });
    expect((await ask('GET', `/spaces/${room}/state`)).body.seq).toBe(before.seq + 2);
  });
});
