import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { p95, shareOf, untilCalm } from './calm.js';
import type { Case } from './case.js';
import type { Processes } from './processes.js';

const PROGRAM = join(import.meta.dirname, '..', '..', 'support', 'long-readers.mjs');
const MIB = 1024 * 1024;
const ROUND_MS = 2_000;

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

type Counts = Record<string, { times: number; mostBytes: number; withRetryAfter: number } | undefined>;

/** Readers of one path of instance 0. @returns what ends them, and tells what they were answered. */
async function startReaders(world: Processes, path: string, readers: number): Promise<() => Promise<Counts>> {
  const url = `${world.processes[0]?.url}${path}`;
  const child = spawn(process.execPath, [PROGRAM, url, world.tokens.support ?? '', String(readers)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.end();
    await once(child, 'close');
    return JSON.parse(text.split('\n')[1] ?? '') as Counts;
  };
}

/** 500 tickets of 80 kB and, read by others, one that is short. @returns its id, and how many stand before the long. */
async function fill(world: Processes): Promise<{ ticket: number; before: number }> {
  const [row] = await world.sql<{ n: string }>('SELECT count(*) AS n FROM tickets');
  await world.sql(
    `INSERT INTO tickets (title, description, status, priority, employee_id, created_by)
     SELECT 'Long ' || n, repeat('😀', 20000), 'open', 'normal', $1, 1 FROM generate_series(1, 500) n`,
    [world.employee],
  );
  const { body } = await world.ask(0, 'POST', '/api/v1/tickets', {
    token: world.tokens.support,
    body: { title: 'short', employee_id: world.employee },
  });
  return { ticket: Number(body.id), before: Number(row?.n) };
}

/** What others ask for meanwhile: whether it lives, by pipelined reads, by the pool, and a write. */
const others = (ticket: number): [method: string, path: string, body?: unknown][] => [
  ['GET', '/health/live'],
  ['GET', `/api/v1/tickets/${ticket}`],
  ['GET', '/api/v1/employees?limit=5'],
  ['PATCH', `/api/v1/tickets/${ticket}`, { priority: 'high' }],
];

/** Milliseconds that each answer took, by what was asked. */
async function measure(world: Processes, ticket: number): Promise<number[][]> {
  const times: number[][] = others(ticket).map(() => []);
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end) {
    for (const [index, [method, path, body]] of others(ticket).entries()) {
      const began = performance.now();
      const answer = await world.send(0, method, path, { token: world.tokens.support, body });
      times[index]?.push(performance.now() - began);
      expect([path, answer.status]).toEqual([path, 200]);
    }
    await wait(5);
  }
  return times;
}

/** @returns what the readers were answered in all rounds; others were answered 200, and in time. */
async function readersBeside(world: Processes, ticket: number, path: string): Promise<Counts[]> {
  const counts: Counts[] = [];
  const round = async (): Promise<number> => {
    const quiet = await measure(world, ticket);
    const stop = await startReaders(world, path, 12);
    const busy = await measure(world, ticket).finally(async () => counts.push(await stop()));
    const shares = busy.map((times, index) => shareOf(50, p95(times), p95(quiet[index] ?? [])));
    return Math.max(...shares);
  };
  expect(await untilCalm(round, (share) => share < 1)).toBeLessThan(1);
  return counts;
}

/** Answers so long that one reader could stop all others. */
export const longAnswers: Case<Processes>[] = [
  {
    no: 61,
    what: '500 tickets of 80 kB, 12 readers of 200; the same with the legacy API',
    expected:
      'pages of at most 8 MiB and no 503; legacy lists whole, or 503 with Retry-After; p95 of others and of /health/live unharmed',
    scenario: async (world) => {
      const { ticket, before } = await fill(world);
      for (const counts of await readersBeside(world, ticket, '/api/v1/tickets?limit=200')) {
        expect(Object.keys(counts)).toEqual(['200']);
        expect(counts['200']?.mostBytes).toBeLessThanOrEqual(8 * MIB);
        expect(counts['200']?.mostBytes).toBeGreaterThan(7.5 * MIB);
      }
      const legacy = `/api/v1/ticket/?limit=200&skip=${before}`;
      for (const counts of await readersBeside(world, ticket, legacy)) {
        const { 200: whole, 503: refused, ...rest } = counts;
        expect(rest).toEqual({});
        // A hundred of them, as the ticket server gave.
        expect(whole?.mostBytes).toBeGreaterThan(100 * 80_000);
        expect(refused?.withRetryAfter).toBe(refused?.times);
      }
      expect(world.processes.map((one) => one.lives())).toEqual([true, true]);
      await world.sql(`DELETE FROM tickets WHERE title LIKE 'Long %'`);
    },
  },
];
