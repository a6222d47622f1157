import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { PASSWORD } from '../../support/desk.js';
import { type ServedInstallation, serveInstallation } from '../../support/served.js';

/** What all instances have to agree in, once the database is there. */
const AGREED_MS = 1_000;

describe('maintenance while the database is away', () => {
  let desk: ServedInstallation;
  let token: string;

  const ask = (index: number, path: string) =>
    fetch(`${desk.processes[index]?.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const states = () =>
    Promise.all(
      desk.processes.map(
        async (_, index) => ((await (await ask(index, '/maintenance')).json()) as { state: string }).state,
      ),
    );

  beforeAll(async () => {
    desk = await serveInstallation(2);
    const answer = await fetch(`${desk.processes[0]?.url}/api/v1/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', username: 'support', password: PASSWORD }),
    });
    token = String(((await answer.json()) as { access_token: string }).access_token);
  }, 60_000);
  afterAll(() => desk?.close());

  test('stays as it was seen last, and follows again when the database is back', async () => {
    expect(await states()).toEqual(['none', 'none']);
    await desk.stopDatabase();
    await delay(AGREED_MS);
    expect(await states()).toEqual(['none', 'none']);
    await desk.startDatabase();
    await desk.sql(`INSERT INTO maintenance (mode, starts_at) VALUES ('full', now())`);
    await delay(2 * AGREED_MS);
    expect(await states()).toEqual(['active', 'active']);

    desk.killDatabase();
    await delay(AGREED_MS);
    expect(await states()).toEqual(['active', 'active']);
    await desk.startDatabase();
    await desk.sql('DELETE FROM maintenance');
    await delay(2 * AGREED_MS);
    expect(await states()).toEqual(['none', 'none']);
    expect((await ask(1, '/api/v1/me')).status).toBe(200);
    expect(desk.processes.map((process) => process.lives())).toEqual([true, true]);
    const told = desk.processes.map(
      ({ lines }) => lines.filter((line) => line.includes('stays as it was')).length,
    );
    expect(told).toEqual([2, 2]);
  }, 60_000);
});
