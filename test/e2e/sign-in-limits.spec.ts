import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  type Desk,
  form,
  type Instance,
  makeUser,
  openDesk,
  PASSWORD,
} from '../support/desk.js';
import { untilCalm } from './hostile/calm.js';

let desk: Desk;
let second: Instance;
beforeAll(async () => {
  // One proxy is believed, so that a test can come from as many addresses as it likes.
  desk = await openDesk({ TRUSTED_PROXY_HOPS: '1' });
  second = await desk.another();
  await makeUser(desk, 'guessed');
  await makeUser(desk, 'other');
});
afterAll(() => desk?.close());
beforeEach(() => desk.database.query({ text: 'DELETE FROM sign_in_limits' }));

const guess = (
  username: string,
  password: string,
  address = '192.0.2.1',
  instance: Instance = desk,
): Promise<Answer> =>
  instance.ask('POST', '/api/v1/token', {
    body: form({ username, password }),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address },
  });

const refusals = async (): Promise<number> => {
  const [row] = await desk.database.query<{ n: number }>({
    text: `SELECT count(*) AS n FROM audit WHERE action = 'session.refused'`,
  });
  return row?.n ?? 0;
};

/** Waits for the start of a second, so that what follows is counted within it. */
const nextSecond = (): Promise<void> =>
  desk.database.query({ text: `DELETE FROM sign_in_limits WHERE key LIKE 'all:%'` }).then(() => undefined);

function expectThrottled({ status, headers, body }: Answer): void {
  expect([status, body.error]).toEqual([429, 'temporarily_unavailable']);
  const seconds = Number(headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(900);
  expect(headers.get('cache-control')).toBe('no-store');
}

describe('an account from one address', () => {
  it.each(['guessed', 'nobody'])(
    'takes exactly 10 of 400 guesses at once on two instances: %s',
    async (username) => {
      // On a busy machine some wait too long for a connection: they are 503, and not counted.
      const { statuses, audited } = await untilCalm(
        async () => {
          await desk.database.query({ text: 'DELETE FROM sign_in_limits' });
          const before = await refusals();
          const answers = await Promise.all(
            Array.from({ length: 400 }, (_, index) =>
              guess(username, `wrong-${index}`, '192.0.2.1', index % 2 ? desk : second),
            ),
          );
          expect(answers.filter(({ status }) => status === 400).length).toBeLessThanOrEqual(10);
          return {
            statuses: answers.map(({ status }) => status),
            audited: (await refusals()) - before,
          };
        },
        (round) => !round.statuses.includes(503),
      );
      expect([
        statuses.filter((status) => status === 400).length,
        statuses.filter((status) => status === 429).length,
      ]).toEqual([10, 390]);
      expect(audited).toBe(10);
      expectThrottled(await guess(username.toUpperCase(), PASSWORD));
      expectThrottled(await guess(username.toUpperCase(), PASSWORD, '192.0.2.1', second));
    },
  );

  it('is throttled alone: others sign in from the same address', async () => {
    for (let index = 0; index < 12; index += 1) await guess('guessed', 'wrong');
    expect((await guess('guessed', PASSWORD)).status).toBe(429);
    expect((await guess('other', PASSWORD)).status).toBe(200);
  });

  it('is counted by failures: right passwords give back their own attempt and no other', async () => {
    for (let index = 0; index < 9; index += 1) expect((await guess('guessed', 'wrong')).status).toBe(400);
    for (let index = 0; index < 5; index += 1) expect((await guess('guessed', PASSWORD)).status).toBe(200);
    expect((await guess('guessed', 'wrong')).status).toBe(400);
    expectThrottled(await guess('guessed', PASSWORD));
  });

  it('opens again when the time is over, with all of its attempts', async () => {
    for (let index = 0; index < 12; index += 1) await guess('guessed', 'wrong');
    await desk.database.query({ text: 'UPDATE sign_in_limits SET expire = expire - 900000' });
    for (let index = 0; index < 10; index += 1) expect((await guess('guessed', 'wrong')).status).toBe(400);
    expectThrottled(await guess('guessed', 'wrong'));
  });

  it('knows an account by one spelling', async () => {
    for (const spelling of ['guessed', 'GUESSED', ' guessed ', 'Guessed', 'gUESSED']) {
      await guess(spelling, 'wrong');
      await guess(spelling, 'wrong');
    }
    expectThrottled(await guess('guessed', PASSWORD));
  });
});

describe('the change of the own password', () => {
  const change = (as: string, old_password: string, instance: Instance = desk): Promise<Answer> =>
    instance.ask('PUT', '/api/v1/me/password', { as, body: { old_password, password: 'Better-Horse-8' } });
  const session = async (username: string, password = PASSWORD): Promise<string> =>
    String((await guess(username, password)).body.access_token);

  it('takes exactly 10 wrong ones of a session, whoever is at the sign-in, and shuts no other session', async () => {
    await makeUser(desk, 'Changing');
    const [thief, owner] = [await session('changing'), await session('changing')];
    const statuses: number[] = [];
    for (let index = 0; index < 12; index += 1)
      statuses.push((await change(thief, `wrong-${index}`, index % 2 ? desk : second)).status);
    expect(statuses).toEqual([...Array<number>(10).fill(422), 429, 429]);
    const refused = await change(thief, PASSWORD);
    expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await guess('changing', PASSWORD)).status).toBe(200);
    for (let index = 0; index < 12; index += 1) expect((await change(owner, PASSWORD)).status).toBe(204);
  });

  it('is open to the owner while a stranger shuts the account, from the same address too', async () => {
    await makeUser(desk, 'besieged');
    const as = await session('besieged');
    // The address of the session's own requests, behind no proxy.
    for (const address of ['127.0.0.1', '192.0.2.1', '198.51.100.1'])
      for (let index = 0; index < 12; index += 1) {
        await nextSecond();
        await guess('besieged', 'wrong', address);
      }
    await desk.database.query({
      text: `UPDATE sign_in_limits SET points = 100000 WHERE key NOT LIKE 'own-password:%'`,
    });
    expectThrottled(await guess('besieged', PASSWORD, '127.0.0.1'));
    expect((await change(as, PASSWORD)).status).toBe(204);
    await desk.database.query({ text: 'DELETE FROM sign_in_limits' });
    expect((await guess('besieged', 'Better-Horse-8', '127.0.0.1')).status).toBe(200);
  });
});

describe('an address', () => {
  it.each([
    ['an IPv4 address', () => '203.0.113.5'],
    ['an IPv6 /64', (n: number) => `2001:db8:1:2::${n.toString(16)}`],
  ])('may fail 50 times: %s', async (_name, address) => {
    for (let index = 0; index < 50; index += 1) {
      await nextSecond();
      expect((await guess(`nobody.${index}`, 'wrong', address(index))).status).toBe(400);
    }
    await nextSecond();
    expectThrottled(await guess('other', PASSWORD, address(51)));
    expect((await guess('other', PASSWORD, '2001:db8:9::1')).status).toBe(200);
  });

  it('is that of the socket when no proxy is believed', async () => {
    const direct = await openDesk();
    try {
      for (let index = 0; index < 3; index += 1) {
        await direct.ask('POST', '/api/v1/token', {
          body: form({ username: 'nobody', password: 'wrong' }),
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            'x-forwarded-for': `192.0.2.${index}`,
            forwarded: 'for=192.0.2.9',
          },
        });
      }
      const rows = await direct.database.query({
        text: `SELECT key FROM sign_in_limits WHERE key LIKE 'address:%'`,
      });
      expect(rows).toEqual([{ key: 'address:127.0.0.1' }]);
      const audited = await direct.database.query({
        text: `SELECT DISTINCT address FROM audit WHERE action = 'session.refused'`,
      });
      expect(audited).toEqual([{ address: '127.0.0.1' }]);
    } finally {
      await direct.close();
    }
  });
});

describe('all together', () => {
  it('may fail 20 times a second', async () => {
    await desk.database.query({
      text: `INSERT INTO sign_in_limits (key, points, expire) VALUES ('all:all', 20, $1)`,
      values: [Date.now() + 900],
    });
    const answer = await guess('other', PASSWORD);
    expectThrottled(answer);
    expect(answer.headers.get('retry-after')).toBe('1');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await guess('other', PASSWORD)).status).toBe(200);
  });

  it('more passwords at once than can be checked are refused and not counted', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => guess(`nobody.${index}`, 'wrong', `192.0.2.${index + 10}`)),
    );
    const busy = answers.filter(({ status }) => status === 503);
    const wrong = answers.filter(({ status }) => status === 400);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy.length + wrong.length).toBe(20);
    for (const answer of busy) {
      expect([answer.body.error, answer.headers.get('retry-after')]).toEqual([
        'temporarily_unavailable',
        '1',
      ]);
    }
    const counted = await desk.database.query({
      text: `SELECT FROM sign_in_limits WHERE points > 0 AND key LIKE 'account-from-address:%'`,
    });
    expect(counted).toHaveLength(wrong.length);
  });
});
