import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, form, makeUser, openDesk, PASSWORD } from '../support/desk.js';
import { detail, legacyClient } from '../support/legacy.js';

let desk: Desk;
const { exchange } = legacyClient(() => desk);
const NEW = 'Battery-Staple-8';
const DONE = '200 {"message":"Password changed successfully"}';
const REFUSED = detail(401, 'Could not validate credentials');

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const change = (as: string, password = NEW) =>
  exchange('PATCH', '/user/password', { as, body: { password } });

interface Tokens {
  access_token: string;
  refresh_token: string;
}
const signIn = async (username: string, password = PASSWORD): Promise<Tokens> =>
  (await desk.signIn(username, password)).body as Tokens;

const refresh = async ({ refresh_token }: Tokens): Promise<Tokens> => {
  const answer = await desk.ask('POST', '/api/v1/token', {
    body: form({ grant_type: 'refresh_token', refresh_token }),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(answer.status).toBe(200);
  return answer.body as Tokens;
};

/** As if every session of the user had begun so long before. */
const age = (username: string, seconds: number) =>
  desk.database.query({
    text: `UPDATE sessions SET created_at = created_at - make_interval(secs => $2)
           WHERE user_id = (SELECT id FROM users WHERE username = $1)`,
    values: [username, seconds],
  });

describe('PATCH /user/password, which asks for no old password', () => {
  it('is done in the 5 minutes after a sign-in, and refused afterwards with the way out', async () => {
    await makeUser(desk, 'slow');
    const { access_token: token } = await signIn('slow');
    await age('slow', 4 * 60 + 50);
    expect(await change(token)).toBe(DONE);
    await age('slow', 11);
    expect(await change(token, PASSWORD)).toBe(REFUSED);
    const { headers } = await desk.ask('PATCH', '/api/v1/user/password', {
      as: token,
      body: { password: PASSWORD },
    });
    expect(headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="Sign in again first: this needs a sign-in of the last 5 minutes.", max_age="300"',
    );
    expect((await desk.ask('GET', '/api/v1/me', { as: token })).status).toBe(200);
    expect((await desk.signIn('slow', NEW)).status).toBe(200);
  });

  it('is no longer done after a refresh, and done again after a sign-in', async () => {
    await makeUser(desk, 'refresher');
    const first = await signIn('refresher');
    await age('refresher', 301);
    const second = await refresh(first);
    const third = await refresh(second);
    for (const { access_token } of [first, second, third]) expect(await change(access_token)).toBe(REFUSED);
    const again = await signIn('refresher');
    expect(await change(third.access_token)).toBe(REFUSED);
    expect(await change((await refresh(again)).access_token)).toBe(DONE);
    expect((await desk.ask('GET', '/api/v1/me', { as: third.access_token })).status).toBe(401);
  });

  it('changes and tells nothing when it is refused', async () => {
    await makeUser(desk, 'robbed');
    const { access_token: stolen } = await signIn('robbed');
    await age('robbed', 301);
    const state = () => desk.database.query({ text: `SELECT * FROM users WHERE username = 'robbed'` });
    const before = await state();
    for (const password of [NEW, 'weak', PASSWORD]) expect(await change(stolen, password)).toBe(REFUSED);
    expect(await state()).toEqual(before);
    const own = await desk.ask('PUT', '/api/v1/me/password', {
      as: stolen,
      body: { old_password: PASSWORD, password: NEW },
    });
    expect(own.status).toBe(204);
  });
});
