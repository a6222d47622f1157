import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, openDesk } from '../../support/desk.js';
import { insertSpace } from '../../support/spaces.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();

const event = (fields: Record<string, unknown> = {}) => ({
  event_id: randomUUID(),
  delta: 1,
  at: ago(1),
  ...fields,
});

const post = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  desk.ask('POST', `/api/v1/spaces/${id}/events`, { as: 'support', body, headers });

const state = async (id: string) =>
  (await desk.ask('GET', `/api/v1/spaces/${id}/state`, { as: 'support' })).body;

const rowsOf = (id: string) =>
  desk.database.query<{ kind: string; delta: number }>({
    text: 'SELECT kind, delta FROM space_events WHERE space_id = $1 ORDER BY recorded_at, at',
    values: [id],
  });

describe('one event', () => {
  it('counts once, whenever and however often it comes', async () => {
    const space = await insertSpace(desk.database, { capacity: 10 });
    const seen = event({ delta: 3 });
    const first = await post(space.id, seen);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ event_id: seen.event_id, duplicate: false, occupancy: 3, free: 7 });
    const again = await post(space.id, seen);
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ duplicate: true, occupancy: 3, seq: first.body.seq });
    expect(await rowsOf(space.id)).toHaveLength(1);
  });

  it('is another one with another content: 409, in this space and in any other', async () => {
    const [space, other] = [await insertSpace(desk.database), await insertSpace(desk.database)];
    const seen = event();
    await post(space.id, seen);
    for (const changed of [{ delta: 2 }, { at: ago(60) }, { ask: true }]) {
      const answer = await post(space.id, { ...seen, ...changed });
      expect([answer.status, answer.body.code]).toEqual([409, 'event_mismatch']);
    }
    expect((await post(other.id, seen)).body.code).toBe('event_mismatch');
    expect(await state(other.id)).toMatchObject({ occupancy: 0 });
  });

  it('takes direction and count as well, and is the same event in either form', async () => {
    const space = await insertSpace(desk.database);
    const id = randomUUID();
    const at = ago(5);
    expect((await post(space.id, { event_id: id, direction: 'in', count: 4, at })).body.occupancy).toBe(4);
    expect((await post(space.id, { event_id: id, delta: 4, at })).body.duplicate).toBe(true);
    expect(
      (await post(space.id, event({ delta: undefined, direction: 'out', count: 3 }))).body.occupancy,
    ).toBe(1);
  });

  it.each([
    ['zero', { delta: 0 }],
    ['a fraction', { delta: 1.5 }],
    ['a huge number', { delta: 10_001 }],
    ['a negative count', { delta: undefined, direction: 'in', count: -1 }],
    ['both forms', { direction: 'in', count: 1 }],
    ['neither form', { delta: undefined }],
    ['no id', { event_id: undefined }],
    ['an id that is none', { event_id: 'one' }],
    ['no time', { at: undefined }],
    ['an unknown field', { people: 1 }],
  ])('with %s is 422', async (_, fields) => {
    const space = await insertSpace(desk.database);
    const answer = await post(space.id, event(fields));
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].path).toMatch(/^(delta|count|direction|event_id|at|people)$/);
    expect(await rowsOf(space.id)).toEqual([]);
  });

  it('out of its time is 422 with its own code', async () => {
    const space = await insertSpace(desk.database, { counting_since: ago(3 * 86_400) });
    const codes = [];
    for (const at of [ago(-86_400), ago(4 * 86_400)])
      codes.push((await post(space.id, event({ at }))).body.code);
    const old = await insertSpace(desk.database, { counting_since: '2020-01-01T00:00:00Z' });
    codes.push((await post(old.id, event({ at: ago(8 * 86_400) }))).body.code);
    expect(codes).toEqual(['in_future', 'before_counting', 'too_late']);
  });

  it('of a clock that runs ahead a little lands when it came, and counts once', async () => {
    const space = await insertSpace(desk.database);
    const seen = event({ at: ago(-300) });
    expect((await post(space.id, seen)).status).toBe(201);
    expect((await post(space.id, seen)).body.duplicate).toBe(true);
    const [row] = await desk.database.query<{ ahead: boolean }>({
      text: 'SELECT at > now() AS ahead FROM space_events WHERE space_id = $1',
      values: [space.id],
    });
    expect(row).toEqual({ ahead: false });
  });

  it('whose row is gone can never count again', async () => {
    const space = await insertSpace(desk.database, { accept_late_days: null, keep_events_days: null });
    await desk.database.query({
      text: `UPDATE space_counts SET purged_before = now() - interval '1 day' WHERE space_id = $1`,
      values: [space.id],
    });
    expect((await post(space.id, event({ at: ago(2 * 86_400) }))).body.code).toBe('too_late');
  });

  it('for a space that is not there is 404', async () => {
    expect((await post(randomUUID(), event())).body.code).toBe('not_found');
    expect((await desk.ask('GET', `/api/v1/spaces/${randomUUID()}/state`, { as: 'support' })).status).toBe(
      404,
    );
  });
});

describe('a list of events', () => {
  it('counts the good ones and names the others in their order', async () => {
    const space = await insertSpace(desk.database, { capacity: 3, over_capacity: 'refuse' });
    const first = event({ delta: 2 });
    const list = [
      first,
      event({ delta: 0 }),
      'no event',
      first,
      event({ delta: 2, ask: true }),
      event({ at: ago(-90_000) }),
      event({ delta: 5 }),
    ];
    const answer = await post(space.id, list);
    expect(answer.status).toBe(200);
    expect(
      answer.body.results.map(({ result, code }: { result: string; code: string }) => [result, code]),
    ).toEqual([
      ['counted', null],
      ['invalid', 'validation_failed'],
      ['invalid', 'validation_failed'],
      ['duplicate', null],
      ['refused', 'capacity_reached'],
      ['invalid', 'in_future'],
      ['counted', null],
    ]);
    expect(answer.body).toMatchObject({ counted: 2, duplicate: 1, refused: 1, invalid: 3 });
    expect(answer.body).toMatchObject({ occupancy: 7, over_capacity: true, free: 0 });
  });

  it('may be empty, and may not be longer than 1,000 or larger than 1 MiB', async () => {
    const space = await insertSpace(desk.database);
    expect((await post(space.id, [])).body).toMatchObject({ results: [], counted: 0, occupancy: 0 });
    const thousand = Array.from({ length: 1_000 }, () => event());
    expect((await post(space.id, thousand)).body).toMatchObject({ counted: 1_000, occupancy: 1_000 });
    expect((await post(space.id, [...thousand, event()])).status).toBe(422);
    const huge = JSON.stringify(Array.from({ length: 80_000 }, () => event()));
    const answer = await post(space.id, huge, { 'content-type': 'application/json' });
    expect(answer.status).toBe(413);
  });
});

describe('an admission', () => {
  const step = (id: string, verb: 'increment' | 'decrement', by?: number, as = 'support') =>
    desk.ask('POST', `/api/v1/spaces/${id}/${verb}`, { as, body: by === undefined ? {} : { by } });

  it('is refused past the capacity, for every role alike, and counts nothing', async () => {
    const space = await insertSpace(desk.database, { capacity: 2, over_capacity: 'refuse' });
    expect((await step(space.id, 'increment', 2)).body).toMatchObject({
      occupancy: 2,
      free: 0,
      level: 'full',
    });
    for (const as of ['support', 'manager', 'admin']) {
      const answer = await step(space.id, 'increment', 1, as);
      expect(answer.status).toBe(409);
      expect(answer.body).toMatchObject({ code: 'capacity_reached', occupancy: 2, capacity: 2, free: 0 });
    }
    expect(await rowsOf(space.id)).toHaveLength(1);
    expect((await step(space.id, 'decrement')).body).toMatchObject({ occupancy: 1 });
  });

  it('passes the capacity where the space allows it', async () => {
    const space = await insertSpace(desk.database, { capacity: 1 });
    expect((await step(space.id, 'increment', 3)).body).toMatchObject({ occupancy: 3, over_capacity: true });
  });

  it('out of an empty space is refused: nobody is there', async () => {
    const space = await insertSpace(desk.database);
    const answer = await step(space.id, 'decrement');
    expect([answer.status, answer.body.code]).toEqual([409, 'nobody_inside']);
  });

  it('asks every space around that refuses, and a passage asks none', async () => {
    const building = await insertSpace(desk.database, {
      kind: 'building',
      capacity: 3,
      over_capacity: 'refuse',
    });
    const rooms = [
      await insertSpace(desk.database, { parent: building, capacity: 10 }),
      await insertSpace(desk.database, { parent: building, capacity: 10, over_capacity: 'refuse' }),
    ] as const;
    await step(rooms[0].id, 'increment', 2);
    const refused = await step(rooms[1].id, 'increment', 2);
    expect(refused.body).toMatchObject({
      code: 'capacity_reached',
      space_id: building.id,
      occupancy: 2,
      capacity: 3,
    });
    expect(await state(rooms[1].id)).toMatchObject({ occupancy: 0 });
    await post(rooms[1].id, event({ delta: 9 }));
    expect(await state(building.id)).toMatchObject({ occupancy: 11, over_capacity: true });
  });

  it('with an Idempotency-Key is made once and answered alike', async () => {
    const space = await insertSpace(desk.database);
    const ask = () =>
      desk.ask('POST', `/api/v1/spaces/${space.id}/increment`, {
        as: 'support',
        body: { by: 2 },
        headers: { 'idempotency-key': 'once' },
      });
    const answers = [await ask(), await ask()];
    expect(answers.map(({ status, body }) => [status, body.occupancy, body.seq])).toEqual([
      [201, 2, 1],
      [201, 2, 1],
    ]);
  });
});

describe('what is shown', () => {
  it('is never below zero, while the count goes on', async () => {
    const space = await insertSpace(desk.database);
    expect((await post(space.id, event({ delta: -2 }))).body.occupancy).toBe(0);
    expect((await post(space.id, event({ delta: 3 }))).body.occupancy).toBe(1);
  });
});

describe('a recount', () => {
  const recount = (id: string, occupancy: number, headers: Record<string, string> = {}) =>
    desk.ask('PUT', `/api/v1/spaces/${id}/occupancy`, {
      as: 'support',
      body: { occupancy, reason: 'Counted by hand' },
      headers,
    });

  it('makes the count right whatever came before, and what comes late from before', async () => {
    const space = await insertSpace(desk.database);
    await post(space.id, event({ delta: 50 }));
    expect((await recount(space.id, 37)).body).toMatchObject({ occupancy: 37 });
    expect((await post(space.id, event({ delta: 9, at: ago(600) }))).body).toMatchObject({ occupancy: 37 });
    expect((await post(space.id, event({ delta: 1, at: ago(0) }))).body.occupancy).toBeGreaterThanOrEqual(37);
    const [row] = await desk.database.query({
      text: `SELECT actor_username, before, after FROM audit WHERE action = 'space.anchor' AND subject_id = $1`,
      values: [space.id],
    });
    expect(row).toEqual({
      actor_username: 'support',
      before: { occupancy: 50 },
      after: { occupancy: 37, reason: 'Counted by hand' },
    });
  });

  it('of a part moves all that contain it; 0 empties all parts', async () => {
    const site = await insertSpace(desk.database, { kind: 'site' });
    const rooms = [
      await insertSpace(desk.database, { parent: site }),
      await insertSpace(desk.database, { parent: site }),
    ] as const;
    await post(rooms[0].id, event({ delta: 4 }));
    await post(rooms[1].id, event({ delta: 6 }));
    await recount(rooms[0].id, 1);
    expect(await state(site.id)).toMatchObject({ occupancy: 7 });
    // Late, and before the recount of the room: neither the room nor the site has another number now.
    await post(rooms[0].id, event({ delta: 5, at: ago(60) }));
    expect(await state(site.id)).toMatchObject({ occupancy: 7 });
    expect(await state(rooms[0].id)).toMatchObject({ occupancy: 1 });
    await recount(site.id, 0);
    for (const { id } of [site, ...rooms]) expect(await state(id)).toMatchObject({ occupancy: 0 });
  });

  it('honours If-Match', async () => {
    const space = await insertSpace(desk.database);
    expect((await recount(space.id, 1, { 'if-match': '"999"' })).status).toBe(412);
    expect((await recount(space.id, 1, { 'if-match': '"1"' })).status).toBe(200);
  });
});
