import { expect } from '@jest/globals';
import { type Answer, form, PASSWORD } from '../../support/desk.js';
import { p95, shareOf, untilCalm } from './calm.js';
import type { Case } from './case.js';
import { open, readAll } from './raw.js';
import { assertExpected, assertRules, INVALID_GRANT } from './rules.js';
import type { Processes } from './processes.js';
import { untouched } from './untouched.js';
import { forgetFailures } from './world.js';

const AWAY = { status: 503, code: 'unavailable' };

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Log lines are held back for 200 ms at most. */
const untilLogged = () => wait(400);

const ticket = (world: Processes, title: string) => ({
  token: world.tokens.support,
  body: { title, employee_id: world.employee },
});

interface Guesses {
  verified: Answer[];
  throttled: Answer[];
  /** Those who waited too long for a connection of the pool, and were not counted. */
  busy: Answer[];
  audited: number;
}

const refusals = async ({ sql }: Processes): Promise<number> => {
  const [row] = await sql<{ n: string }>(`SELECT count(*) AS n FROM audit WHERE action = 'session.refused'`);
  return Number(row?.n);
};

/** Guesses at one name, on both instances at once. */
async function guess(world: Processes, username: string, times: number): Promise<Guesses> {
  await forgetFailures(world);
  const before = await refusals(world);
  const answers = await Promise.all(
    Array.from({ length: times }, (_, index) => world.signIn(index % 2, username, `Guess-${index}`)),
  );
  const withStatus = (status: number): Answer[] => answers.filter((answer) => answer.status === status);
  const [verified, throttled, busy] = [withStatus(400), withStatus(429), withStatus(503)];
  expect(verified.length).toBeLessThanOrEqual(10);
  expect(verified.length + throttled.length + busy.length).toBe(times);
  return { verified, throttled, busy, audited: (await refusals(world)) - before };
}

/** Writers that go on until they are told to stop, whatever they are answered. */
function keepWriting(world: Processes, writers: number): () => Promise<{ kept: number[]; others: Answer[] }> {
  const kept: number[] = [];
  const others: Answer[] = [];
  let going = true;
  const writer = async (index: number): Promise<void> => {
    while (going) {
      const answer = await world.ask(index % 2, 'POST', '/api/v1/tickets', ticket(world, `load ${index}`));
      if (answer.status === 201) kept.push(Number(answer.body.id));
      else {
        others.push(answer);
        await wait(20);
      }
    }
  };
  const running = Promise.all(Array.from({ length: writers }, (_, index) => writer(index)));
  return async () => {
    going = false;
    await running;
    return { kept, others };
  };
}

/** Milliseconds until both instances read and write again. */
async function untilServed(world: Processes): Promise<number> {
  const began = performance.now();
  for (const instance of [0, 1]) {
    for (;;) {
      const { status } = await world.ask(instance, 'POST', '/api/v1/tickets', ticket(world, 'served again'));
      if (status === 201) break;
      await wait(20);
    }
    assertExpected(await world.ask(instance, 'GET', '/api/v1/me', { token: world.tokens.support }), {
      status: 200,
    });
    assertExpected(await world.ask(instance, 'GET', '/health/ready'), { status: 200 });
  }
  return performance.now() - began;
}

/** Takes the database away from under a load, and gives it back. */
async function outage(world: Processes, end: () => Promise<void> | void): Promise<void> {
  const stop = keepWriting(world, 8);
  await wait(700);
  await end();
  await wait(300);
  for (const instance of [0, 1]) {
    assertExpected(
      await world.ask(instance, 'GET', '/api/v1/tickets', { token: world.tokens.support }),
      AWAY,
    );
    assertExpected(await world.signIn(instance, 'support'), {
      status: 503,
      error: 'temporarily_unavailable',
    });
    assertExpected(await world.ask(instance, 'GET', '/health/live'), { status: 200 });
    const legacy = await world.ask(instance, 'GET', '/api/v1/ticket/', { token: world.tokens.support });
    assertExpected(legacy, {
      status: 503,
      detail: 'The database does not answer. Send the request again in a moment.',
    });
  }
  await world.startDatabase();
  expect(await untilServed(world)).toBeLessThan(5_000);
  const { kept, others } = await stop();
  for (const answer of others) assertExpected(answer, AWAY);
  expect([kept.length > 10, others.length > 0]).toEqual([true, true]);
  const [found] = await world.sql<{ n: string }>('SELECT count(*) AS n FROM tickets WHERE id = ANY ($1)', [
    kept,
  ]);
  expect(Number(found?.n)).toBe(kept.length);
  // Each with its audit row, or neither.
  const [unaudited] = await world.sql<{ n: string }>(
    `SELECT count(*) AS n FROM tickets t WHERE NOT EXISTS (
       SELECT FROM audit WHERE action = 'ticket.create' AND subject_type = 'ticket' AND subject_id = t.id::text)`,
  );
  expect(Number(unaudited?.n)).toBe(0);
  expect(world.processes.map((one) => one.lives())).toEqual([true, true]);
}

/** Holds a table so that nobody else can read it. */
async function holding(world: Processes, table: string, work: () => Promise<void>): Promise<void> {
  const client = await world.connect();
  try {
    await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    await work();
  } finally {
    await client.end();
  }
}

/** How long reads by others take while the work goes on, in milliseconds each. */
async function readsDuring(world: Processes, work: Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  const statuses = new Set<number>();
  let going = true;
  void work.finally(() => (going = false));
  while (going) {
    const began = performance.now();
    const { status } = await world.send(0, 'GET', '/api/v1/me', { token: world.tokens.support });
    times.push(performance.now() - began);
    statuses.add(status);
    await wait(5);
  }
  expect([...statuses]).toEqual([200]);
  return times;
}

/** Sign-ins in 32 lanes for a while, most of them right. */
async function flood(world: Processes, milliseconds: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  const end = performance.now() + milliseconds;
  const lane = async (index: number): Promise<void> => {
    const username = ['admin', 'manager', 'support', `nobody${index}`][index % 4] ?? '';
    while (performance.now() < end) {
      const body = form({ username, password: PASSWORD });
      answers.push(await world.send(0, 'POST', '/api/v1/token', { body }));
    }
  };
  const lanes = Array.from({ length: 32 }, (_, index) => lane(index));
  // Else the limits would refuse most of it before a password is looked at.
  const forgetting = setInterval(() => void forgetFailures(world), 100);
  await Promise.all(lanes);
  clearInterval(forgetting);
  return answers;
}

/** What running processes show: their log, floods, and a database that goes away. */
export const overload: Case<Processes>[] = [
  {
    no: 47,
    what: 'CR, LF, ANSI and other control characters in a username, a User-Agent, a path and a request id',
    expected: 'one JSON line for each request, without any of them; the audit too',
    scenario: async (world) => {
      const { url, lines } = world.processes[0] as Processes['processes'][number];
      const evil = 'a\r\n{"level":"fatal"}\u001b[31m\u009b31m\u007f\u2028\u202e';
      await untilLogged();
      const before = lines.length;
      await untouched(world.database, async () => assertExpected(await world.signIn(0, evil), INVALID_GRANT));
      const socket = await open(url);
      // Latin-1 bytes of C1 control characters: the only ones that HTTP lets through.
      const head = `GET /api/v1/%0d%0a%1b HTTP/1.1\r\nHost: ${new URL(url).host}\r\nX-Request-Id: \x9b31m\r\nUser-Agent: \x9b31mred\x85\r\n`;
      socket.write(Buffer.from(`${head}Connection: close\r\n\r\n`, 'latin1'));
      expect((await readAll(socket)).status).toBe(404);
      await untilLogged();
      const written = lines.slice(before);
      expect(written).toHaveLength(2);
      for (const line of written) {
        expect(typeof JSON.parse(line)).toBe('object');
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Bidi_Control}]/u);
      }
      const [audited] = await world.sql<{ subject_id: string }>(
        `SELECT subject_id FROM audit ORDER BY id DESC LIMIT 1`,
      );
      expect(audited?.subject_id).not.toMatch(/\p{Cc}/u);
      await forgetFailures(world);
    },
  },
  {
    no: 48,
    what: '400 guesses at one account at once, on two instances; then the right password; the same for nobody',
    expected:
      'exactly 10 are verified, the rest 429 with Retry-After, the right password too; nobody is answered alike',
    scenario: async (world) => {
      const shapes: string[] = [];
      for (const username of ['manager', 'nobody.here']) {
        const { verified, throttled, busy, audited } = await untilCalm(
          () => guess(world, username, 400),
          (round) => round.busy.length === 0,
        );
        expect([verified.length, throttled.length, busy.length, audited]).toEqual([10, 390, 0, 10]);
        const right = await world.signIn(0, username);
        expect(right.status).toBe(429);
        for (const { headers } of [...throttled, right]) {
          expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        }
        shapes.push(`${verified[0]?.text} ${right.text.replace(/\d+/g, 'N')}`);
      }
      expect(shapes[0]).toBe(shapes[1]);
      await forgetFailures(world);
    },
  },
  {
    no: 49,
    what: 'a flood of sign-ins in 32 lanes',
    expected: 'reads by others stay under 50 ms (p95); 503 with Retry-After for those beyond the line',
    scenario: async (world) => {
      const answers: Answer[] = [];
      const round = async (): Promise<number> => {
        const quiet = await readsDuring(world, wait(500));
        const flooding = flood(world, 1_000);
        const flooded = await readsDuring(world, flooding);
        answers.push(...(await flooding));
        return shareOf(50, p95(flooded), p95(quiet));
      };
      expect(await untilCalm(round, (share) => share < 1)).toBeLessThan(1);
      await forgetFailures(world);
      // Judged afterwards: judging takes the time that is measured.
      for (const answer of answers) assertRules('POST', '/api/v1/token', answer, true);
      const statuses = new Set(answers.map(({ status }) => status));
      expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 503]));
      expect([...statuses].filter((status) => ![200, 400, 429, 503].includes(status))).toEqual([]);
    },
  },
  {
    no: 50,
    what: 'PostgreSQL is killed with -9 under a load',
    expected: '503 and nothing else, no crash, 200 again within 5 s, and all that was acknowledged is there',
    scenario: (world) => outage(world, () => world.killDatabase()),
  },
  {
    no: 50,
    what: 'PostgreSQL is restarted under a load',
    expected: 'the same',
    scenario: (world) => outage(world, () => world.stopDatabase()),
  },
  {
    no: 50,
    what: 'a table is locked: every connection of the pool waits, and statements run out of time',
    expected:
      '503 after 2 s for those who get no connection, after 5 s for the others; 200 as soon as it is free',
    scenario: async (world) => {
      const read = async (): Promise<{ answer: Answer; took: number }> => {
        const began = performance.now();
        const answer = await world.ask(0, 'GET', '/api/v1/tickets', { token: world.tokens.support });
        return { answer, took: performance.now() - began };
      };
      await holding(world, 'tickets', async () => {
        const answers = await Promise.all(Array.from({ length: 24 }, read));
        for (const { answer } of answers) assertExpected(answer, AWAY);
        const quick = answers.filter(({ took }) => took < 4_000);
        for (const { answer, took } of answers)
          expect(answer.body.detail).toContain(took < 4_000 ? 'does not answer' : 'took too long');
        // Some got no connection, and those that had one ran out of time.
        expect([quick.length > 0, quick.length < answers.length]).toEqual([true, true]);
        expect(Math.max(...answers.map(({ took }) => took))).toBeLessThan(7_000);
        assertExpected(await world.ask(0, 'GET', '/api/v1/me', { token: world.tokens.support }), {
          status: 200,
        });
      });
      expect(await untilServed(world)).toBeLessThan(5_000);
      expect(world.processes.map((one) => one.lives())).toEqual([true, true]);
    },
  },
];
