import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';
import { EventReader } from '../../support/event-stream.js';
import { cleanUp, folder, freePort, type ServerProcess, startServer, until } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';

describe('streams of a running server', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let token: string;
  let space: string;
  let secret: string;
  beforeAll(async () => {
    database = await cloneDatabase();
    server = await startServer({
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, DATA_DIR: folder() },
      ...{ PORT: await freePort(), BOOTSTRAP_PASSWORD: PASSWORD },
    });
    token = await server.token('manager', PASSWORD);
    const post = async (path: string, body: unknown) =>
      (await server.call('POST', `/api/v1${path}`, { token, body })).body;
    space = (await post('/spaces', { kind: 'room', name: 'Reading room' })).id;
    secret = (await post(`/spaces/${space}/display-tokens`, { name: 'Lobby' })).secret;
  }, 60_000);
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  const watch = (path: string, headers: { token?: string } = {}) =>
    EventReader.open(`http://127.0.0.1:${server.environment.PORT}${path}`, headers);
  const lineOf = (route: string, status: number) =>
    until(() => server.logged.find((line) => line.route === route && line.status === status));

  test('are logged and counted by their pattern, those that were left too; a display token never is', async () => {
    for (const path of [`/board/${secret}`, `/board/${secret}/state`, `/board/${secret}x/state`])
      await server.call('GET', path);
    const reader = await watch(`/board/${secret}/stream`);
    await reader.state(0);
    const open = await server.call('GET', '/metrics');
    expect(open.text).toContain('live_streams{viewer="display"} 1');
    reader.leave();
    await lineOf('/board/:display_token', 200);
    await lineOf('/board/:display_token/state', 200);
    await lineOf('/board/:display_token/state', 404);
    expect(await lineOf('/board/:display_token/stream', 200)).toMatchObject({
      method: 'GET',
      address: '127.0.0.1',
      ms: expect.any(Number),
    });
    const { text } = await server.call('GET', '/metrics');
    expect(text).toContain('route="/board/:display_token/stream",status="200"');
    expect(text).toContain('live_streams{viewer="display"} 0');
    for (const told of [text, server.stdout, server.stderr]) expect(told).not.toContain(secret);
  }, 30_000);

  test('are told that it stops, and hold up nothing', async () => {
    const readers = [
      await watch(`/board/${secret}/stream`),
      await watch(`/api/v1/spaces/${space}/stream`, { token }),
    ];
    await Promise.all(readers.map((reader) => reader.state(0)));
    const asleep = await watch(`/board/${secret}/stream`);
    asleep.pause();
    const stopped = server.stop();
    for (const reader of readers) {
      const { data } = await reader.first(({ event }) => event === 'end', 2_000);
      expect(data).toMatchObject({ status: 503, code: 'unavailable' });
      await reader.closed();
    }
    const { code, ms } = await stopped;
    expect([code, server.stderr]).toEqual([0, '']);
    expect(ms).toBeLessThan(5_000);
  }, 30_000);
});
