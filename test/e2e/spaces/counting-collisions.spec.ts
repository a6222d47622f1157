import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problemOf } from '../../../src/platform/errors/problem.filter.js';
import { LedgerRepository, type LedgerRow } from '../../../src/spaces/counting/ledger.repository.js';
import { type Desk, type Instance, openDesk } from '../../support/desk.js';
import { holdTable } from '../../support/hold.js';
import { until } from '../../support/server.js';
import { insertSpace } from '../../support/spaces.js';

let desk: Desk;
let second: Instance;
beforeAll(async () => {
  desk = await openDesk();
  second = await desk.another();
});
afterAll(() => desk?.close());

const post = async (instance: Instance, id: string, body: unknown, headers: Record<string, string> = {}) =>
  instance.ask('POST', `/api/v1/spaces/${id}/events`, { as: await desk.token('support'), body, headers });

const newEvent = () => ({ event_id: randomUUID(), delta: 1, at: new Date(Date.now() - 1_000).toISOString() });

/** Posts to another tree an event that a request has counted and not yet committed. */
async function collide(send: (spaceId: string, event: unknown) => ReturnType<typeof post>) {
  const [space, other] = [await insertSpace(desk.database), await insertSpace(desk.database)];
  const event = newEvent();
  await desk.token('support');
  // It is written last, when the event is in the ledger.
  const { release, waiting } = await holdTable(desk.testDatabase.ownerUrl, 'rollup_marks');
  try {
    const first = post(desk, space.id, event);
    await until(async () => (await waiting()) === 1);
    const later = send(other.id, event);
    await until(async () => (await waiting()) === 2);
    await release();
    expect((await first).status).toBe(201);
    return { other, event, answer: await later };
  } finally {
    await release();
  }
}

describe('an event that is counted at this moment in another tree of spaces', () => {
  it.each([
    ['without an Idempotency-Key', {}],
    ['with one', { 'idempotency-key': 'collision-1' }],
  ])('is refused as one that was counted before, %s', async (_, headers) => {
    const { other, event, answer } = await collide((id, body) => post(second, id, body, headers));
    const afterwards = await post(second, other.id, event);
    const { request_id: __, ...problem } = afterwards.body;
    expect([answer.status, answer.body]).toEqual([
      409,
      { ...problem, code: 'event_mismatch', request_id: expect.any(String) },
    ]);
    const state = await desk.ask('GET', `/api/v1/spaces/${other.id}/state`, { as: 'support' });
    expect(state.body.occupancy).toBe(0);
  });

  it.each([
    ['without an Idempotency-Key', {}],
    ['with one', { 'idempotency-key': 'collision-2' }],
  ])('hinders no other one of its list, %s', async (_, headers) => {
    const { answer } = await collide((id, body) => post(second, id, [newEvent(), body], headers));
    expect([answer.status, answer.body]).toMatchObject([
      200,
      {
        counted: 1,
        invalid: 1,
        occupancy: 1,
        results: [{ result: 'counted' }, { code: 'event_mismatch' }],
      },
    ]);
  });

  it('has that meaning also where it is met again and again', async () => {
    const row = (space_id: string, event_id: string): LedgerRow => ({
      event_id,
      space_id,
      at: Date.now() * 1_000,
      kind: 'passage',
      delta: 1,
      value: null,
      target: true,
      door_id: null,
      device_id: null,
      user_id: null,
      reason: null,
      recorded_at: Date.now() * 1_000,
    });
    const id = randomUUID();
    const insertion = new LedgerRepository().insertRows(desk.database, [
      row(randomUUID(), id),
      row(randomUUID(), id),
    ]);
    const error: unknown = await insertion.catch((thrown: unknown) => thrown);
    expect(problemOf(error)).toMatchObject({ status: 409, code: 'event_mismatch' });
  });
});
