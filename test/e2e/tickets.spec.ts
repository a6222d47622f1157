import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, makeEmployee, makeUser, openDesk } from '../support/desk.js';

let desk: Desk;
let employee: number;

beforeAll(async () => {
  desk = await openDesk();
  employee = (await makeEmployee(desk)).id;
});
afterAll(() => desk?.close());

async function open(fields: Record<string, unknown> = {}): Promise<number> {
  const answer = await desk.ask('POST', '/api/v1/tickets', {
    as: 'support',
    body: { title: 'Laptop does not start', employee_id: employee, ...fields },
  });
  expect(answer.status).toBe(201);
  return answer.body.id as number;
}

const patch = (id: number, body: unknown, headers: Record<string, string> = {}) =>
  desk.ask('PATCH', `/api/v1/tickets/${id}`, { as: 'support', body, headers });

describe('opening a ticket', () => {
  it('answers 201 with the whole ticket, its place and its version', async () => {
    const answer = await desk.ask('POST', '/api/v1/tickets', {
      as: 'support',
      body: { title: '  Bildschirm bleibt schwarz ', description: 'Ü\u0308ber Nacht', employee_id: employee },
    });
    expect(answer.status).toBe(201);
    const me = (await desk.ask('GET', '/api/v1/me', { as: 'support' })).body.id;
    const { id, created_at } = answer.body;
    expect(answer.body).toEqual({
      id,
      title: 'Bildschirm bleibt schwarz',
      description: 'Ü\u0308ber Nacht'.normalize('NFC'),
      status: 'new',
      priority: 'normal',
      employee_id: employee,
      created_by: me,
      assignee_id: null,
      due_at: null,
      space_id: null,
      created_at,
      updated_at: created_at,
      resolved_at: null,
    });
    expect(created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/);
    expect(answer.headers.get('location')).toBe(`/api/v1/tickets/${id}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    const read = await desk.ask('GET', `/api/v1/tickets/${id}`, { as: 'support' });
    expect(read.body).toEqual(answer.body);
    expect(read.headers.get('etag')).toBe('"1"');
  });

  it('names each bad field, and takes none that the server decides', async () => {
    for (const [body, code, path] of [
      [{ employee_id: employee }, 'validation_failed', 'title'],
      [{ title: 'x' }, 'validation_failed', 'employee_id'],
      [{ title: ' ', employee_id: employee }, 'validation_failed', 'title'],
      [{ title: 'x'.repeat(201), employee_id: employee }, 'validation_failed', 'title'],
      [{ title: 'x', employee_id: 999_999 }, 'validation_failed', 'employee_id'],
      [{ title: 'x', employee_id: 1.5 }, 'validation_failed', 'employee_id'],
      [{ title: 'x', employee_id: employee, priority: 'huge' }, 'validation_failed', 'priority'],
      [
        { title: 'x', employee_id: employee, description: 'y'.repeat(20_001) },
        'validation_failed',
        'description',
      ],
      [{ title: 'x', employee_id: employee, id: 7 }, 'unknown_field', 'id'],
      [{ title: 'x', employee_id: employee, created_by: 1 }, 'unknown_field', 'created_by'],
      [{ title: 'x', employee_id: employee, resolved_at: null }, 'unknown_field', 'resolved_at'],
      [{ title: 'x', employee_id: employee, status: 'closed' }, 'unknown_field', 'status'],
    ] as const) {
      const answer = await desk.ask('POST', '/api/v1/tickets', { as: 'support', body });
      expect([answer.status, answer.body.code, answer.body.errors[0].path]).toEqual([422, code, path]);
    }
  });

  it('counts length in characters, not in UTF-16 units', async () => {
    await open({ title: '🖨'.repeat(200) });
    const tooLong = await desk.ask('POST', '/api/v1/tickets', {
      as: 'support',
      body: { title: '🖨'.repeat(201), employee_id: employee },
    });
    expect(tooLong.status).toBe(422);
  });
});

describe('the workflow', () => {
  const all = ['new', 'open', 'pending', 'resolved', 'closed'];
  const allowed: Record<string, string[]> = {
    new: ['open', 'pending', 'resolved', 'closed'],
    open: ['pending', 'resolved', 'closed'],
    pending: ['open', 'resolved', 'closed'],
    resolved: ['open', 'closed'],
    closed: ['open'],
  };

  it.each(all.flatMap((from) => all.filter((to) => to !== from).map((to) => [from, to] as const)))(
    'from %s to %s',
    async (from, to) => {
      const id = await open();
      if (from !== 'new') expect((await patch(id, { status: from })).status).toBe(200);
      const answer = await patch(id, { status: to });
      if (allowed[from]?.includes(to)) {
        expect([answer.status, answer.body.status]).toEqual([200, to]);
      } else {
        expect([answer.status, answer.body.code, answer.body.allowed]).toEqual([
          409,
          'transition_refused',
          allowed[from],
        ]);
        expect((await desk.ask('GET', `/api/v1/tickets/${id}`, { as: 'support' })).body.status).toBe(from);
      }
    },
  );

  it('sets resolved_at on entering a final status, keeps it between two, clears it on leaving', async () => {
    const id = await open();
    const resolved = (await patch(id, { status: 'resolved' })).body.resolved_at;
    expect(resolved).not.toBeNull();
    expect((await patch(id, { status: 'closed' })).body.resolved_at).toBe(resolved);
    expect((await patch(id, { status: 'open' })).body.resolved_at).toBeNull();
  });
});

describe('the assignee', () => {
  it('must be there, hold ticket:update, and be neither disabled nor denied', async () => {
    const id = await open();
    const roleless = await makeUser(desk, 'bystander', { roles: [] });
    const disabled = await makeUser(desk, 'on.leave', { disabled: true });
    const denied = await makeUser(desk, 'left.us', { login_denied: true });
    for (const assignee_id of [999_999, roleless.id, disabled.id, denied.id]) {
      const answer = await patch(id, { assignee_id });
      expect([answer.status, answer.body.errors[0].path]).toEqual([422, 'assignee_id']);
    }
    const able = await makeUser(desk, 'able');
    expect((await patch(id, { assignee_id: able.id })).body.assignee_id).toBe(able.id);
    expect((await patch(id, { assignee_id: null })).body.assignee_id).toBeNull();
  });
});

describe('a change', () => {
  it('bumps the version once, and not at all when nothing changes', async () => {
    const id = await open();
    expect((await patch(id, { priority: 'high' })).headers.get('etag')).toBe('"2"');
    expect((await patch(id, { priority: 'high' })).headers.get('etag')).toBe('"2"');
  });

  it('is refused when If-Match names another version', async () => {
    const id = await open();
    const refused = await patch(id, { priority: 'high' }, { 'if-match': '"9"' });
    expect([refused.status, refused.body.code]).toEqual([412, 'precondition_failed']);
    expect((await patch(id, { priority: 'high' }, { 'if-match': '"1"' })).status).toBe(200);
    expect((await patch(id, { priority: 'low' }, { 'if-match': '*' })).status).toBe(200);
    const removal = await desk.ask('DELETE', `/api/v1/tickets/${id}`, {
      as: 'support',
      headers: { 'if-match': '"1"' },
    });
    expect(removal.status).toBe(412);
  });

  it('loses none of many concurrent ones made with If-Match', async () => {
    const id = await open();
    const raise = async (): Promise<number> => {
      for (let attempts = 1; ; attempts += 1) {
        const seen = await desk.ask('GET', `/api/v1/tickets/${id}`, { as: 'support' });
        const description = `${seen.body.description}x`;
        const answer = await patch(id, { description }, { 'if-match': seen.headers.get('etag') ?? '' });
        if (answer.status === 200) return attempts;
        expect(answer.status).toBe(412);
      }
    };
    await Promise.all(Array.from({ length: 8 }, raise));
    expect((await desk.ask('GET', `/api/v1/tickets/${id}`, { as: 'support' })).body.description).toBe(
      'xxxxxxxx',
    );
  });

  it('is read as merge patch under either media type', async () => {
    const id = await open();
    const answer = await patch(id, JSON.stringify({ title: 'New title' }), {
      'content-type': 'application/merge-patch+json',
    });
    expect([answer.status, answer.body.title]).toEqual([200, 'New title']);
  });
});

describe('history', () => {
  it('tells newest first who changed what, with nothing but the changed fields', async () => {
    const id = await open({ description: 'black screen' });
    await patch(id, { status: 'open', priority: 'high' });
    await desk.ask('PATCH', `/api/v1/tickets/${id}`, { as: 'manager', body: { title: 'Laptop is dead' } });
    const { body } = await desk.ask('GET', `/api/v1/tickets/${id}/history`, { as: 'support' });
    expect(
      body.items.map((entry: { actor_username: string; action: string; before: unknown; after: unknown }) => [
        entry.actor_username,
        entry.action,
        entry.before,
        entry.after,
      ]),
    ).toEqual([
      ['manager', 'ticket.update', { title: 'Laptop does not start' }, { title: 'Laptop is dead' }],
      [
        'support',
        'ticket.update',
        { status: 'new', priority: 'normal' },
        { status: 'open', priority: 'high' },
      ],
      [
        'support',
        'ticket.create',
        null,
        {
          title: 'Laptop does not start',
          priority: 'normal',
          employee_id: employee,
          assignee_id: null,
          due_at: null,
          space_id: null,
          status: 'new',
        },
      ],
    ]);
    const page = await desk.ask('GET', `/api/v1/tickets/${id}/history?limit=2`, { as: 'support' });
    const rest = await desk.ask(
      'GET',
      `/api/v1/tickets/${id}/history?limit=2&cursor=${page.body.next_cursor}`,
      { as: 'support' },
    );
    expect([...page.body.items, ...rest.body.items]).toEqual(body.items);
    expect(rest.body.next_cursor).toBeNull();
  });
});

describe('due_at', () => {
  const due = (hour: number) => `2027-01-10T${String(hour).padStart(2, '0')}:00:00Z`;

  it('is kept in UTC, changed, taken away and told by the history', async () => {
    const id = await open({ due_at: '2027-01-10T09:00:00+02:00' });
    const read = async () => (await desk.ask('GET', `/api/v1/tickets/${id}`, { as: 'support' })).body.due_at;
    expect(await read()).toMatch(/^2027-01-10T07:00:00(\.0+)?Z$/);
    await patch(id, { due_at: due(12) });
    expect(await read()).toMatch(/^2027-01-10T12:00:00(\.0+)?Z$/);
    await patch(id, { due_at: null });
    expect(await read()).toBeNull();
    const { body } = await desk.ask('GET', `/api/v1/tickets/${id}/history`, { as: 'support' });
    expect(body.items[0].after).toEqual({ due_at: null });
    const wrong = await patch(id, { due_at: 'tomorrow' });
    expect([wrong.status, wrong.body.errors[0].path]).toEqual([422, 'due_at']);
  });

  it('is no change when the same moment is written in another way', async () => {
    const id = await open({ due_at: due(9) });
    expect((await patch(id, { due_at: '2027-01-10T10:00:00+01:00' })).headers.get('etag')).toBe('"1"');
  });

  it.each(['due_at', '-due_at'])('sorts by %s with nothing lost, those without at the end', async (sort) => {
    const other = (await makeEmployee(desk)).id;
    const dated = [];
    for (const hour of [3, 1, 2, 1]) dated.push(await open({ employee_id: other, due_at: due(hour) }));
    const without = [];
    for (let times = 0; times < 3; times += 1) without.push(await open({ employee_id: other }));
    const ids: number[] = [];
    let cursor = '';
    do {
      const { body } = await desk.ask(
        'GET',
        `/api/v1/tickets?employee_id=${other}&limit=2&sort=${sort}${cursor && `&cursor=${cursor}`}`,
        { as: 'support' },
      );
      ids.push(...body.items.map((item: { id: number }) => item.id));
      cursor = body.next_cursor;
    } while (cursor);
    const [three, one, two, oneToo] = dated;
    expect(ids).toEqual(
      sort === 'due_at'
        ? [one, oneToo, two, three, ...without]
        : [three, two, oneToo, one, ...without.toReversed()],
    );
  });

  it('filters from and to a moment', async () => {
    const other = (await makeEmployee(desk)).id;
    const [early, late] = [
      await open({ employee_id: other, due_at: due(5) }),
      await open({ employee_id: other, due_at: due(6) }),
    ];
    await open({ employee_id: other });
    const ids = async (search: string) =>
      (
        await desk.ask('GET', `/api/v1/tickets?employee_id=${other}&${search}`, { as: 'support' })
      ).body.items.map((item: { id: number }) => item.id);
    expect(await ids(`due_from=${due(6)}`)).toEqual([late]);
    expect(await ids(`due_to=${due(6)}`)).toEqual([early]);
  });
});

describe('lists', () => {
  it('filter by each field, and by me and none', async () => {
    const other = (await makeEmployee(desk)).id;
    const able = await makeUser(desk, 'worker');
    const id = await open({ employee_id: other, priority: 'urgent', assignee_id: able.id });
    await patch(id, { status: 'pending' });
    const ids = async (search: string, as = 'support') =>
      (await desk.ask('GET', `/api/v1/tickets?limit=200&${search}`, { as })).body.items.map(
        (item: { id: number }) => item.id,
      ) as number[];
    expect(await ids(`employee_id=${other}`)).toEqual([id]);
    expect(await ids('priority=urgent')).toEqual([id]);
    expect(await ids(`status=pending&employee_id=${other}`)).toEqual([id]);
    expect(await ids('assignee=me', 'worker')).toEqual([id]);
    expect(await ids(`assignee=${able.id}&status=new`)).toEqual([]);
    expect(await ids('assignee=none')).not.toContain(id);
    expect(await ids('created_by=me', 'worker')).toEqual([]);
    expect(await ids('created_by=me')).toContain(id);
    const { created_at } = (await desk.ask('GET', `/api/v1/tickets/${id}`, { as: 'support' })).body;
    expect(await ids(`created_from=${created_at}`)).toEqual([id]);
    expect(await ids(`created_to=${created_at}`)).not.toContain(id);
    const ofEmployee = await desk.ask('GET', `/api/v1/employees/${other}/tickets`, { as: 'support' });
    expect(ofEmployee.body.items.map((item: { id: number }) => item.id)).toEqual([id]);
    expect((await desk.ask('GET', '/api/v1/employees/999999/tickets', { as: 'support' })).status).toBe(404);
  });

  it.each(['id', '-id', 'created_at', '-created_at', 'updated_at', '-updated_at'])(
    'walk all rows once in the order of %s',
    async (sort) => {
      const whole = await desk.ask('GET', `/api/v1/tickets?limit=200&sort=${sort}&count=true`, {
        as: 'support',
      });
      const walked: number[] = [];
      let next: string | null = `/api/v1/tickets?limit=7&sort=${sort}`;
      while (next !== null) {
        const page = await desk.ask('GET', next, { as: 'support' });
        walked.push(...page.body.items.map((item: { id: number }) => item.id));
        next = /^<(.*)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1] ?? null;
        expect(page.body.next_cursor === null).toBe(next === null);
      }
      expect(walked).toEqual(whole.body.items.map((item: { id: number }) => item.id));
      expect(walked.length).toBe(whole.body.total);
    },
  );

  it('refuse what they do not know', async () => {
    for (const search of [
      'limit=0',
      'limit=201',
      'limit=1e2',
      'limit=5&limit=6',
      'sort=title',
      'cursor=abc',
      'colour=red',
      'status=lost',
      'created_by=you',
      'count=yes',
      'created_from=today',
      `cursor=${Buffer.from('["-created_at","2026-01-01T00:00:00Z",1]').toString('base64url')}`,
    ]) {
      const answer = await desk.ask('GET', `/api/v1/tickets?${search}`, { as: 'support' });
      expect([search, answer.status]).toEqual([search, 422]);
    }
  });
});

describe('deleting', () => {
  it('keeps the employee while a ticket refers to them, and lets go after', async () => {
    const { id: person } = await makeEmployee(desk);
    const id = await open({ employee_id: person });
    const refused = await desk.ask('DELETE', `/api/v1/employees/${person}`, { as: 'manager' });
    expect([refused.status, refused.body.code]).toEqual([409, 'in_use']);
    expect((await desk.ask('DELETE', `/api/v1/tickets/${id}`, { as: 'support' })).status).toBe(204);
    expect((await desk.ask('GET', `/api/v1/tickets/${id}`, { as: 'support' })).status).toBe(404);
    expect((await desk.ask('DELETE', `/api/v1/employees/${person}`, { as: 'manager' })).status).toBe(204);
  });
});
