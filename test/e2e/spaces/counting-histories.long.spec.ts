import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Desk, type Instance, openDesk } from '../../support/desk.js';
import { insertSpace } from '../../support/spaces.js';

/** Many short histories find more than one long one. */
const HISTORIES = 200;
const CLIENTS = 8;
const CALLS = 5;

let desk: Desk;
let instances: Instance[];

beforeAll(async () => {
  desk = await openDesk();
  instances = [desk, await desk.another()];
});
afterAll(() => desk?.close());

interface Call {
  delta: number;
  ask: boolean;
  began: number;
  ended: number;
  answer: Answer;
}

const random = (below: number): number => Math.floor(Math.random() * below);

async function callOnce(instance: Instance, id: string): Promise<Call> {
  const by = 1 + random(3);
  const kind = random(4);
  const began = performance.now();
  const ask = (verb: string, body: unknown) =>
    instance.ask('POST', `/api/v1/spaces/${id}/${verb}`, { as: 'support', body });
  const passage = { event_id: randomUUID(), delta: random(2) ? by : -by, at: new Date().toISOString() };
  const answer = await (kind === 0
    ? ask('events', passage)
    : kind === 1
      ? ask('decrement', { by })
      : ask('increment', { by }));
  const delta = kind === 0 ? passage.delta : kind === 1 ? -by : by;
  return { delta, ask: kind !== 0, began, ended: performance.now(), answer };
}

async function client(instance: Instance, id: string): Promise<Call[]> {
  const calls: Call[] = [];
  for (let call = 0; call < CALLS; call += 1) calls.push(await callOnce(instance, id));
  return calls;
}

/** The states of a space in the order of its counted changes, compared with every answer that was given. */
function assertSequential(calls: Call[], capacity: number): void {
  const counted = calls
    .filter(({ answer }) => answer.status === 201)
    .sort((a, b) => a.answer.body.seq - b.answer.body.seq);
  const inside = [0];
  for (const [index, { delta, ask, answer }] of counted.entries()) {
    const before = inside[index] as number;
    const after = before + delta;
    expect([answer.body.seq, answer.body.occupancy]).toEqual([index + 1, Math.max(0, after)]);
    if (ask) expect(delta > 0 ? after <= capacity : before >= -delta).toBe(true);
    inside.push(after);
  }
  // An answer that was given before another call began comes before it in that order.
  for (const [index, later] of counted.entries())
    for (const earlier of counted.slice(index + 1)) expect(earlier.ended).toBeGreaterThanOrEqual(later.began);
  for (const { delta, answer, began, ended } of calls) {
    if (answer.status === 201) continue;
    expect([answer.status, answer.body.code]).toEqual([
      409,
      delta > 0 ? 'capacity_reached' : 'nobody_inside',
    ]);
    // It was refused in a state that there was while it ran.
    const from = counted.filter((other) => other.ended < began).length;
    const to = counted.length - counted.filter((other) => other.began > ended).length;
    const states = inside.slice(Math.min(from, to), to + 1);
    const refuses = (state: number) =>
      Math.max(0, state) === answer.body.occupancy && (delta > 0 ? state + delta > capacity : state < -delta);
    expect(states.some(refuses)).toBe(true);
  }
}

describe('answers under concurrency', () => {
  it(`are those of some sequential order, capacity included: ${HISTORIES} histories of ${CLIENTS} clients over two instances`, async () => {
    let refused = 0;
    for (let history = 0; history < HISTORIES; history += 1) {
      const capacity = 3 + random(8);
      const space = await insertSpace(desk.database, { capacity, over_capacity: 'refuse' });
      const clients = Array.from({ length: CLIENTS }, (_, index) =>
        client(instances[index % instances.length] as Instance, space.id),
      );
      const calls = (await Promise.all(clients)).flat();
      assertSequential(calls, capacity);
      refused += calls.filter(({ answer }) => answer.status === 409).length;
    }
    // Neither a history in which all was admitted nor one in which nothing was would show anything.
    expect(refused).toBeGreaterThan(HISTORIES);
    expect(refused).toBeLessThan((HISTORIES * CLIENTS * CALLS) / 2);
  }, 240_000);

  it('count exactly: two instances, 8 clients each, 10,000 events of which 20 % are sent again', async () => {
    const space = await insertSpace(desk.database);
    const events = Array.from({ length: 10_000 }, () => ({
      event_id: randomUUID(),
      delta: random(2) ? 1 + random(3) : -1 - random(3),
      at: new Date(Date.now() - random(3_600_000)).toISOString(),
    }));
    const queue = [...events, ...events.filter((_, index) => index % 5 === 0)];
    queue.sort(() => Math.random() - 0.5);
    let counted = 0;
    let duplicate = 0;
    const work = async (instance: Instance): Promise<void> => {
      for (let body = queue.pop(); body !== undefined; body = queue.pop()) {
        const answer = await instance.ask('POST', `/api/v1/spaces/${space.id}/events`, {
          as: 'support',
          body,
        });
        if (answer.status === 201) counted += 1;
        else if (answer.status === 200 && answer.body.duplicate) duplicate += 1;
        else throw new Error(`${answer.status} ${answer.text}`);
      }
    };
    await Promise.all(instances.flatMap((instance) => Array.from({ length: 8 }, () => work(instance))));
    expect([counted, duplicate]).toEqual([10_000, 2_000]);
    const sum = events.reduce((total, { delta }) => total + delta, 0);
    const [log] = await desk.database.query({
      text: `SELECT count(*) AS rows, count(DISTINCT event_id) AS events, sum(delta)::int AS sum,
               (SELECT inside FROM space_counts WHERE space_id = $1) AS inside
             FROM space_events WHERE space_id = $1`,
      values: [space.id],
    });
    expect(log).toEqual({ rows: 10_000, events: 10_000, sum, inside: sum });
  }, 120_000);
});
