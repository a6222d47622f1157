import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { ownSource } from '../../src/access/audit/audit.js';
import { settings } from '../../src/platform/settings/settings.js';
import { AccountLocks } from '../../src/users/account.locks.js';
import { type Attempt, PasswordAttempts } from '../../src/users/password.attempts.js';
import {
  type Answer,
  type Desk,
  form,
  type Instance,
  makeUser,
  openDesk,
  PASSWORD,
} from '../support/desk.js';
import { runJobs } from '../support/jobs.js';
import { addRoles } from '../support/permissions.js';
import { tune } from '../support/settings.js';
import { untilCalm } from './hostile/calm.js';

const HOME = '198.51.100.1';
const ELSEWHERE = '198.51.100.2';
const STRANGER = '192.0.2.1';

let desk: Desk;
let second: Instance;
beforeAll(async () => {
  // One proxy is believed, so that a test can come from as many addresses as it likes.
  desk = await openDesk({ TRUSTED_PROXY_HOPS: '1' });
  second = await desk.another();
  // What is not the account's is out of the way.
  tune({ limits: { sign_in: { all: { failures: 100_000 }, waiting: 1_000 } } });
});
afterAll(() => desk?.close());
const forget = () =>
  desk.database.query({ text: 'WITH counted AS (DELETE FROM sign_in_limits) DELETE FROM sign_in_locks' });
beforeEach(async () => {
  tune({ limits: { sign_in: { account: { failures: 100 } } } });
  await forget();
});

const guess = (
  username: string,
  password: string,
  address: string,
  instance: Instance = desk,
): Promise<Answer> =>
  instance.ask('POST', '/api/v1/token', {
    body: form({ username, password }),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address },
  });

const status = async (username: string, address: string, password = PASSWORD): Promise<number> =>
  (await guess(username, password, address)).status;

/** Wrong passwords from one address until none is looked at any more. */
async function besiege(username: string, address = STRANGER): Promise<void> {
  while ((await guess(username, 'wrong', address)).status !== 429);
}

/** A hundred wrong passwords, ten from each address, which is what an account takes in all. */
const besiegeFromEverywhere = async (username: string): Promise<void> => {
  await Promise.all(Array.from({ length: 10 }, (_, index) => besiege(username, `203.0.113.${index + 1}`)));
};

/** Two locks: at the stranger's address, and, as if 89 others had failed as well, at every one that is not known. */
async function shutEverywhere(username: string): Promise<void> {
  await besiege(username);
  await desk.database.query({ text: `UPDATE sign_in_limits SET points = 99 WHERE key LIKE 'account:%'` });
  expect(await status(username, '203.0.113.1', 'wrong')).toBe(400);
}

interface Told {
  action: string;
  subject_type: string;
  subject_id: string;
  actor_username: string | null;
  address: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** What the audit tells of an account, without the refused tries. */
const told = (subject: string | number): Promise<Told[]> =>
  desk.database.query<Told>({
    text: `SELECT action, subject_type, subject_id, actor_username, address, before, after FROM audit
           WHERE subject_id = $1 AND (action LIKE 'sign_in.%' OR action IN ('user.unlock', 'user.password')) ORDER BY id`,
    values: [String(subject)],
  });

/** Moves all windows and locks into the past, and lets the job of each minute run. */
async function passTime(): Promise<void> {
  await desk.database.query({ text: 'UPDATE sign_in_limits SET expire = expire - 7200000' });
  await desk.database.query({ text: `UPDATE sign_in_locks SET until = until - interval '2 hours'` });
  await tick();
}

async function tick(): Promise<void> {
  await desk.database.query({ text: `SELECT graphile_worker.add_job('auth.expired')` });
  expect(await runJobs(desk)).toEqual([{ task: 'auth.expired', error: undefined }]);
}

describe('a stranger with wrong passwords', () => {
  it('shuts the account at the own address, and the owner out of none', async () => {
    await makeUser(desk, 'owner');
    expect(await status('owner', HOME)).toBe(200);
    await besiege('owner');
    expect(await status('owner', STRANGER)).toBe(429);
    expect([await status('owner', HOME), await status('owner', ELSEWHERE)]).toEqual([200, 200]);
  });

  it('shuts it from a hundred on for every address but those that the owner signed in from', async () => {
    await makeUser(desk, 'famous');
    expect([await status('famous', HOME), await status('famous', '2001:db8:1:2::a')]).toEqual([200, 200]);
    await besiegeFromEverywhere('famous');
    const refused = await guess('famous', PASSWORD, ELSEWHERE);
    expect([refused.status, refused.body.error]).toEqual([429, 'temporarily_unavailable']);
    const seconds = Number(refused.headers.get('retry-after'));
    expect([seconds > 900, seconds <= 3_600]).toEqual([true, true]);
    expect([await status('famous', HOME), await status('famous', '2001:db8:1:2::b')]).toEqual([200, 200]);
    // What is known is known for that account.
    await makeUser(desk, 'other.famous');
    expect(await status('other.famous', ELSEWHERE)).toBe(200);
    expect(await status('famous', ELSEWHERE)).toBe(429);
    // And for 30 days.
    await desk.database.query({
      text: `UPDATE sign_in_addresses SET signed_in_at = signed_in_at - interval '30 days'`,
    });
    expect(await status('famous', HOME)).toBe(429);
  });

  it('does not count there what is wrong at a known address, which takes 10 all the same', async () => {
    await makeUser(desk, 'forgetful');
    expect(await status('forgetful', HOME)).toBe(200);
    await besiege('forgetful', HOME);
    expect(await status('forgetful', HOME)).toBe(429);
    const counted = await desk.database.query({
      text: `SELECT FROM sign_in_limits WHERE key LIKE 'account:%' AND points > 0`,
    });
    expect(counted).toEqual([]);
  });

  it('is not counted for a guess that the database has not taken down, and that got no answer', async () => {
    const owner = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
    await owner.connect();
    try {
      await owner.query(`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON audit EXECUTE FUNCTION refuse()`);
      expect(await status('unheard', STRANGER, 'wrong')).toBe(500);
    } finally {
      await owner.query('DROP FUNCTION refuse CASCADE');
      await owner.end();
    }
    expect(await desk.database.query({ text: 'SELECT FROM sign_in_limits WHERE points > 0' })).toEqual([]);
  });

  it.each(['guessed.much', 'nobody.much'])(
    'has exactly 30 of 400 guesses at once looked at, where 30 are allowed, from 40 addresses on two instances: %s',
    async (username) => {
      tune({ limits: { sign_in: { account: { failures: 30 } } } });
      if (username === 'guessed.much') await makeUser(desk, username);
      // On a busy machine some wait too long for a connection: they are 503, and not counted.
      const statuses = await untilCalm(
        async () => {
          await forget();
          const answers = await Promise.all(
            Array.from({ length: 400 }, (_, index) =>
              guess(username, `wrong-${index}`, `203.0.113.${index % 40}`, index % 2 ? desk : second),
            ),
          );
          const verified = answers.filter(({ status }) => status === 400);
          expect(verified.length).toBeLessThanOrEqual(30);
          return answers.map(({ status }) => status);
        },
        (round) => !round.includes(503),
      );
      const count = (wanted: number) => statuses.filter((status) => status === wanted).length;
      expect([count(400), count(429)]).toEqual([30, 370]);
      expect(await status(username, ELSEWHERE)).toBe(429);
    },
    60_000,
  );
});

describe('a lock', () => {
  it.each(['locked', 'nobody.locked'])(
    'is told once when it begins and once when its time is over, however many try: %s',
    async (username) => {
      const id = username === 'locked' ? String((await makeUser(desk, username)).id) : username;
      const subject = { subject_type: id === username ? 'username' : 'user', subject_id: id };
      for (const period of [1, 2]) {
        await Promise.all(
          Array.from({ length: 60 }, (_, index) =>
            guess(username, 'wrong', STRANGER, index % 2 ? desk : second),
          ),
        );
        await besiege(username);
        const begun = (await told(id)).slice(2 * (period - 1));
        expect(begun).toEqual([
          {
            ...subject,
            action: 'sign_in.locked',
            actor_username: null,
            address: STRANGER,
            before: null,
            after: { address: STRANGER, failures: 10, until: expect.any(String) },
          },
        ]);
        const until = Date.parse(String(begun[0]?.after?.until)) - Date.now();
        expect([until > 0, until <= 900_000]).toEqual([true, true]);
        await tick();
        expect(await told(id)).toHaveLength(2 * period - 1);
        await passTime();
        expect((await told(id)).slice(2 * period - 1)).toEqual([
          {
            ...subject,
            action: 'sign_in.unlocked',
            actor_username: '(frontdesk)',
            address: null,
            before: { address: STRANGER, until: expect.any(String) },
            after: { reason: 'time' },
          },
        ]);
      }
    },
  );

  it('for all addresses that are not known is told as that', async () => {
    const { id } = await makeUser(desk, 'widely.locked');
    await shutEverywhere('widely.locked');
    const wide = (await told(id)).filter(({ after }) => after?.address === null);
    expect(wide.map(({ after }) => after)).toEqual([
      { address: null, failures: 100, until: expect.any(String) },
    ]);
  });

  it('is told of nobody who gives the right password in time', async () => {
    const { id } = await makeUser(desk, 'clumsy');
    for (let index = 0; index < 9; index += 1) await guess('clumsy', 'wrong', HOME);
    for (let index = 0; index < 3; index += 1) expect(await status('clumsy', HOME)).toBe(200);
    expect(await told(id)).toEqual([]);
  });
});

describe('a lock beside right passwords that are still being looked at', () => {
  it('is not told while one of them leaves room, and once however often it comes about', async () => {
    const { id } = await makeUser(desk, 'busy');
    const attempts = desk.app.get(PasswordAttempts, { strict: false });
    const locks = desk.app.get(AccountLocks, { strict: false });
    const take = () => attempts.takeSignIn('busy', STRANGER);
    const fail = ({ usedUp }: Attempt) =>
      desk.database.transaction(async (tx) => {
        for (const counter of usedUp)
          await locks.begin(tx, ownSource, counter, { loginName: 'busy', attempted: 'busy' });
      });
    const right = [await take(), await take()];
    for (let failure = 1; failure <= 7; failure += 1) await fail(await take());
    const tenth = await take();
    await right[0]?.refund();
    await fail(tenth);
    expect(await told(id)).toEqual([]);
    await fail(await take());
    expect(await told(id)).toHaveLength(1);
    await right[1]?.refund();
    await fail(await take());
    await expect(take()).rejects.toMatchObject({ status: 429 });
    expect(await told(id)).toHaveLength(1);
  });
});

describe('an account that is locked', () => {
  const ways: [string, (id: number) => Promise<Answer>, string, string][] = [
    [
      'POST /users/{id}/unlock',
      (id) => desk.ask('POST', `/api/v1/users/${id}/unlock`, { as: 'admin' }),
      'user.unlock',
      'unlock',
    ],
    [
      'a reset of the password',
      (id) => desk.ask('PUT', `/api/v1/users/${id}/password`, { as: 'admin', body: { password: PASSWORD } }),
      'user.password',
      'password reset',
    ],
    [
      'the same through the legacy API',
      (id) => desk.ask('PATCH', `/api/v1/user/${id}/password`, { as: 'admin', body: { password: PASSWORD } }),
      'user.password',
      'password reset',
    ],
  ];

  it.each(ways)('is opened everywhere by %s', async (way, open, action, reason) => {
    const username = `Opened.${ways.findIndex(([name]) => name === way)}`;
    const { id } = await makeUser(desk, username);
    await shutEverywhere(username);
    expect([await status(username, ELSEWHERE), await status(username, STRANGER)]).toEqual([429, 429]);
    const before = (await told(id)).length;
    expect(before).toBe(2);
    expect([200, 204]).toContain((await open(id)).status);
    expect([await status(username, ELSEWHERE), await status(username, STRANGER)]).toEqual([200, 200]);
    const rows = (await told(id)).slice(before);
    expect(rows.map((row) => row.action).sort()).toEqual(['sign_in.unlocked', 'sign_in.unlocked', action]);
    for (const row of rows) expect([row.actor_username, row.subject_type]).toEqual(['admin', 'user']);
    expect(rows.filter(({ after }) => after?.reason === reason)).toHaveLength(2);
    await passTime();
    expect(await told(id)).toHaveLength(before + 3);
  });
});

describe('POST /users/{id}/unlock', () => {
  it('is 204 for an account that nothing locks, and an audit row', async () => {
    const { id } = await makeUser(desk, 'unlocked');
    const answer = await desk.ask('POST', `/api/v1/users/${id}/unlock`, { as: 'admin' });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await told(id)).toEqual([
      expect.objectContaining({ action: 'user.unlock', subject_type: 'user', actor_username: 'admin' }),
    ]);
  });

  it('opens one account and no other', async () => {
    const [{ id }] = [await makeUser(desk, 'one.of.two'), await makeUser(desk, 'two.of.two')];
    await besiege('one.of.two');
    await besiege('two.of.two');
    await desk.ask('POST', `/api/v1/users/${id}/unlock`, { as: 'admin' });
    expect([await status('one.of.two', STRANGER), await status('two.of.two', STRANGER)]).toEqual([200, 429]);
  });

  it('ends below a higher rank, and is for those who may set a password', async () => {
    const { id } = await makeUser(desk, 'high', { roles: ['admin'] });
    await makeUser(desk, 'helper', { roles: ['manager'] });
    const path = `/api/v1/users/${id}/unlock`;
    await besiege('high');
    const { id: low } = await makeUser(desk, 'low');
    const refused = await desk.ask('POST', `/api/v1/users/${low}/unlock`, { as: 'helper' });
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    const shipped = settings.current;
    try {
      addRoles({ manager: { rank: 20, permissions: ['user:read', 'user:update_password'] } });
      expect((await desk.ask('POST', `/api/v1/users/${low}/unlock`, { as: 'helper' })).status).toBe(204);
      const below = await desk.ask('POST', path, { as: 'helper' });
      expect([below.status, below.body.detail]).toEqual([403, expect.stringMatching(/higher rank/)]);
    } finally {
      settings.replace(shipped);
    }
    expect(await status('high', STRANGER)).toBe(429);
    expect((await told(id)).map(({ action }) => action)).toEqual(['sign_in.locked']);
    expect((await desk.ask('POST', '/api/v1/users/999999/unlock', { as: 'admin' })).status).toBe(404);
  });
});
