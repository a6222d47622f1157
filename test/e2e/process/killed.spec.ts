import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { cleanUp, folder, freePort, type ServerProcess, startServer, until } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';
const CLIENTS = 8;

describe('kill -9 under write load', () => {
  const dataDir = folder();
  const postmaster = () =>
    Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n', 1)[0]);
  let environment: Record<string, string>;
  let server: ServerProcess;
  let employee_id: number;

  beforeAll(async () => {
    environment = { DATA_DIR: dataDir, PORT: await freePort(), BOOTSTRAP_PASSWORD: PASSWORD };
    server = await startServer(environment);
    const token = await server.token('admin', PASSWORD);
    const body = { first_name: 'Amara', last_name: 'Okafor', email: 'amara@example.org' };
    employee_id = (await server.call('POST', '/api/v1/employees', { token, body })).body.id as number;
  }, 60_000);
  afterAll(cleanUp);

  /** Opens tickets until the server is gone. */
  const writeUntilGone = (token: string, load: string) => {
    const sent = new Set<string>();
    const acknowledged = new Set<string>();
    const refused: { status: number; code: string; type: string | undefined }[] = [];
    const client = async (_: unknown, index: number): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let count = 0; ; count += 1) {
        const title = `${load} ${index} ${count}`;
        sent.add(title);
        try {
          const { status, headers, body } = await post(token, title, agent);
          if (status === 201) acknowledged.add(title);
          else refused.push({ status, code: String(body.code), type: headers['content-type'] });
        } catch {
          return; // The server is gone, with or without having kept this one.
        }
      }
    };
    return { sent, acknowledged, refused, done: Promise.all(Array.from({ length: CLIENTS }, client)) };
  };

  const post = (token: string, title: string, agent?: Agent) =>
    server.call('POST', '/api/v1/tickets', {
      token,
      agent,
      body: { title, employee_id },
      headers: { 'idempotency-key': title.replaceAll(' ', '-') },
    });

  const titlesOf = async (token: string, load: string): Promise<string[]> => {
    const titles: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await server.call('GET', `/api/v1/tickets?limit=200${cursor && `&cursor=${cursor}`}`, {
        token,
      });
      titles.push(...(page.body.items as { title: string }[]).map(({ title }) => title));
      cursor = page.body.next_cursor as string | null;
    }
    return titles.filter((title) => title.startsWith(load)).sort();
  };

  test('of the server: every acknowledged ticket is there once, and a repeat with its key makes no second', async () => {
    const token = await server.token('support', PASSWORD);
    const load = writeUntilGone(token, 'app');
    await until(() => load.acknowledged.size > 100);
    const database = postmaster();
    server.child.kill('SIGKILL');
    await load.done;
    expect(load.refused).toEqual([]);

    server = await startServer(environment);
    expect(server.startedIn).toBeLessThan(15_000);
    expect(postmaster()).not.toBe(database);
    const kept = await titlesOf(token, 'app');
    expect(new Set(kept).size).toBe(kept.length);
    expect([...load.acknowledged].filter((title) => !kept.includes(title))).toEqual([]);
    expect(kept.filter((title) => !load.sent.has(title))).toEqual([]);

    const unanswered = [...load.sent].filter((title) => !load.acknowledged.has(title));
    expect(unanswered.length).toBeGreaterThan(0);
    for (const title of [...unanswered, ...[...load.acknowledged].slice(-5)])
      expect((await post(token, title)).status).toBe(201);
    expect(await titlesOf(token, 'app')).toEqual([...load.sent].sort());
  }, 60_000);

  test('of the database: refusals are honest, the server ends saying so, the next start has everything', async () => {
    const token = await server.token('support', PASSWORD);
    const load = writeUntilGone(token, 'database');
    await until(() => load.acknowledged.size > 100);
    process.kill(postmaster(), 'SIGKILL');
    const began = performance.now();
    await load.done;
    for (const refusal of load.refused)
      expect(refusal).toEqual({
        status: 503,
        code: 'unavailable',
        type: expect.stringMatching(/^application\/problem\+json/),
      });
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(server.stderr).toMatch(
      /^frontdesk: PostgreSQL on \S+ ended by itself with status 137: start Frontdesk again, it will recover\n$/,
    );

    server = await startServer(environment);
    const kept = await titlesOf(token, 'database');
    expect(new Set(kept).size).toBe(kept.length);
    expect([...load.acknowledged].filter((title) => !kept.includes(title))).toEqual([]);
    expect(await server.stop()).toMatchObject({ code: 0 });
  }, 60_000);
});
