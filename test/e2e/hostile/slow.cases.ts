import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from '@jest/globals';
import { as, type Case } from './attacks.js';
import { p95, shareOf, untilCalm } from './calm.js';
import { hostOf, open, readAll } from './raw.js';
import { assertExpected } from './rules.js';
import type { World } from './world.js';

const POST = ['POST /api/v1/tickets HTTP/1.1', 'Host: HOST', 'Content-Type: application/json'];

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

/** What never becomes a request, and who never reads an answer: they wait beside each other. */
export const slow: Case[] = [
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
];
