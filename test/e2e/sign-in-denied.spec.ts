import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PasswordHasher } from '../../src/users/password.hasher.js';
import { type Desk, makeUser, openDesk } from '../support/desk.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const deny = (id: number) =>
  desk.database.query({ text: 'UPDATE users SET login_denied = true WHERE id = $1', values: [id] });

const sessionsOf = async (id: number): Promise<number> =>
  (await desk.database.query({ text: 'SELECT FROM sessions WHERE user_id = $1', values: [id] })).length;

/** Signs in with the right password, and lets something happen when it was verified. */
async function signInMeanwhile(username: string, meanwhile: () => Promise<unknown>): Promise<number> {
  const hasher = desk.app.get(PasswordHasher, { strict: false });
  const verify = hasher.verify.bind(hasher);
  const spy = jest.spyOn(hasher, 'verify').mockImplementationOnce(async (stored, password) => {
    const matches = await verify(stored, password);
    await meanwhile();
    return matches;
  });
  try {
    return (await desk.signIn(username)).status;
  } finally {
    spy.mockRestore();
  }
}

describe('a user whose sign-in is denied', () => {
  it('learns nothing by trying: the right password counts as a wrong one', async () => {
    const { id } = await makeUser(desk, 'denied');
    await deny(id);
    const statuses: number[] = [];
    for (let tries = 0; tries < 11; tries += 1) statuses.push((await desk.signIn('denied')).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
  });

  it('gets no session when that comes while the password is verified', async () => {
    const { id } = await makeUser(desk, 'late');
    expect(await signInMeanwhile('late', () => deny(id))).toBe(400);
    expect(await sessionsOf(id)).toBe(0);
  });

  it('does nothing by a session that was left over', async () => {
    const { id } = await makeUser(desk, 'left.over');
    const as = await desk.token('left.over');
    await deny(id);
    const { status } = await desk.ask('PATCH', '/api/v1/me', { as, body: { first_name: 'Changed' } });
    expect([await sessionsOf(id), status]).toEqual([1, 401]);
  });
});

describe('a password', () => {
  it('opens no session when it was changed while it is verified', async () => {
    const { id } = await makeUser(desk, 'changed');
    const change = () =>
      desk.database.query({
        text: `UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE username = 'other') WHERE id = $1`,
        values: [id],
      });
    await makeUser(desk, 'other', { password: 'Other-Horse-8' });
    expect(await signInMeanwhile('changed', change)).toBe(400);
    expect(await sessionsOf(id)).toBe(0);
  });
});
