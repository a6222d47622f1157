import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, type Instance, makeEmployee, makeUser, openDesk } from '../support/desk.js';

let desk: Desk;
let second: Instance;
let employee: number;

beforeAll(async () => {
  desk = await openDesk();
  second = await desk.another();
  employee = (await makeEmployee(desk)).id;
});
afterAll(() => desk?.close());

const ticket = (title: string) => ({ title, employee_id: employee });
const count = async (title: string): Promise<number> =>
  (
    await desk.database.query<{ n: number }>({
      text: 'SELECT count(*) AS n FROM tickets WHERE title = $1',
      values: [title],
    })
  )[0]?.n ?? 0;

async function post(instance: Instance, key: string, title: string, as = 'support') {
  return instance.ask('POST', '/api/v1/tickets', {
    as: await desk.token(as),
    body: ticket(title),
    headers: { 'idempotency-key': key },
  });
}

describe('Idempotency-Key', () => {
  it('gives the same answer for the same key and body, and does the work once', async () => {
    const first = await post(desk, 'key-1', 'once');
    const again = await post(second, 'key-1', 'once');
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(await count('once')).toBe(1);
    expect(
      (
        await desk.database.query({
          text: `SELECT FROM audit WHERE action = 'ticket.create' AND after->>'title' = 'once'`,
        })
      ).length,
    ).toBe(1);
  });

  it('is 422 with another body', async () => {
    await post(desk, 'key-2', 'first body');
    const answer = await post(desk, 'key-2', 'second body');
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_mismatch']);
    expect(answer.body.detail).toBe('This Idempotency-Key was used with another request. Take a new key.');
    expect(await count('second body')).toBe(0);
  });

  it('belongs to one user and one route', async () => {
    await post(desk, 'key-3', 'mine');
    expect((await post(desk, 'key-3', 'yours', 'manager')).status).toBe(201);
    const elsewhere = await desk.ask('POST', '/api/v1/employees', {
      as: 'manager',
      body: { first_name: 'a', last_name: 'b', email: 'key3@example.org' },
      headers: { 'idempotency-key': 'key-3' },
    });
    expect(elsewhere.status).toBe(201);
  });

  it('makes one ticket of 40 parallel requests on two instances', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => post(index % 2 ? desk : second, 'key-4', 'parallel')),
    );
    for (const { status, body, headers } of answers) {
      expect([201, 409]).toContain(status);
      if (status === 409)
        expect([body.code, headers.get('retry-after')]).toEqual(['idempotency_in_progress', '1']);
    }
    expect(await count('parallel')).toBe(1);
    expect((await post(desk, 'key-4', 'parallel')).status).toBe(201);
  });

  it('keeps nothing of a request that was refused', async () => {
    const refused = await desk.ask('POST', '/api/v1/tickets', {
      as: 'support',
      body: { title: 'later', employee_id: 999_999 },
      headers: { 'idempotency-key': 'key-5' },
    });
    expect(refused.status).toBe(422);
    expect((await post(desk, 'key-5', 'later')).status).toBe(201);
  });

  it('runs out after the time of config/limits.json', async () => {
    await post(desk, 'key-6', 'old');
    await desk.database.query({
      text: `UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = 'key-6'`,
    });
    expect((await post(desk, 'key-6', 'new')).status).toBe(201);
    expect(await count('new')).toBe(1);
  });

  it.each(['', 'two words', 'x'.repeat(201)])('%j is no key', async (key) => {
    expect((await post(desk, key, 'never')).status).toBe(422);
    expect(await count('never')).toBe(0);
  });

  it.each(['/api/v1/tickets', '/api/v1/ticket'])('answers a repeated DELETE of %s alike', async (path) => {
    const remove = async (instance: Instance, id: number, headers: Record<string, string>) =>
      instance.ask('DELETE', `${path}/${id}`, { as: await desk.token('support'), headers });
    const { id } = (await post(desk, `made-${path}`, 'deleted')).body;
    const headers = { 'idempotency-key': `delete-${path}` };
    const first = await remove(desk, id, headers);
    const again = await remove(second, id, headers);
    expect(first.status).toBeLessThan(300);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect((await remove(second, id, {})).status).toBe(404);
    const trail = await desk.database.query({
      text: `SELECT FROM audit WHERE action = 'ticket.delete' AND subject_id = $1`,
      values: [String(id)],
    });
    expect(trail).toHaveLength(1);
  });

  it('is not kept for somebody who deletes the own account', async () => {
    const { id } = await makeUser(desk, 'leaving', { roles: ['admin'] });
    const answer = await desk.ask('DELETE', `/api/v1/users/${id}`, {
      as: await desk.token('leaving'),
      headers: { 'idempotency-key': 'leaving' },
    });
    expect(answer.status).toBe(204);
    const kept = await desk.database.query({
      text: 'SELECT FROM idempotency_keys WHERE principal_id = $1',
      values: [String(id)],
    });
    expect(kept).toEqual([]);
  });
});
