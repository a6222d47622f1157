import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, openDesk } from '../../support/desk.js';

let desk: Desk;
let room: string;
let hall: string;

const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  desk.ask(method, `/api/v1${path}`, { as: 'manager', ...(body === undefined ? {} : { body }), headers });

beforeAll(async () => {
  desk = await openDesk();
  room = (await ask('POST', '/spaces', { kind: 'room', name: 'Room' })).body.id;
  hall = (await ask('POST', '/spaces', { kind: 'room', name: 'Hall' })).body.id;
});
afterAll(() => desk?.close());

describe('a door', () => {
  it('joins two spaces, or one and outside, for good', async () => {
    const made = await ask('POST', '/doors', { name: ' Front ', from_space_id: hall, to_space_id: room });
    const { id, created_at } = made.body;
    expect([made.status, made.body]).toEqual([
      201,
      {
        id,
        name: 'Front',
        from_space_id: hall,
        to_space_id: room,
        created_at,
        updated_at: created_at,
      },
    ]);
    expect(made.headers.get('location')).toBe(`/api/v1/doors/${id}`);
    expect((await ask('GET', `/doors/${id}`)).body).toEqual(made.body);
    expect((await ask('POST', '/doors', { name: 'Out', from_space_id: room })).body.to_space_id).toBeNull();
    const moved = await ask('PATCH', `/doors/${id}`, { to_space_id: hall });
    expect([moved.status, moved.body.code]).toEqual([422, 'unknown_field']);
    expect((await ask('PATCH', `/doors/${id}`, { name: 'Front' })).headers.get('etag')).toBe('"1"');
    expect((await ask('PATCH', `/doors/${id}`, { name: 'Main' })).headers.get('etag')).toBe('"2"');
    expect((await ask('DELETE', `/doors/${id}`, undefined, { 'if-match': '"1"' })).status).toBe(412);
    expect((await ask('DELETE', `/doors/${id}`)).status).toBe(204);
    expect((await ask('GET', `/doors/${id}`)).status).toBe(404);
  });

  it('may bring its own id, once', async () => {
    const body = { id: '0199c6f2-0000-7000-8000-00000000d00a', name: 'Own', to_space_id: room };
    expect((await ask('POST', '/doors', body)).status).toBe(201);
    expect((await ask('POST', '/doors', body)).body.code).toBe('id_taken');
  });

  it.each([
    [{}, 'to_space_id'],
    [{ from_space_id: null, to_space_id: null }, 'to_space_id'],
    [{ from_space_id: 'room', to_space_id: 'room' }, 'from_space_id'],
    [{ to_space_id: '0199c6f2-0000-7000-8000-000000000000' }, 'to_space_id'],
    [{ from_space_id: '0199c6f2-0000-7000-8000-000000000000' }, 'from_space_id'],
    [{ name: null, to_space_id: '0199c6f2-0000-7000-8000-000000000000' }, 'name'],
  ])('is refused with %j', async (fields, path) => {
    const answer = await ask('POST', '/doors', { name: 'Door', ...fields });
    expect([answer.status, answer.body.errors?.[0].path]).toEqual([422, path]);
  });

  it('does not lead from a space to itself', async () => {
    const answer = await ask('POST', '/doors', { name: 'Loop', from_space_id: room, to_space_id: room });
    expect([answer.status, answer.body.errors[0].path]).toEqual([422, 'to_space_id']);
  });

  it('is listed by the spaces on both its sides', async () => {
    const lobby = (await ask('POST', '/spaces', { kind: 'room', name: 'Lobby' })).body.id;
    const names = async (sort: string): Promise<string[]> =>
      (await ask('GET', `/doors?space_id=${lobby}&sort=${sort}`)).body.items.map(
        ({ name }: { name: string }) => name,
      );
    await ask('POST', '/doors', { name: 'b', from_space_id: lobby, to_space_id: room });
    await ask('POST', '/doors', { name: 'a', from_space_id: hall, to_space_id: lobby });
    expect(await names('name')).toEqual(['a', 'b']);
    expect(await names('-created_at')).toEqual(['a', 'b']);
    expect(await names('id')).toEqual(['b', 'a']);
  });

  it('is seen by support and changed by nobody below manager', async () => {
    const { id } = (await ask('POST', '/doors', { name: 'Seen', to_space_id: room })).body;
    const as = (method: string, body?: unknown) =>
      desk.ask(method, `/api/v1/doors/${id}`, { as: 'support', ...(body === undefined ? {} : { body }) });
    expect([
      (await as('GET')).status,
      (await as('PATCH', { name: 'x' })).status,
      (await as('DELETE')).status,
    ]).toEqual([200, 403, 403]);
  });
});
