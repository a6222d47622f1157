import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from '@jest/globals';
import { as, type Attack, type Case } from './attacks.js';
import { p95, shareOf, untilCalm } from './calm.js';
import { hostOf, open, raw, type RawAnswer, readAll, sendRaw } from './raw.js';
import { assertExpected, MALFORMED, NO_TOKEN } from './rules.js';
import type { World } from './world.js';

const SMUGGLED = 'GET /api/v1/status HTTP/1.1\r\nHost: HOST\r\n\r\n';

const POST = ['POST /api/v1/tickets HTTP/1.1', 'Host: HOST', 'Content-Type: application/json'];

/** A request in two readings: one answer, 400, and the connection is closed before what may lie behind it. */
const ambiguous =
  (lines: readonly string[], body = ''): Attack =>
  async (world) => {
    const answer = (await raw(lines, body.replace('HOST', hostOf(world.url)))(world)) as RawAnswer;
    expect([lines.join(' | '), answer.answers, answer.closed]).toEqual([lines.join(' | '), 1, true]);
    return answer;
  };

/** Waits for the end of a connection on which we send too little. */
async function cutAfter(socket: Socket, patience: number): Promise<{ seconds: number; status: number }> {
  const { lasted, closed, status } = await readAll(socket, patience);
  return { seconds: closed ? lasted / 1_000 : Number.POSITIVE_INFINITY, status };
}

/** How long reads by others take, in milliseconds each. */
async function readByOthers(world: World, requests = 60): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < requests; index += 1) {
    const began = performance.now();
    assertExpected(await as('support', 'GET', '/api/v1/me')(world), { status: 200 });
    times.push(performance.now() - began);
  }
  return times;
}

/** What is no request of HTTP, and what never becomes one. */
export const wire: Case[] = [
  {
    no: 41,
    what: 'CL.TE and TE.CL: Content-Length beside Transfer-Encoding',
    requests: [
      ambiguous([...POST, 'Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`),
      ambiguous([...POST, 'Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${SMUGGLED}`),
    ],
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'TE.TE: Transfer-Encoding twice, misspelled, or not chunked at last',
    requests: [
      ambiguous(
        [...POST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
        `0\r\n\r\n${SMUGGLED}`,
      ),
      ambiguous([...POST, 'Transfer-Encoding: xchunked'], `0\r\n\r\n${SMUGGLED}`),
      ambiguous([...POST, 'Transfer-Encoding: chunked, identity'], `0\r\n\r\n${SMUGGLED}`),
      ambiguous([...POST, 'Transfer-Encoding : chunked'], `0\r\n\r\n${SMUGGLED}`),
    ],
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'two Content-Length, alike or not; one that is no number',
    requests: ['5\r\nContent-Length: 6', '5\r\nContent-Length: 5', '5, 5', '+5', '-1', '0x5', '5 5'].map(
      (length) => ambiguous([...POST, `Content-Length: ${length}`], `{"a":1${SMUGGLED}`),
    ),
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'obs-fold; a space before the colon; a bare CR or LF; NUL in a header; a bad chunk size',
    requests: [
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'X-Folded: a\r\n b']),
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'Authorization : Bearer x']),
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'X-Bare: a\rb']),
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'X-Nul: a\0b']),
      ambiguous(['GET /api/v1/me HTTP/1.1', ' Host: HOST']),
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'X-Esc: \x1b[31mred']),
      ambiguous([...POST, 'Transfer-Encoding: chunked'], `zz\r\n\r\n${SMUGGLED}`),
      ambiguous([...POST, 'Transfer-Encoding: chunked'], `-1\r\n\r\n${SMUGGLED}`),
      ambiguous(['GET /api/v1/me HTTP/9.9', 'Host: HOST']),
    ],
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'two Hosts, alike or not; none',
    requests: [
      ambiguous(['GET /api/v1/status HTTP/1.1', 'Host: HOST', 'Host: evil.example']),
      ambiguous(['GET /api/v1/status HTTP/1.1', 'Host: HOST', 'Host: HOST']),
      ambiguous(['GET /api/v1/status HTTP/1.1', 'Accept: */*']),
    ],
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'an expectation other than 100-continue; CONNECT; an unknown method',
    expected: 'not met, so a refusal as without it; no answer and a closed connection; a refusal in our form',
    scenario: async (world) => {
      const expectation = await raw([
        'GET /api/v1/status HTTP/1.1',
        'Host: HOST',
        'Expect: the unexpected',
        'Connection: close',
      ])(world);
      assertExpected(expectation, NO_TOKEN);
      const method = await raw(['BREW /api/v1/status HTTP/1.1', 'Host: HOST', 'Connection: close'])(world);
      assertExpected(method, MALFORMED);
      const known = await raw(['PROPFIND /api/v1/users HTTP/1.1', 'Host: HOST', 'Connection: close'])(world);
      assertExpected(known, { status: [404, 405] });
      const tunnel = await sendRaw(
        world,
        `CONNECT evil.example:443 HTTP/1.1\r\nHost: ${hostOf(world.url)}\r\n\r\n`,
      );
      expect([tunnel.answers, tunnel.closed]).toEqual([0, true]);
    },
  },
  {
    no: 41,
    what: 'what only nginx reads: a request that it and the application could understand differently',
    deploy: 'nginx answers 400 itself, and passes one request a connection in its own spelling',
    expected: 'one 400 and close',
  },
  {
    no: 42,
    what: 'headers that arrive a byte a second; a connection on which nothing arrives',
    expected: 'cut after 10 s (looked at each second), the slow one with a 408',
    early: true,
    scenario: async (world) => {
      const slow = await open(world.url);
      slow.write(`GET /api/v1/me HTTP/1.1\r\nHost: ${hostOf(world.url)}\r\nX-Slow: `);
      const drip = setInterval(() => slow.write('x'), 1_000);
      const silent = await open(world.url);
      const [dripped, idle] = await Promise.all([cutAfter(slow, 20_000), cutAfter(silent, 20_000)]);
      clearInterval(drip);
      for (const { seconds, status } of [dripped, idle]) {
        expect(seconds).toBeGreaterThan(9);
        expect(seconds).toBeLessThan(13);
        expect(status).toBe(408);
      }
    },
  },
  {
    no: 42,
    what: 'a body that arrives a byte a second',
    expected: 'cut after 30 s, and nothing is written',
    early: true,
    scenario: async (world) => {
      const socket = await open(world.url);
      const start = `{"title": "slow", "employee_id": ${world.ids.employee}`;
      const head = [
        ...POST,
        `Authorization: Bearer ${await world.token('support')}`,
        `Content-Length: ${start.length + 1_000}`,
      ];
      socket.write(`${head.join('\r\n').replace('HOST', hostOf(world.url))}\r\n\r\n${start}`);
      const drip = setInterval(() => socket.write(' '), 1_000);
      const { seconds, status } = await cutAfter(socket, 40_000);
      clearInterval(drip);
      expect(seconds).toBeGreaterThan(28);
      expect(seconds).toBeLessThan(33);
      expect(status).toBe(408);
      expect(await world.database.query({ text: `SELECT FROM tickets WHERE title = 'slow'` })).toEqual([]);
    },
  },
  {
    no: 42,
    what: '1,000 idle connections and 20 readers that do not read',
    expected: 'others are served meanwhile, p95 under 100 ms; idle connections are cut after 10 s',
    early: true,
    scenario: async (world) => {
      const quiet = await readByOthers(world);
      const idle = await Promise.all(Array.from({ length: 1_000 }, () => open(world.url)));
      const deaf = await Promise.all(Array.from({ length: 20 }, () => open(world.url)));
      const ends = idle.map((socket) => once(socket.resume(), 'close'));
      let inTime = true;
      const late = setTimeout(() => {
        inTime = false;
        for (const socket of idle) socket.destroy();
      }, 20_000);
      try {
        const request = `GET /openapi.json HTTP/1.1\r\nHost: ${hostOf(world.url)}\r\n\r\n`;
        for (const socket of deaf) socket.pause().write(request.repeat(20));
        const share = async (): Promise<number> => shareOf(100, p95(await readByOthers(world)), p95(quiet));
        expect(await untilCalm(share, (found) => found < 1)).toBeLessThan(1);
        await Promise.all(ends);
        expect(inTime).toBe(true);
      } finally {
        clearTimeout(late);
        for (const socket of [...idle, ...deaf]) socket.destroy();
      }
    },
  },
  {
    no: 42,
    what: 'slow headers, slow bodies and readers that do not read',
    deploy: 'nginx cuts each of them',
    expected: 'cut after 6 s at the latest',
  },
];
