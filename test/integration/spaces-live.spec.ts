import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { CountHooks } from '../../src/spaces/counting/count.hooks.js';
import { type Desk, type Instance, openDesk } from '../support/desk.js';
import { EventReader } from '../support/event-stream.js';
import { LiveSpace } from '../support/live-space.js';
import { until } from '../support/server.js';

let desk: Desk;
let other: Instance;
let owner: pg.Client;
let token: string;

beforeAll(async () => {
  desk = await openDesk();
  other = await desk.another();
  token = await desk.token('support');
  owner = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await desk.close();
});

const watch = (space: LiveSpace, on: Instance): Promise<EventReader> =>
  EventReader.open(`${on.url}/api/v1/spaces/${space.id}/stream`, { token });

/** As a broken network does; ends those that count streams. */
const cutListeners = async (): Promise<number> =>
  (
    await desk.database.query({
      text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid IN (
               SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1)`,
    })
  ).length;

const lockCount = async (): Promise<number> => {
  const { rows } = await owner.query<{ count: string }>(
    `SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
     WHERE locktype = 'advisory' AND objsubid = 1 AND datname = current_database()`,
  );
  return Number(rows[0]?.count);
};

describe('changed spaces', () => {
  it('are announced at most ten times a second by an instance, and none is forgotten', async () => {
    const heard: string[] = [];
    owner.on('notification', ({ payload = '' }) => heard.push(payload));
    await owner.query('LISTEN space_changed');
    const hooks = desk.app.get(CountHooks);
    const changed = new Set<string>();
    const began = performance.now();
    while (performance.now() - began < 1_000) {
      const id = randomUUID();
      changed.add(id);
      hooks.changed([id, [...changed][0] as string]);
      await delay(1);
    }
    await delay(300);
    const seconds = (performance.now() - began) / 1_000;
    expect(heard.length).toBeGreaterThan(3);
    expect(heard.length).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 1);
    expect(new Set(heard.flatMap((payload) => payload.split(' ')))).toEqual(changed);
  });

  it('are announced when they are deleted, so that nobody watches what is not there', async () => {
    const heard: string[] = [];
    owner.on('notification', ({ payload = '' }) => heard.push(...payload.split(' ')));
    await owner.query('LISTEN space_changed');
    const make = async (kind: string, parent_id: string | null): Promise<string> =>
      (await desk.ask('POST', '/api/v1/spaces', { as: 'manager', body: { kind, name: kind, parent_id } }))
        .body.id as string;
    const floor = await make('floor', null);
    const room = await make('room', floor);
    const path = `/api/v1/spaces/${floor}?recursive=true`;
    expect((await desk.ask('DELETE', path, { as: 'manager' })).status).toBe(204);
    await until(() => Promise.resolve(heard.includes(floor) && heard.includes(room)));
  });

  it('fit into payloads, however many they are', async () => {
    const heard: string[] = [];
    owner.on('notification', ({ payload = '' }) => heard.push(payload));
    const ids = Array.from({ length: 1_500 }, () => randomUUID());
    desk.app.get(CountHooks).changed(ids);
    await until(() => Promise.resolve(new Set(heard.flatMap((text) => text.split(' '))).size === ids.length));
    expect(heard.length).toBe(8);
    await owner.query('UNLISTEN *');
  });
});

describe('when the connection that listens is lost', () => {
  it('streams go on, lose no change, and are counted as before', async () => {
    const space = await LiveSpace.make(desk);
    const readers: EventReader[] = [];
    for (let times = 0; times < 10; times += 1) readers.push(await watch(space, times % 2 ? other : desk));
    const refused = await watch(space, desk);
    expect(refused.status).toBe(429);
    expect(await lockCount()).toBe(10);
    expect(await cutListeners()).toBe(2);
    let seq = 0;
    for (let times = 0; times < 20; times += 1) {
      seq = await space.count(1);
      await delay(20);
    }
    await Promise.all(readers.map((reader) => reader.state(seq, 8_000)));
    await until(async () => (await lockCount()) === 10);
    expect((await watch(space, other)).status).toBe(429);
    expect(readers.map(({ isClosed }) => isClosed)).toEqual(Array(10).fill(false));
    for (const reader of readers) reader.leave();
    await until(async () => (await lockCount()) === 0);
  });

  it('a new stream is told to come back, and may a moment later', async () => {
    const space = await LiveSpace.make(desk);
    const first = await watch(space, other);
    expect(await cutListeners()).toBe(1);
    const statuses = new Set<number>();
    await until(async () => {
      const { status, ...reader } = await watch(space, other).then((opened) => {
        opened.leave();
        return { status: opened.status, retry: opened.headers['retry-after'] };
      });
      statuses.add(status);
      if (status === 503) expect(Number(reader.retry)).toBeGreaterThan(0);
      return status === 200;
    });
    expect([...statuses].filter((status) => ![200, 503].includes(status))).toEqual([]);
    first.leave();
  });
});
