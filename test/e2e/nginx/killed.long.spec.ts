import { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { behindNginx, Front } from '../../support/nginx.js';

const CLIENTS = 4;
const ROUNDS = 2;

behindNginx('an instance that ends under load', () => {
  let front: Front;
  let token: string;
  let employee_id: number;

  beforeAll(async () => {
    front = await Front.open();
    token = await front.token('admin');
    const body = { first_name: 'Amara', last_name: 'Okafor', email: 'amara@example.org' };
    employee_id = (await front.call('POST', '/api/v1/employees', { token, body })).body.id as number;
  }, 90_000);
  afterAll(() => front?.close());

  /** Keep-alive clients that send nothing twice; whatever is no 2xx is a failure. */
  async function underLoad(
    ask: (agent: Agent, id: string) => Promise<{ status: number; text: string }>,
    meanwhile: () => Promise<void>,
  ) {
    let running = true;
    let done = 0;
    const failed: unknown[] = [];
    const client = async (_: unknown, index: number): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let count = 0; running; count += 1) {
        try {
          const { status, text } = await ask(agent, `${performance.now()}-${index}-${count}`);
          if (status >= 300) failed.push(`${status} ${text}`);
          else done += 1;
          // Some 200 requests a second in all, which is below the limit of one address.
          await delay(15);
        } catch (error) {
          failed.push(error);
        }
      }
      agent.destroy();
    };
    const clients = Array.from({ length: CLIENTS }, client);
    try {
      await meanwhile();
    } finally {
      running = false;
      await Promise.all(clients);
    }
    return { done, failed };
  }

  const rounds = (signal: NodeJS.Signals) => async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const number = (round % 2) + 1;
      await delay(300);
      await front.instances[number - 1]?.stop(signal);
      await delay(300);
      await front.startInstance(number);
    }
  };

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    '%s: no GET fails',
    async (signal) => {
      const { done, failed } = await underLoad(
        (agent) => front.call('GET', '/api/v1/me', { token, agent }),
        rounds(signal),
      );
      expect(failed).toEqual([]);
      expect(done).toBeGreaterThan(100);
    },
    60_000,
  );

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    '%s: no POST with a key fails, and each counts once',
    async (signal) => {
      const { done, failed } = await underLoad(
        (agent, id) =>
          front.call('POST', '/api/v1/tickets', {
            ...{ token, agent },
            body: { title: `${signal} ${id}`, employee_id },
            headers: { 'idempotency-key': id },
          }),
        rounds(signal),
      );
      const titles: string[] = [];
      let path: string | undefined = '/api/v1/tickets?limit=200';
      while (path !== undefined) {
        const { body }: { body: { items: { title: string }[]; next_cursor: string | null } } =
          await front.call('GET', path, { token });
        titles.push(...body.items.map(({ title }) => title).filter((title) => title.startsWith(signal)));
        path = body.next_cursor === null ? undefined : `/api/v1/tickets?limit=200&cursor=${body.next_cursor}`;
      }
      expect(failed).toEqual([]);
      expect([titles.length, new Set(titles).size]).toEqual([done, done]);
    },
    60_000,
  );
});
