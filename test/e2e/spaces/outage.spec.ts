import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { form, PASSWORD } from '../../support/desk.js';
import { serveInstallation, type ServedInstallation } from '../../support/served.js';

let installation: ServedInstallation;
let url: string;
let door: string;
let space: string;
let secret: string;

beforeAll(async () => {
  installation = await serveInstallation(1);
  url = installation.processes[0]?.url ?? '';
  const signedIn = await fetch(`${url}/api/v1/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form({ username: 'manager', password: PASSWORD }),
  });
  const { access_token } = (await signedIn.json()) as { access_token: string };
  const make = async (path: string, body: unknown) => {
    const answer = await fetch(`${url}/api/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.status !== 201) throw new Error(await answer.text());
    return (await answer.json()) as { id: string; secret?: string };
  };
  space = (await make('spaces', { name: 'Hall', kind: 'room' })).id;
  door = (await make('doors', { name: 'Entrance', to_space_id: space })).id;
  secret = (await make('devices', { name: 'Sensor', door_ids: [door] })).secret ?? '';
}, 60_000);
afterAll(() => installation?.close(), 60_000);

/** A device as it should be: it sends an event again until somebody has taken it. */
async function send(delta: number, refusals: number[], until: number): Promise<void> {
  const body = JSON.stringify({ event_id: randomUUID(), delta, at: new Date().toISOString() });
  for (;;) {
    const answer = await fetch(`${url}/api/v1/doors/${door}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body,
    });
    await answer.text();
    if (answer.ok) return;
    refusals.push(answer.status);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    if (Date.now() > until) throw new Error('nobody took the event');
    await delay(50);
  }
}

describe('a device while the database is away', () => {
  it('gets 503 and nothing else, and its retries count once: killed with -9 in the middle of a stream of events', async () => {
    const refusals: number[] = [];
    let sum = 0;
    let sent = 0;
    const end = Date.now() + 6_000;
    const sensor = async (): Promise<void> => {
      while (Date.now() < end) {
        const delta = 1 + Math.floor(Math.random() * 3);
        await send(delta, refusals, end + 20_000);
        sum += delta;
        sent += 1;
      }
    };
    const sensors = Array.from({ length: 8 }, sensor);
    for (let kills = 0; kills < 2; kills += 1) {
      await delay(1_000);
      installation.killDatabase();
      await delay(500);
      await installation.startDatabase();
    }
    await Promise.all(sensors);
    expect(new Set(refusals)).toEqual(new Set([503]));
    const [counted] = await installation.sql<{ inside: number; rows: number; sum: number }>(
      `SELECT (SELECT inside FROM space_counts WHERE space_id = $1)::int AS inside, count(*)::int AS rows, sum(delta)::int AS sum
       FROM space_events WHERE space_id = $1`,
      [space],
    );
    expect(counted).toEqual({ inside: sum, rows: sent, sum });
  }, 60_000);
});
