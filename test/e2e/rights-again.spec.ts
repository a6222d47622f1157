import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { contextWithoutRequest } from '../../src/access/context.js';
import { Principals, RequestPrincipal } from '../../src/access/principals.js';
import { Writer } from '../../src/access/writer.js';
import { Database } from '../../src/platform/database/database.js';
import { CountingBatcher } from '../../src/spaces/counting/counting.batcher.js';
import { type Answer, type Desk, makeUser, openDesk, PASSWORD } from '../support/desk.js';
import { addRoles } from '../support/permissions.js';
import { insertDoor, insertSpace } from '../support/spaces.js';

let desk: Desk;
let space: string;

beforeAll(async () => {
  desk = await openDesk();
  addRoles({ creator: { rank: 100, permissions: ['user:create'] } });
  space = (await insertSpace(desk.database)).id;
});
afterAll(() => desk?.close());

const run = (text: string, values: unknown[]) => desk.database.query({ text, values });

/** Asks, and lets something happen when the guards have let the request in and its transaction has not begun. */
async function askMeanwhile(
  meanwhile: () => Promise<unknown>,
  ask: () => Promise<Answer>,
): Promise<[status: number, code: string | undefined]> {
  const writer = desk.app.get(Writer);
  const batcher = desk.app.get(CountingBatcher, { strict: false });
  const [write, submit] = [writer.run.bind(writer), batcher.submit.bind(batcher)];
  const spies = [
    jest.spyOn(writer, 'run').mockImplementationOnce(async (...given) => {
      await meanwhile();
      return write(...given);
    }),
    jest.spyOn(batcher, 'submit').mockImplementationOnce(async (...given) => {
      await meanwhile();
      return submit(...given);
    }),
  ];
  try {
    const { status, body } = await ask();
    return [status, body?.code as string | undefined];
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const takeRoles =
  (id: number, roles: string[] = []) =>
  () =>
    run('UPDATE users SET roles = $2 WHERE id = $1', [id, roles]);
const endSessions = (id: number) => () => run('DELETE FROM sessions WHERE user_id = $1', [id]);

const event = () => ({ event_id: randomUUID(), delta: 1, at: new Date().toISOString() });

describe('a write', () => {
  const write = (as: string) => () =>
    desk.ask('POST', '/api/v1/spaces', { as, body: { kind: 'room', name: 'Made' } });

  it('is not made by whoever lost the right after they were let in', async () => {
    const { id } = await makeUser(desk, 'demoted', { roles: ['manager'] });
    expect(await askMeanwhile(() => Promise.resolve(), write('demoted'))).toEqual([201, undefined]);
    expect(await askMeanwhile(takeRoles(id), write('demoted'))).toEqual([403, 'forbidden']);
  });

  it('is not made by whoever was disabled, or whose session ended, after they were let in', async () => {
    const { id } = await makeUser(desk, 'stopped', { roles: ['manager'] });
    await desk.token('stopped');
    const disable = () => run('UPDATE users SET disabled = true WHERE id = $1', [id]);
    expect(await askMeanwhile(disable, write('stopped'))).toEqual([403, 'account_disabled']);
    await run('UPDATE users SET disabled = false WHERE id = $1', [id]);
    expect(await askMeanwhile(endSessions(id), write('stopped'))).toEqual([401, 'invalid_token']);
  });

  it('gives roles by what they hold then', async () => {
    const { id } = await makeUser(desk, 'giver', { roles: ['admin'] });
    await desk.token('giver');
    const body = {
      username: 'given',
      password: PASSWORD,
      first_name: 'A',
      last_name: 'B',
      roles: ['manager'],
    };
    const give = () => desk.ask('POST', '/api/v1/users', { as: 'giver', body });
    expect(await askMeanwhile(takeRoles(id, ['creator']), give)).toEqual([403, 'forbidden']);
  });
});

describe('a count', () => {
  const count =
    (as: string, headers: Record<string, string> = {}) =>
    () =>
      desk.ask('POST', `/api/v1/spaces/${space}/events`, { as, body: event(), headers });

  it.each([
    ['together with others', {}],
    ['alone, with an Idempotency-Key', { 'idempotency-key': 'again' }],
  ])('is not made by whoever lost the right after they were let in: %s', async (way, headers) => {
    const name = way.startsWith('alone') ? 'counter' : 'other.counter';
    const { id } = await makeUser(desk, name, { roles: ['support'] });
    expect(await askMeanwhile(() => Promise.resolve(), count(name))).toEqual([201, undefined]);
    expect(await askMeanwhile(takeRoles(id), count(name, headers))).toEqual([403, 'forbidden']);
  });

  it('is not made by whoever was disabled, or whose session ended, after they were let in', async () => {
    const { id } = await makeUser(desk, 'leaver', { roles: ['support'] });
    await desk.token('leaver');
    const disable = () => run('UPDATE users SET disabled = true WHERE id = $1', [id]);
    expect(await askMeanwhile(disable, count('leaver'))).toEqual([403, 'account_disabled']);
    await run('UPDATE users SET disabled = false WHERE id = $1', [id]);
    expect(await askMeanwhile(endSessions(id), count('leaver'))).toEqual([401, 'invalid_token']);
  });
});

describe('a device counts', () => {
  const make = async (door: string) => {
    const body = { name: 'Sensor', door_ids: [door] };
    const { id, secret } = (await desk.ask('POST', '/api/v1/devices', { as: 'manager', body })).body;
    const count = () =>
      desk.ask('POST', `/api/v1/doors/${door}/events`, {
        body: event(),
        headers: { authorization: `Bearer ${secret}` },
      });
    return { id: id as string, count };
  };
  const newDoor = () => insertDoor(desk.database, null, { id: space });

  it('not at a door that it lost after it was let in', async () => {
    const { id, count } = await make(await newDoor());
    const lose = () => run('DELETE FROM device_doors WHERE device_id = $1', [id]);
    expect(await askMeanwhile(() => Promise.resolve(), count)).toEqual([201, undefined]);
    expect(await askMeanwhile(lose, count)).toEqual([403, 'forbidden']);
  });

  it('not when it was revoked after it was let in', async () => {
    const { id, count } = await make(await newDoor());
    const revoke = () => run('UPDATE devices SET revoked_at = now() WHERE id = $1', [id]);
    expect(await askMeanwhile(revoke, count)).toEqual([401, 'invalid_token']);
  });
});

describe('the scope of a token', () => {
  it('cuts what is read anew as it cut what was let in', async () => {
    const headers = { authorization: `Bearer ${await desk.token('admin')}` };
    const whole = await desk.app.get(RequestPrincipal).of({ headers });
    if (whole?.type !== 'user') throw new Error('an admin is a user');
    const cut = { ...whole, rights: { ...whole.rights, scope: new Set(['ticket:read'] as const) } };
    const now = await desk.app.get(Principals).current(desk.app.get(Database), cut);
    expect(now.rights.scope).toEqual(cut.rights.scope);
    const context = {
      ...contextWithoutRequest(cut, 'test'),
      rule: { kind: 'permission', anyOf: ['user:delete'] } as const,
    };
    const work = () => Promise.resolve('written');
    await expect(desk.app.get(Writer).run(context, work)).rejects.toMatchObject({
      status: 403,
      code: 'insufficient_scope',
    });
  });
});
