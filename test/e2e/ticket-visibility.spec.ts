import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operator, type Principal } from '../../src/access/principal.js';
import { TicketExport } from '../../src/tickets/ticket.export.js';
import { UserOperations } from '../../src/users/user.operations.js';
import { type Desk, makeEmployee, makeUser, openDesk } from '../support/desk.js';
import { addRoles } from '../support/permissions.js';

let desk: Desk;
let employee: number;
let own: number;
let assigned: number;
let others: number;

const path = (id: number, more = '') => `/api/v1/tickets/${id}${more}`;

async function open(as: string, fields: Record<string, unknown> = {}): Promise<number> {
  const answer = await desk.ask('POST', '/api/v1/tickets', {
    as,
    body: { title: `Opened by ${as}`, employee_id: employee, ...fields },
  });
  expect(answer.status).toBe(201);
  return answer.body.id as number;
}

const idsOf = (items: { id: number }[]): number[] => items.map(({ id }) => id).sort((a, b) => a - b);

beforeAll(async () => {
  desk = await openDesk();
  addRoles({
    // Sees what it opened or works on, and may do everything to it.
    helper: {
      rank: 5,
      permissions: ['ticket:read_own', 'ticket:create', 'ticket:update', 'ticket:delete', 'employee:read'],
    },
    // May change tickets, and sees none.
    blind: { rank: 5, permissions: ['ticket:update', 'ticket:delete', 'employee:read'] },
  });
  employee = (await makeEmployee(desk)).id;
  const { id } = await makeUser(desk, 'helen', { roles: ['helper'] });
  await makeUser(desk, 'blanche', { roles: ['blind'] });
  own = await open('helen');
  assigned = await open('support', { assignee_id: id });
  others = await open('support');
});
afterAll(() => desk?.close());

describe('ticket:read_own', () => {
  it.each(['id', '-id', 'created_at', '-created_at', 'due_at', '-due_at'])(
    'lists by %s what the user opened or is assigned to, once each, and counts no more',
    async (sort) => {
      const { body } = await desk.ask('GET', `/api/v1/tickets?sort=${sort}&count=true`, { as: 'helen' });
      expect(idsOf(body.items)).toEqual([own, assigned]);
      expect(body.total).toBe(2);
      const first = await desk.ask('GET', `/api/v1/tickets?sort=${sort}&limit=1`, { as: 'helen' });
      const next = await desk.ask(
        'GET',
        `/api/v1/tickets?sort=${sort}&limit=1&cursor=${first.body.next_cursor}`,
        { as: 'helen' },
      );
      expect(idsOf([...first.body.items, ...next.body.items])).toEqual([own, assigned]);
      expect(next.body.next_cursor).toBeNull();
    },
  );

  it('shows a ticket that is both opened by and assigned to the user once', async () => {
    const { body: me } = await desk.ask('GET', '/api/v1/me', { as: 'helen' });
    const both = await open('helen', { assignee_id: me.id });
    const { body } = await desk.ask('GET', '/api/v1/tickets?count=true', { as: 'helen' });
    expect(idsOf(body.items)).toEqual([own, assigned, both]);
    expect(body.total).toBe(3);
    expect((await desk.ask('DELETE', path(both), { as: 'helen' })).status).toBe(204);
  });

  it('shows the same in single reads, histories and the tickets of an employee', async () => {
    const statuses = async (more: string) =>
      Promise.all(
        [own, assigned, others].map(
          async (id) => (await desk.ask('GET', path(id, more), { as: 'helen' })).status,
        ),
      );
    expect(await statuses('')).toEqual([200, 200, 404]);
    expect(await statuses('/history')).toEqual([200, 200, 404]);
    const { body } = await desk.ask('GET', `/api/v1/employees/${employee}/tickets`, { as: 'helen' });
    expect(idsOf(body.items)).toEqual([own, assigned]);
  });

  it('answers a change or a removal of what is not seen as if it were not there', async () => {
    for (const as of ['helen', 'blanche']) {
      const patched = await desk.ask('PATCH', path(others), { as, body: { title: 'Mine now' } });
      const missing = await desk.ask('PATCH', path(999_999), { as, body: { title: 'Mine now' } });
      expect([patched.status, patched.body.code]).toEqual([404, 'not_found']);
      expect(missing.body.detail.replace('999999', String(others))).toBe(patched.body.detail);
      expect((await desk.ask('DELETE', path(others), { as })).status).toBe(404);
    }
    expect((await desk.ask('GET', path(others), { as: 'support' })).body.title).toBe('Opened by support');
    const changed = await desk.ask('PATCH', path(assigned), { as: 'helen', body: { priority: 'high' } });
    expect([changed.status, changed.body.priority]).toEqual([200, 'high']);
  });

  it('shows the same through the legacy API', async () => {
    const get = async (legacy: string) => desk.ask('GET', `/api/v1${legacy}`, { as: 'helen' });
    expect(idsOf((await get('/ticket/')).body)).toEqual([own, assigned]);
    expect(idsOf((await get('/ticket/my/')).body)).toEqual([own]);
    expect((await get(`/ticket/${others}`)).status).toBe(404);
    expect((await get(`/ticket/${own}`)).status).toBe(200);
    expect(idsOf((await get(`/employee/${employee}`)).body.tickets)).toEqual([own, assigned]);
    const [listed] = (await get('/employee/')).body.filter(({ id }: { id: number }) => id === employee);
    expect(idsOf(listed.tickets)).toEqual([own, assigned]);
    const changed = await desk.ask('PUT', `/api/v1/ticket/${others}`, {
      as: 'helen',
      body: { title: 'Mine', description: '', status: 'Open' },
    });
    expect(changed.status).toBe(404);
  });

  it('exports the same as that user, and all as the operator', async () => {
    const exported = async (principal: Principal): Promise<number[]> => {
      let lines = '';
      const sink = (text: string): Promise<void> => Promise.resolve(void (lines += text));
      await desk.app.get(TicketExport, { strict: false }).write('ndjson', sink, () => undefined, principal);
      return idsOf(
        lines
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { id: number }),
      );
    };
    const helen = await desk.app.get(UserOperations, { strict: false }).principalOf('helen');
    expect(await exported(helen)).toEqual([own, assigned]);
    expect(await exported(operator)).toEqual([own, assigned, others]);
  });

  it('means nothing to whoever may read all tickets, and may be given by them', async () => {
    addRoles({
      helper: { rank: 5, permissions: ['ticket:read_own', 'employee:read'] },
      giver: { rank: 20, permissions: ['user:*', 'ticket:read', 'employee:read'] },
    });
    await makeUser(desk, 'gina', { roles: ['giver'] });
    const { body } = await desk.ask('GET', '/api/v1/tickets?count=true', { as: 'gina' });
    expect(body.total).toBe(3);
    const made = await desk.ask('POST', '/api/v1/users', {
      as: 'gina',
      body: {
        username: 'given',
        first_name: 'G',
        last_name: 'N',
        password: 'Correct-Horse-7',
        roles: ['helper'],
      },
    });
    expect(made.status).toBe(201);
  });
});
