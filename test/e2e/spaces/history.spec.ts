import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Retention } from '../../../src/spaces/history/retention.js';
import { RollUps } from '../../../src/spaces/history/rollups.js';
import { type Desk, openDesk } from '../../support/desk.js';
import { runJobs } from '../../support/jobs.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();

const ask = (method: string, path: string, body?: unknown) =>
  desk.ask(method, `/api/v1/${path}`, { as: 'manager', ...(body === undefined ? {} : { body }) });

async function makeSpace(fields: Record<string, unknown> = {}): Promise<string> {
  const answer = await ask('POST', 'spaces', {
    name: 'Hall',
    kind: 'room',
    counting_since: ago(3 * 86_400),
    ...fields,
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body.id as string;
}

const count = (id: string, delta: number, at: string) =>
  ask('POST', `spaces/${id}/events`, { event_id: randomUUID(), delta, at });

describe('the history over HTTP', () => {
  it('knows of an event as soon as it is acknowledged, and of the same after the job made roll-ups', async () => {
    const id = await makeSpace({ capacity: 10 });
    await count(id, 4, ago(7_200));
    await count(id, -1, ago(3_700));
    const read = async () => (await ask('GET', `spaces/${id}/occupancy?step=1d&from=${ago(86_400)}`)).body;
    const fresh = await read();
    expect(fresh).toMatchObject({ space_id: id, time_zone: 'UTC', step: '1d' });
    expect(fresh.summary).toMatchObject({ peak: { occupancy: 4 }, in: 4, out: 1 });
    const { items } = (await ask('GET', `spaces/${id}/drift`)).body;
    expect(items.at(-1).last).toBe(3);
    await desk.database.query({ text: `SELECT FROM graphile_worker.add_job('spaces.rollup', '{}'::json)` });
    expect(await runJobs(desk)).toContainEqual({ task: 'spaces.rollup', error: undefined });
    const [left] = await desk.database.query<{ marks: number }>({
      text: 'SELECT count(*) AS marks FROM rollup_marks',
    });
    expect(left?.marks).toBe(0);
    expect((await read()).summary.peak).toEqual(fresh.summary.peak);
    expect((await ask('GET', `spaces/${id}/drift`)).body.items).toEqual(items);
  });

  it.each([
    ['occupancy?step=7m', 'step'],
    ['occupancy?fill=last', 'fill'],
    ['occupancy?from=yesterday', 'from'],
    ['occupancy?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
    ['occupancy?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&step=1m', 'step'],
    ['occupancy?colour=red', 'colour'],
    ['peaks?from=2020-01-01T00:00:00Z', 'from'],
    ['peaks?to=soon', 'to'],
    ['drift?from=2026-02-30', 'from'],
    ['drift?from=2026-01-01T00:00:00Z', 'from'],
    ['drift?from=0001-01-01', 'from'],
  ])('%s is 422 and names %s', async (query, path) => {
    const answer = await ask('GET', `spaces/${await makeSpace()}/${query}`);
    expect([answer.status, answer.body.errors?.[0].path]).toEqual([422, path]);
  });

  it.each(['occupancy', 'peaks', 'drift'])('of a space that is not there is 404: %s', async (what) => {
    const answer = await ask('GET', `spaces/${randomUUID()}/${what}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });
});

describe('the id of a deleted space', () => {
  it('is taken until what was counted in it is gone, so that no history is joined to another', async () => {
    const id = randomUUID();
    await makeSpace({ id });
    await count(id, 5, ago(60));
    await desk.app.get(RollUps).run();
    expect((await ask('DELETE', `spaces/${id}`)).status).toBe(204);
    const again = await ask('POST', 'spaces', { id, name: 'Hall', kind: 'room' });
    expect([again.status, again.body.code]).toEqual([409, 'id_taken']);
    await desk.app.get(Retention).run();
    await makeSpace({ id });
    const { summary } = (await ask('GET', `spaces/${id}/occupancy`)).body;
    expect(summary).toMatchObject({ peak: { occupancy: 0 }, in: 0, out: 0 });
  });
});
