import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { DatabaseClient } from '../../src/platform/database/client.js';
import { problemFromDatabase } from '../../src/platform/errors/postgres.js';

const failed = (members: object) => Object.assign(new Error('it went wrong'), members);

describe('what an error says of the database', () => {
  it.each(['ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'ENOTFOUND'])(
    '%s of something else says nothing',
    (code) => {
      expect(problemFromDatabase(failed({ code }))).toBeUndefined();
    },
  );

  it.each([
    ['nobody listens', { host: '/nowhere' }],
    ['the port is closed', { host: '127.0.0.1', port: 1 }],
  ])('it is away when %s', async (_, place) => {
    const error: unknown = await new DatabaseClient(place).connect().catch((cause: unknown) => cause);
    expect(problemFromDatabase(error)).toMatchObject({ status: 503, code: 'unavailable' });
    expect(problemFromDatabase(failed({ code: 'ECONNRESET', driverError: error }))?.status).toBe(503);
  });

  it('it is away when the connection is reset', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const error: unknown = await new DatabaseClient({ host: '127.0.0.1', port })
      .connect()
      .catch((cause: unknown) => cause);
    server.close();
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(problemFromDatabase(error)).toMatchObject({ status: 503, code: 'unavailable' });
  });
});
