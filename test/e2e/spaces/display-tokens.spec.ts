import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DisplayTokenService } from '../../../src/spaces/displays/display-token.service.js';
import { type Desk, openDesk } from '../../support/desk.js';

let desk: Desk;
let room: string;

const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  desk.ask(method, `/api/v1${path}`, { as: 'manager', ...(body === undefined ? {} : { body }), headers });

beforeAll(async () => {
  desk = await openDesk();
  room = (await ask('POST', '/spaces', { kind: 'room', name: 'Room' })).body.id;
});
afterAll(() => desk?.close());

const holding = (secret: string) => desk.app.get(DisplayTokenService, { strict: false }).holding(secret);

describe('a display token', () => {
  it('shows its secret once and keeps its hash', async () => {
    const body = { name: 'Lobby' };
    const key = { 'idempotency-key': 'display' };
    const made = await ask('POST', `/spaces/${room}/display-tokens`, body, key);
    const { id, secret, url, created_at } = made.body;
    expect(made.status).toBe(201);
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(url).toBe(`${desk.config.publicUrl}/board/${secret}`);
    expect((await ask('POST', `/spaces/${room}/display-tokens`, body, key)).body).toEqual({
      ...made.body,
      secret: null,
      url: null,
    });
    const shown = { id, space_id: room, name: 'Lobby', created_at };
    expect((await ask('GET', `/spaces/${room}/display-tokens`)).body.items).toEqual([shown]);
    expect(await holding(secret)).toEqual(shown);
    expect(await holding(`${secret.slice(0, -1)}_`)).toBeUndefined();
    const [row] = await desk.database.query<{ text: string }>({
      text: 'SELECT t::text AS text FROM display_tokens t WHERE id = $1',
      values: [id],
    });
    expect(row?.text).not.toContain(secret);
  });

  it('is revoked by deleting it, and goes with its space', async () => {
    const hall = (await ask('POST', '/spaces', { kind: 'room', name: 'Hall' })).body.id;
    const make = async () => (await ask('POST', `/spaces/${hall}/display-tokens`, { name: 'x' })).body;
    const [one, two] = [await make(), await make()];
    expect((await ask('DELETE', `/display-tokens/${one.id}`, undefined, { 'if-match': '"2"' })).status).toBe(
      412,
    );
    expect((await ask('DELETE', `/display-tokens/${one.id}`)).status).toBe(204);
    expect((await ask('DELETE', `/display-tokens/${one.id}`)).status).toBe(404);
    expect(await holding(one.secret)).toBeUndefined();
    expect(await holding(two.secret)).toMatchObject({ space_id: hall });
    expect((await ask('DELETE', `/spaces/${hall}`)).status).toBe(204);
    expect(await holding(two.secret)).toBeUndefined();
    expect((await ask('GET', `/spaces/${hall}/display-tokens`)).status).toBe(404);
    expect((await ask('POST', `/spaces/${hall}/display-tokens`, { name: 'x' })).status).toBe(404);
  });

  it('leaves an audit row when it goes with its space, as when it is revoked', async () => {
    const space = (await ask('POST', '/spaces', { kind: 'room', name: 'Short-lived' })).body.id as string;
    const { id } = (await ask('POST', `/spaces/${space}/display-tokens`, { name: 'Short-lived' })).body;
    expect((await ask('DELETE', `/spaces/${space}?recursive=true`)).status).toBe(204);
    const rows = await desk.database.query({
      text: `SELECT before->>'space_id' AS space_id, actor_username FROM audit
             WHERE action = 'display_token.delete' AND subject_id = $1`,
      values: [id],
    });
    expect(rows).toEqual([{ space_id: space, actor_username: 'manager' }]);
  });

  it('is of one space: neither the list nor the board of another shows anything of it', async () => {
    const make = async (name: string): Promise<{ id: string; token: { id: string; secret: string } }> => {
      const { id } = (await ask('POST', '/spaces', { kind: 'room', name })).body;
      return { id, token: (await ask('POST', `/spaces/${id}/display-tokens`, { name })).body };
    };
    for (const { id, token } of [await make('East'), await make('West')]) {
      const { items } = (await ask('GET', `/spaces/${id}/display-tokens?count=true`)).body;
      expect(items.map((item: { id: string }) => item.id)).toEqual([token.id]);
      const { body } = await desk.ask('GET', `/board/${token.secret}/state`);
      expect(body.state.space_id).toBe(id);
    }
  });

  it('is for managers', async () => {
    for (const [method, path] of [
      ['GET', `/spaces/${room}/display-tokens`],
      ['POST', `/spaces/${room}/display-tokens`],
      ['DELETE', '/display-tokens/0199c6f2-0000-7000-8000-000000000000'],
    ] as const) {
      const answer = await desk.ask(method, `/api/v1${path}`, {
        as: 'support',
        ...(method === 'POST' ? { body: { name: 'x' } } : {}),
      });
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    }
  });
});
