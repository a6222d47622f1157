import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BoardSpace } from '../../support/board-space.js';
import { type Desk, type Instance, openDesk } from '../../support/desk.js';
import { EventReader } from '../../support/event-stream.js';

let desk: Desk;
let other: Instance;
let space: BoardSpace;

beforeAll(async () => {
  desk = await openDesk();
  other = await desk.another();
  space = await BoardSpace.make(desk, {}, { people: 60 });
});
afterAll(() => desk?.close());

const get = (path: string, on: Instance = desk) => on.ask('GET', path);

const watch = (of: BoardSpace, on: Instance = desk): Promise<EventReader> =>
  EventReader.open(`${on.url}${of.path}/stream`);

describe('the page of a board', () => {
  it('runs its own files alone, and tells its address to nobody', async () => {
    const page = await get(space.path);
    expect(page.status).toBe(200);
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
      'cache-control': 'no-store',
    });
    expect(page.text).not.toMatch(/<script>|\sstyle=|\son\w+=|https?:|\{\{/);
    expect(page.text).not.toContain(space.secret);
    expect(page.text).not.toContain('Reading room');
  });

  it('refers to files that a browser may keep for ever', async () => {
    const { text } = await get(space.path);
    const paths = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path as string);
    expect(paths).toHaveLength(5);
    const types = await Promise.all(
      paths.map(async (path) => {
        const { status, headers } = await get(path, other);
        expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
        return headers.get('content-type');
      }),
    );
    expect(new Set(types)).toEqual(
      new Set(['image/svg+xml', 'text/css; charset=utf-8', 'text/javascript; charset=utf-8']),
    );
    const [css = ''] = paths;
    for (const path of [
      css.replace(/[^/]+$/, 'board.html'),
      css.replace(/[^/]+$/, '..%2f..%2fboard.service.js'),
      css.replace(/assets\/[^/]+/, 'assets/another'),
      '/board/assets',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
  });

  it('is a page that says so for a token that is none', async () => {
    for (const token of ['x', 'assets', `${space.secret}x`, space.displayId, encodeURIComponent('<b>')]) {
      const answer = await get(`/board/${token}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(answer.text).toContain('There is no such board');
      for (const part of ['state', 'stream']) {
        const refused = await get(`/board/${token}/${part}`);
        expect([refused.status, refused.body.code]).toEqual([404, 'not_found']);
        expect(refused.text).not.toContain(token.length > 1 ? token : '/x');
      }
    }
  });
});

describe('what a board reads', () => {
  it('is its space, and the day so far', async () => {
    const { status, body, headers } = await get(`${space.path}/state`);
    expect([status, headers.get('referrer-policy'), headers.get('cache-control')]).toEqual([
      200,
      'no-referrer',
      'no-store',
    ]);
    const state = await desk.ask('GET', `/api/v1/spaces/${space.id}/state`, { as: 'support' });
    expect(body).toMatchObject({ state: state.body, word: 'Free', words: { full: 'Full' } });
    const { from, to, points } = body.day;
    expect(Date.parse(to) - Date.parse(from)).toBe(24 * 3_600_000);
    const times = points.map(({ at }: { at: string }) => Date.parse(at));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(Date.parse(from));
    expect(times.at(-1)).toBeLessThanOrEqual(Date.parse(body.now) + 1);
    expect(points.at(-1).occupancy).toBe(state.body.occupancy);
    expect(Math.max(...points.map(({ occupancy }: { occupancy: number }) => occupancy))).toBeGreaterThan(50);
  });

  it('follows live, with a sign of life that scripts can see', async () => {
    const reader = await watch(space, other);
    expect([reader.status, reader.headers['referrer-policy']]).toEqual([200, 'no-referrer']);
    const { data } = await reader.state(0);
    await space.count(1);
    expect((await reader.state(Number(data.seq) + 1)).data.occupancy).toBe(Number(data.occupancy) + 1);
    await reader.first(({ event }) => event === 'beat', 20_000);
    reader.leave();
  }, 30_000);

  it('is nothing else: a display token is no key to the API', async () => {
    for (const [method, path] of [
      ['GET', `/api/v1/spaces/${space.id}`],
      ['GET', `/api/v1/spaces/${space.id}/stream`],
      ['POST', `/api/v1/spaces/${space.id}/increment`],
    ] as const) {
      const headers = { authorization: `Bearer ${space.secret}` };
      expect((await desk.ask(method, path, { headers })).status).toBe(401);
    }
    expect((await desk.ask('POST', `${space.path}/state`, { body: {} })).status).toBe(404);
  });

  it('ends with its token', async () => {
    const mine = await BoardSpace.make(desk);
    const reader = await watch(mine, other);
    await reader.state(0);
    await mine.revoke();
    const { data } = await reader.first(({ event }) => event === 'end', 15_000);
    expect(data).toMatchObject({ status: 404, code: 'not_found' });
    await reader.closed();
    expect((await get(mine.path)).status).toBe(404);
  }, 30_000);

  it('is watched by 200 screens at most, on all instances together', async () => {
    const mine = await BoardSpace.make(desk);
    const readers: EventReader[] = [];
    for (let each = 0; each < 200; each += 1) readers.push(await watch(mine, each < 120 ? desk : other));
    expect(readers.filter(({ status }) => status === 200)).toHaveLength(200);
    for (const on of [desk, other]) {
      const refused = await watch(mine, on);
      await refused.closed();
      expect([refused.status, refused.headers['retry-after'], JSON.parse(refused.body).code]).toEqual([
        429,
        '10',
        'rate_limited',
      ]);
    }
    for (const reader of readers) reader.leave();
  }, 60_000);
});
