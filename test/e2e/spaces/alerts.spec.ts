import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, type Instance, makeEmployee, openDesk } from '../../support/desk.js';
import { runJobs } from '../../support/jobs.js';

let desk: Desk;
let other: Instance;
let employee: number;

beforeAll(async () => {
  desk = await openDesk();
  other = await desk.another();
  employee = (await makeEmployee(desk)).id;
});
afterAll(() => desk?.close());

async function make(fields: Record<string, unknown> = {}): Promise<string> {
  const { status, body, text } = await desk.ask('POST', '/api/v1/spaces', {
    as: 'manager',
    body: { kind: 'room', name: 'Reading room', capacity: 10, ...fields },
  });
  expect(`${status} ${status === 201 ? '' : text}`).toBe('201 ');
  return body.id as string;
}

const set = async (id: string, occupancy: number) => {
  const answer = await desk.ask('PUT', `/api/v1/spaces/${id}/occupancy`, {
    as: 'support',
    body: { occupancy, reason: 'counted by hand' },
  });
  expect(answer.status).toBe(200);
  return answer.body.level as string;
};

const patch = (id: string, body: unknown) =>
  desk.ask('PATCH', `/api/v1/spaces/${id}`, { as: 'manager', body });

/** Each alert in a word, the oldest first. */
const alerts = async (id: string): Promise<string[]> => {
  const { body } = await desk.ask('GET', `/api/v1/spaces/${id}/alerts`, { as: 'support' });
  return body.items
    .toReversed()
    .map(
      ({ level, occupancy, cleared_at }: Record<string, unknown>) =>
        `${String(level)} at ${String(occupancy)}${cleared_at === null ? '' : ', cleared'}`,
    );
};

const tickets = async (id: string) => {
  const { body } = await desk.ask('GET', `/api/v1/tickets?space_id=${id}&sort=id`, { as: 'support' });
  return body.items as Record<string, unknown>[];
};

const runAll = async (...instances: Instance[]) => {
  const ran = (await Promise.all(instances.map(runJobs))).flat();
  expect(ran.filter(({ error }) => error !== undefined)).toEqual([]);
};

describe('alerts of a space', () => {
  it('are raised at its thresholds, kept by the hysteresis, and cleared when a level is left', async () => {
    const id = await make({ hysteresis_percent: 10 });
    const seen: [string, string[]][] = [];
    for (const occupancy of [7, 8, 7, 9, 10, 9, 12, 8, 7, 6, 10, 0])
      seen.push([await set(id, occupancy), await alerts(id)]);
    expect(seen).toEqual([
      ['free', []],
      ['amber', ['amber at 8']],
      ['amber', ['amber at 8']],
      ['amber', ['amber at 8']],
      ['full', ['amber at 8', 'full at 10']],
      ['full', ['amber at 8', 'full at 10']],
      ['full', ['amber at 8', 'full at 10']],
      ['amber', ['amber at 8', 'full at 10, cleared']],
      ['amber', ['amber at 8', 'full at 10, cleared']],
      ['free', ['amber at 8, cleared', 'full at 10, cleared']],
      ['full', ['amber at 8, cleared', 'full at 10, cleared', 'full at 10']],
      ['free', ['amber at 8, cleared', 'full at 10, cleared', 'full at 10, cleared']],
    ]);
  });

  it('also follow from a changed capacity, and are listed page by page', async () => {
    const id = await make({ capacity: 100 });
    await set(id, 50);
    await patch(id, { capacity: 50 });
    await patch(id, { capacity: null });
    await patch(id, { capacity: 60 });
    expect(await alerts(id)).toEqual(['full at 50, cleared', 'amber at 50']);
    const first = await desk.ask('GET', `/api/v1/spaces/${id}/alerts?limit=1&count=true`, { as: 'support' });
    expect(first.body).toMatchObject({
      total: 2,
      items: [
        { space_id: id, level: 'amber', occupancy: 50, capacity: 60, delivered_at: null, ticket_id: null },
      ],
    });
    const second = await desk.ask(
      'GET',
      `/api/v1/spaces/${id}/alerts?limit=1&cursor=${first.body.next_cursor}`,
      {
        as: 'support',
      },
    );
    expect(second.body.items.map(({ level }: { level: string }) => level)).toEqual(['full']);
    expect(
      (await desk.ask('GET', `/api/v1/spaces/${id.replace(/.$/, '_')}/alerts`, { as: 'support' })).status,
    ).toBe(422);
  });

  it('are not raised while the space is closed, by its own hours or by those above it', async () => {
    const site = await make({ kind: 'site', opening_hours: {} });
    const room = await make({ parent_id: site, ticket_for: employee });
    const shop = await make({ parent_id: site, opening_hours: null, time_zone: 'Pacific/Auckland' });
    for (const id of [room, shop]) expect(await set(id, 10)).toBe('full');
    await runAll(desk);
    expect([await alerts(room), await alerts(shop), await tickets(room)]).toEqual([[], [], []]);
    await patch(room, { opening_hours: Object.fromEntries(WEEK.map((day) => [day, [['00:00', '24:00']]])) });
    await set(room, 0);
    await set(room, 10);
    expect(await alerts(room)).toEqual(['full at 10']);
  });
});

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

describe('the ticket of a full space', () => {
  it('is opened once, says what happened, and resolves itself when the space is free', async () => {
    const id = await make({ ticket_for: employee, time_zone: 'Europe/London' });
    const { body: manager } = await desk.ask('GET', '/api/v1/me', { as: 'manager' });
    for (const occupancy of [10, 9, 10, 9, 10]) await set(id, occupancy);
    await runAll(desk, other);
    const [ticket, ...more] = await tickets(id);
    expect(more).toEqual([]);
    expect(ticket).toMatchObject({
      title: 'Reading room is full',
      status: 'new',
      employee_id: employee,
      created_by: manager.id,
      assignee_id: null,
      space_id: id,
      resolved_at: null,
    });
    expect(ticket?.description).toMatch(
      /^Reading room had 10 people for a capacity of 10 on \d+ \w+ 20\d\d at \d\d:\d\d \(Europe\/London\)\.\n/,
    );
    await set(id, 8);
    await runAll(desk, other);
    expect(await tickets(id)).toMatchObject([{ status: 'new' }]);
    await set(id, 7);
    await runAll(desk, other);
    expect(await tickets(id)).toMatchObject([{ status: 'resolved', resolved_at: expect.any(String) }]);
    const history = await desk.ask('GET', `/api/v1/tickets/${String(ticket?.id)}/history`, { as: 'support' });
    expect(
      history.body.items.map(
        ({ action, actor_id, actor_username, before, after }: Record<string, unknown>) => [
          action,
          actor_id,
          actor_username,
          before,
          (after as { status: string }).status,
        ],
      ),
    ).toEqual([
      ['ticket.update', null, '(frontdesk)', { status: 'new' }, 'resolved'],
      ['ticket.create', null, '(frontdesk)', null, 'new'],
    ]);
    const { body } = await desk.ask('GET', `/api/v1/spaces/${id}/alerts`, { as: 'support' });
    for (const alert of body.items)
      expect(alert).toMatchObject(alert.level === 'full' ? { ticket_id: ticket?.id } : { ticket_id: null });
  });

  it('is opened and resolved for a short while too, and anew the next time', async () => {
    const id = await make({ ticket_for: employee });
    await set(id, 10);
    await set(id, 0);
    await runAll(desk, other);
    expect(await tickets(id)).toMatchObject([{ status: 'resolved' }]);
    await set(id, 10);
    await runAll(desk);
    expect(await tickets(id)).toMatchObject([{ status: 'resolved' }, { status: 'new' }]);
  });

  it('stays one, however many jobs of however many workers ask for it', async () => {
    const id = await make({ ticket_for: employee });
    for (let times = 0; times < 15; times += 1) {
      await set(id, 10);
      await set(id, times % 3 === 2 ? 0 : 9);
      await set(id, 8);
      await set(id, 10);
    }
    await runAll(desk, other, desk, other);
    expect(await tickets(id)).toMatchObject([{ status: 'new' }]);
    await set(id, 1);
    await runAll(desk, other, desk, other);
    expect(await tickets(id)).toMatchObject([{ status: 'resolved' }]);
  });

  it('is left as people made it: closed is closed, and pending is resolved from there', async () => {
    const [closed, pending] = [await make({ ticket_for: employee }), await make({ ticket_for: employee })];
    for (const id of [closed, pending]) await set(id, 10);
    await runAll(desk);
    const statusOf = { [closed]: 'closed', [pending]: 'pending' };
    for (const [id, status] of Object.entries(statusOf)) {
      const [ticket] = await tickets(id);
      await desk.ask('PATCH', `/api/v1/tickets/${String(ticket?.id)}`, { as: 'support', body: { status } });
      await set(id, 0);
    }
    await runAll(desk);
    expect([await tickets(closed), await tickets(pending)]).toMatchObject([
      [{ status: 'closed' }],
      [{ status: 'resolved' }],
    ]);
  });

  it('is not opened when it was switched off meanwhile, nor for a space that is gone', async () => {
    const [off, gone] = [await make({ ticket_for: employee }), await make({ ticket_for: employee })];
    for (const id of [off, gone]) await set(id, 10);
    await patch(off, { ticket_for: null });
    expect((await desk.ask('DELETE', `/api/v1/spaces/${gone}`, { as: 'manager' })).status).toBe(204);
    await runAll(desk);
    expect([await tickets(off), await tickets(gone)]).toEqual([[], []]);
  });
});

describe('a ticket about a space', () => {
  it('names it from the start or later, or no more, and never one that is not there', async () => {
    const id = await make();
    const post = (space_id: unknown) =>
      desk.ask('POST', '/api/v1/tickets', {
        as: 'support',
        body: { title: 'The door squeaks', employee_id: employee, space_id },
      });
    const { status, body } = await post(id.toUpperCase());
    expect([status, body.space_id]).toEqual([201, id]);
    const change = (space_id: unknown) =>
      desk.ask('PATCH', `/api/v1/tickets/${body.id}`, { as: 'support', body: { space_id } });
    expect((await change(null)).body.space_id).toBeNull();
    expect((await change(id)).body.space_id).toBe(id);
    const nowhere = '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e99';
    for (const refused of [await post(nowhere), await change(nowhere), await post('hall'), await change(7)]) {
      expect([refused.status, refused.body.code, refused.body.errors[0].path]).toEqual([
        422,
        'validation_failed',
        'space_id',
      ]);
    }
    expect(await tickets(id)).toMatchObject([{ id: body.id }]);
    const before = await desk.ask('GET', `/api/v1/tickets/${body.id}`, { as: 'support' });
    await desk.ask('DELETE', `/api/v1/spaces/${id}`, { as: 'manager' });
    const after = await desk.ask('GET', `/api/v1/tickets/${body.id}`, { as: 'support' });
    expect([after.status, after.body.space_id]).toEqual([200, null]);
    // A change like any other.
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    const history = await desk.ask('GET', `/api/v1/tickets/${body.id}/history?limit=1`, { as: 'support' });
    expect(history.body.items[0]).toMatchObject({
      action: 'ticket.update',
      actor_username: 'manager',
      before: { space_id: id },
      after: { space_id: null },
    });
  });
});
