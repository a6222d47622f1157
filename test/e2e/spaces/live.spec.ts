import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Clock } from '../../../src/platform/clock.js';
import { tune } from '../../support/settings.js';
import { type Desk, type Instance, makeUser, openDesk } from '../../support/desk.js';
import { EventReader } from '../../support/event-stream.js';
import { LiveSpace } from '../../support/live-space.js';

let desk: Desk;
let other: Instance;
const readers: EventReader[] = [];

beforeAll(async () => {
  desk = await openDesk();
  other = await desk.another();
});
afterAll(() => desk?.close());
afterEach(() => {
  for (const reader of readers.splice(0)) reader.leave();
});

interface Watching {
  on?: Instance;
  /** A username, or a token. */
  as?: string;
  lastEventId?: string;
}

async function watch(
  space: LiveSpace,
  { on = desk, as = 'support', lastEventId }: Watching = {},
): Promise<EventReader> {
  const reader = await EventReader.open(`${on.url}/api/v1/spaces/${space.id}/stream`, {
    token: as.length > 100 ? as : await desk.token(as),
    ...(lastEventId === undefined ? {} : { lastEventId }),
  });
  readers.push(reader);
  return reader;
}

describe('a stream of a space', () => {
  it('begins with the present state and headers that pass through proxies', async () => {
    const space = await LiveSpace.make(desk);
    await space.add(37);
    const reader = await watch(space);
    expect(reader.status).toBe(200);
    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
    const { id, data } = await reader.state(1);
    expect(id).toBe('1');
    expect(data).toMatchObject({
      space_id: space.id,
      occupancy: 37,
      capacity: 120,
      free: 83,
      level: 'free',
      seq: 1,
    });
    expect(reader.retry).toBeGreaterThanOrEqual(1_000);
  });

  it('shows what was counted on another instance, within a moment', async () => {
    const space = await LiveSpace.make(desk);
    const [here, there] = [await watch(space), await watch(space, { on: other })];
    await Promise.all([here.state(0), there.state(0)]);
    const seq = await space.count(3, desk);
    const began = performance.now();
    const seen = await Promise.all([here.state(seq), there.state(seq)]);
    expect(seen.map(({ data }) => data.occupancy)).toEqual([3, 3]);
    expect(Math.max(...seen.map(({ at }) => at)) - began).toBeLessThan(1_000);
  });

  it('leaves out states but never the newest, and its ids only grow', async () => {
    const space = await LiveSpace.make(desk);
    const reader = await watch(space, { on: other });
    let seq = 0;
    for (let times = 0; times < 200; times += 1) seq = await space.count(1);
    const last = await reader.state(seq);
    expect(last.data).toMatchObject({ seq: 200, occupancy: 200, over_capacity: true, free: 0 });
    const ids = reader.ids.map(Number);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids.length).toBeLessThan(60);
  });

  it('is taken up again without gap or double', async () => {
    const space = await LiveSpace.make(desk);
    await space.count(1);
    const first = await watch(space);
    const { id } = await first.state(1);
    first.leave();
    const same = await watch(space, { lastEventId: id as string });
    await same.until(() => same.retry !== undefined);
    const seq = await space.count(1);
    await same.state(seq);
    expect(same.ids).toEqual(['2']);
    same.leave();
    await space.count(1);
    const later = await watch(space, { on: other, lastEventId: '2' });
    await later.state(3);
    expect(later.ids).toEqual(['3']);
  });

  it('loses no change whose notification was lost', async () => {
    const space = await LiveSpace.make(desk);
    const reader = await watch(space, { on: other });
    await reader.state(0);
    await delay(500); // A new watcher is read for once more.
    const seq = await space.add(5); // As an instance that was killed before it notified.
    expect((await reader.state(seq, 6_000)).data.occupancy).toBe(5);
  });

  it('answers HEAD and refusals as any operation does', async () => {
    const space = await LiveSpace.make(desk);
    const path = `/api/v1/spaces/${space.id}/stream`;
    const head = await desk.ask('HEAD', path, { as: 'support' });
    expect([head.status, head.headers.get('content-type'), head.text]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      '',
    ]);
    const answers = [
      await desk.ask('GET', path),
      await desk.ask('GET', path.replace(/[^/]+(?=\/stream)/, '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e99'), {
        as: 'support',
      }),
      await desk.ask('GET', path.replace(/[^/]+(?=\/stream)/, 'hall'), { as: 'support' }),
      await desk.ask('POST', path, { as: 'support', body: {} }),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [401, 'invalid_token'],
      [404, 'not_found'],
      [422, 'validation_failed'],
      [404, 'not_found'],
    ]);
  });
});

describe('how many streams a user may have', () => {
  it('is limited over all instances, and a closed one makes room', async () => {
    const space = await LiveSpace.make(desk);
    await makeUser(desk, 'greedy');
    const open: EventReader[] = [];
    for (let times = 0; times < 10; times += 1)
      open.push(await watch(space, { as: 'greedy', on: times % 2 ? other : desk }));
    expect(open.map(({ status }) => status)).toEqual(Array(10).fill(200));
    for (const on of [desk, other]) {
      const refused = await watch(space, { as: 'greedy', on });
      await refused.closed();
      expect([refused.status, refused.headers['retry-after']]).toEqual([429, '10']);
      expect(JSON.parse(refused.body)).toMatchObject({ status: 429, code: 'rate_limited' });
    }
    expect((await watch(space)).status).toBe(200);
    open[0]?.leave();
    for (;;) {
      const again = await watch(space, { as: 'greedy', on: other });
      if (again.status === 200) break;
      expect(again.status).toBe(429);
    }
  });

  it('an instance has no more than it may, also when all come at once', async () => {
    const space = await LiveSpace.make(desk);
    const full = await desk.another();
    const untune = tune({ limits: { streams: { instance: 3 } } });
    const names = ['admin', 'manager', 'support'];
    for (const name of names) await desk.token(name);
    const asked = await Promise.all(
      Array.from({ length: 30 }, (_, index) => watch(space, { on: full, as: names[index % 3] as string })),
    ).finally(untune);
    expect(asked.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(asked.filter(({ status }) => status === 503)).toHaveLength(27);
  });

  it('holds when one client asks a thousand times at once', async () => {
    const space = await LiveSpace.make(desk);
    await makeUser(desk, 'flood');
    await desk.token('flood');
    const asked = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        watch(space, { as: 'flood', on: index % 2 ? other : desk }),
      ),
    );
    const statuses = asked.map(({ status }) => status);
    expect([200, 429].map((status) => statuses.filter((seen) => seen === status).length)).toEqual([10, 990]);
    const [locks] = await desk.database.query<{ count: number }>({
      text: `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND database =
               (SELECT oid FROM pg_database WHERE datname = current_database())`,
    });
    expect(locks?.count).toBe(asked.filter(({ isClosed }) => !isClosed).length);
  }, 60_000);
});

describe('a stream ends by itself', () => {
  const endOf = async (reader: EventReader): Promise<unknown> => {
    const { data } = await reader.first(({ event }) => event === 'end', 15_000);
    await reader.closed();
    return [data.status, data.code];
  };

  it.each([
    ['is disabled', { disabled: true }, [403, 'account_disabled']],
    ['may not sign in any more', { login_denied: true }, [401, 'invalid_token']],
    ['loses the role', { roles: [] }, [403, 'forbidden']],
  ])(
    'when its user %s',
    async (name, change, expected) => {
      const space = await LiveSpace.make(desk);
      const username = `user.${name.replaceAll(' ', '.')}`;
      const user = await makeUser(desk, username);
      const reader = await watch(space, { as: username, on: other });
      await reader.state(0);
      await desk.ask('PATCH', `/api/v1/users/${user.id}`, { as: 'admin', body: change });
      expect(await endOf(reader)).toEqual(expected);
    },
    30_000,
  );

  it('when its session ends', async () => {
    const space = await LiveSpace.make(desk);
    await makeUser(desk, 'leaver');
    const reader = await watch(space, { as: 'leaver' });
    await reader.state(0);
    await desk.database.query({
      text: `DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE username = 'leaver')`,
    });
    expect(await endOf(reader)).toEqual([401, 'invalid_token']);
  }, 30_000);

  it('when its token expires', async () => {
    const space = await LiveSpace.make(desk);
    const third = await desk.another();
    const reader = await watch(space, { on: third });
    await reader.state(0);
    jest.spyOn(third.app.get(Clock), 'now').mockImplementation(() => Date.now() + 3_600_000);
    expect(await endOf(reader)).toEqual([401, 'invalid_token']);
  }, 30_000);

  it('when its space is deleted', async () => {
    const space = await LiveSpace.make(desk);
    const reader = await watch(space);
    await reader.state(0);
    await desk.database.query({ text: 'DELETE FROM spaces WHERE id = $1', values: [space.id] });
    space.announce(other);
    expect(await endOf(reader)).toEqual([404, 'not_found']);
  });

  it('when its instance stops, which it does not hold up', async () => {
    const third = await desk.another();
    const space = await LiveSpace.make(desk);
    const reader = await watch(space, { on: third });
    await reader.state(0);
    const began = performance.now();
    await Promise.all([
      third.app.close(),
      endOf(reader).then((end) => expect(end).toEqual([503, 'unavailable'])),
    ]);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});
