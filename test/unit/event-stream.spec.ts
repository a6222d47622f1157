import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fastify, type FastifyInstance } from 'fastify';
import { encodeMessage, EventStream } from '../../src/platform/sse/event.stream.js';
import { configureLog } from '../../src/platform/log/log.js';
import { EventReader } from '../support/event-stream.js';

const FILLING = 'x'.repeat(1_000_000);

let server: FastifyInstance;
let url: string;
let streams: EventStream[];
/** Those that came to their end, each as often as it told so. */
let closed: EventStream[];

beforeAll(() => configureLog('silent', 'test'));

beforeEach(async () => {
  streams = [];
  const ends: EventStream[] = [];
  closed = ends;
  server = fastify({ forceCloseConnections: false });
  server.get('/', (_request, reply) => {
    const stream = new EventStream(reply.header('x-own', 'kept'), 1_234);
    stream.whenClosed(() => ends.push(stream));
    streams.push(stream);
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/`;
});
afterEach(() => server.close());

const message = (seq: number, filling = '') =>
  encodeMessage({ event: 'state', id: seq, data: { seq, filling } });

const open = async (): Promise<[EventReader, EventStream]> => {
  const reader = await EventReader.open(url);
  return [reader, streams.at(-1) as EventStream];
};

describe('a stream of events', () => {
  it('sends what it is given, and says when to come back', async () => {
    const [reader, stream] = await open();
    expect(reader.headers).toMatchObject({ 'x-own': 'kept', 'x-accel-buffering': 'no', connection: 'close' });
    stream.send(message(1, 'line\nbreak'));
    expect(await reader.state(1)).toMatchObject({ id: '1', data: { seq: 1, filling: 'line\nbreak' } });
    expect(reader.retry).toBe(1_234);
    stream.beat();
    await reader.until(() => reader.comments === 1);
    reader.leave();
  });

  it('keeps two messages at most for a reader that stands still, and gives it the newest', async () => {
    const [reader, stream] = await open();
    reader.pause();
    for (let seq = 1; seq <= 300; seq += 1) {
      stream.send(message(seq, FILLING));
      stream.beat();
      if (seq % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(reader.events.length).toBeLessThan(50);
    reader.resume();
    await reader.state(300);
    const seqs = reader.events.map(({ data }) => data.seq as number);
    expect(seqs.length).toBeLessThan(50);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    reader.leave();
  });

  it('ends with last words, and at once for one who does not read them', async () => {
    const [attentive, first] = await open();
    const [asleep, second] = await open();
    asleep.pause();
    second.send(message(1, FILLING.repeat(8)));
    for (const stream of [first, second]) stream.end(encodeMessage({ event: 'end', data: { code: 'gone' } }));
    await attentive.closed();
    expect(attentive.events.at(-1)).toMatchObject({ event: 'end', data: { code: 'gone' } });
    const began = performance.now();
    while (closed.length < 2) {
      expect(performance.now() - began).toBeLessThan(3_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    asleep.resume();
  });

  it('tells once that its reader left, and takes messages for nobody', async () => {
    const [reader, stream] = await open();
    reader.leave();
    while (closed.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stream.send(message(1));
    stream.beat();
    stream.end(message(2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(closed).toEqual([stream]);
  });
});
