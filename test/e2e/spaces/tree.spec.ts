import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, makeEmployee, makeUser, openDesk } from '../../support/desk.js';
import { addRoles } from '../../support/permissions.js';

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const post = (body: Record<string, unknown>, as = 'manager') =>
  desk.ask('POST', '/api/v1/spaces', { as, body: { kind: 'room', name: 'Room', ...body } });

async function make(fields: Record<string, unknown> = {}): Promise<string> {
  const answer = await post(fields);
  expect(`${answer.status} ${answer.status === 201 ? '' : answer.text}`).toBe('201 ');
  return answer.body.id as string;
}

const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  desk.ask('PATCH', `/api/v1/spaces/${id}`, { as: 'manager', body, headers });
const read = (id: string) => desk.ask('GET', `/api/v1/spaces/${id}`, { as: 'support' });

describe('a new space', () => {
  it('is answered whole, with its place and its version', async () => {
    const answer = await post({ name: '  Reading room ', capacity: 40 }, 'admin');
    expect(answer.status).toBe(201);
    const { id, created_at } = answer.body;
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(answer.body).toEqual({
      id,
      parent_id: null,
      kind: 'room',
      name: 'Reading room',
      time_zone: null,
      capacity: 40,
      over_capacity: 'allow',
      opening_hours: null,
      tags: [],
      amber_percent: 80,
      full_percent: 100,
      hysteresis_percent: 5,
      ticket_for: null,
      ticket_created_by: null,
      counting_since: created_at,
      accept_late_days: 7,
      keep_events_days: 90,
      reset_at: null,
      reset_since: null,
      public: false,
      occupancy: 0,
      created_at,
      updated_at: created_at,
    });
    expect(answer.headers.get('location')).toBe(`/api/v1/spaces/${id}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect((await read(id)).body).toEqual(answer.body);
  });

  it('may bring its own id, once', async () => {
    const id = '3F2504E0-4F89-41D3-9A0C-0305E82C3301';
    expect(await make({ id })).toBe(id.toLowerCase());
    const again = await post({ id });
    expect([again.status, again.body.code]).toEqual([409, 'id_taken']);
  });

  it('keeps what it is given in one form', async () => {
    const { body } = await post({
      time_zone: 'europe/LONDON',
      opening_hours: {
        tue: [],
        mon: [
          ['13:00', '24:00'],
          ['09:00', '13:00'],
        ],
      },
      tags: ['quiet', 'küche', 'quiet'],
      counting_since: '2005-07-24T01:00:00.1234567+01:00',
      accept_late_days: null,
      keep_events_days: null,
      reset_at: '04:00',
    });
    expect(body).toMatchObject({
      time_zone: 'Europe/London',
      opening_hours: {
        mon: [
          ['09:00', '13:00'],
          ['13:00', '24:00'],
        ],
        tue: [],
      },
      tags: ['quiet', 'küche'],
      counting_since: '2005-07-24T00:00:00.123456Z',
      reset_since: '2005-07-24T00:00:00.123456Z',
      accept_late_days: null,
      keep_events_days: null,
    });
  });

  it.each([
    [{ name: null }, 'name'],
    [{ name: ' ' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ kind: 'cupboard' }, 'kind'],
    [{ parent_id: '0199c6f2-0000-7000-8000-000000000000' }, 'parent_id'],
    [{ parent_id: 'x' }, 'parent_id'],
    [{ capacity: 0 }, 'capacity'],
    [{ capacity: 100_001 }, 'capacity'],
    [{ capacity: 1.5 }, 'capacity'],
    [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
    [{ time_zone: '+01:00' }, 'time_zone'],
    [{ opening_hours: { mon: [['18:00', '09:00']] } }, 'opening_hours.mon.0'],
    [{ opening_hours: { mon: [['09:00', '09:00']] } }, 'opening_hours.mon.0'],
    [{ opening_hours: { mon: [['09:00', '24:01']] } }, 'opening_hours.mon.0.1'],
    [{ opening_hours: { mon: [['24:00', '24:00']] } }, 'opening_hours.mon.0.0'],
    [
      {
        opening_hours: {
          mon: [
            ['09:00', '13:00'],
            ['12:59', '18:00'],
          ],
        },
      },
      'opening_hours.mon',
    ],
    [{ tags: ['Quiet'] }, 'tags.0'],
    [{ tags: ['two words'] }, 'tags.0'],
    [{ tags: Array.from({ length: 21 }, (_, index) => `t${index}`) }, 'tags'],
    [{ amber_percent: 90, full_percent: 80 }, 'amber_percent'],
    [{ ticket_for: 999_999 }, 'ticket_for'],
    [{ counting_since: '2100-01-01T00:00:00Z' }, 'counting_since'],
    [{ counting_since: '1969-12-31T23:59:59Z' }, 'counting_since'],
    [{ accept_late_days: 8, keep_events_days: 7 }, 'accept_late_days'],
    [{ accept_late_days: null }, 'accept_late_days'],
    [{ reset_at: '4:00' }, 'reset_at'],
    [{ reset_at: '24:00' }, 'reset_at'],
  ])('is refused with %j', async (fields, path) => {
    const answer = await post(fields);
    expect([answer.status, answer.body.code, answer.body.errors?.[0].path]).toEqual([
      422,
      'validation_failed',
      path,
    ]);
  });

  it.each(['path', 'version', 'occupancy', 'ticket_created_by', 'reset_since', 'created_at'])(
    'takes no %s',
    async (field) => {
      const answer = await post({ [field]: null });
      expect([answer.status, answer.body.code, answer.body.errors[0].path]).toEqual([
        422,
        'unknown_field',
        field,
      ]);
    },
  );
});

describe('tickets of a space', () => {
  it('need the right to open tickets, of whoever switches them on', async () => {
    addRoles({ builder: { rank: 20, permissions: ['space:*'] } });
    await makeUser(desk, 'builder', { roles: ['builder'] });
    const { id: employee } = await makeEmployee(desk);
    const id = (await post({}, 'builder')).body.id as string;
    const body = { ticket_for: employee };
    const answers = [
      await post(body, 'builder'),
      await desk.ask('PATCH', `/api/v1/spaces/${id}`, { as: 'builder', body }),
    ];
    expect(answers.map((answer) => [answer.status, answer.body.code])).toEqual([
      [403, 'forbidden'],
      [403, 'forbidden'],
    ]);
    expect((await read(id)).body.ticket_for).toBe(null);
  });

  it('belong to whoever switched them on', async () => {
    const { id: employee } = await makeEmployee(desk);
    const id = await make();
    const admin = (await desk.ask('GET', '/api/v1/me', { as: 'admin' })).body.id;
    const on = await desk.ask('PATCH', `/api/v1/spaces/${id}`, {
      as: 'admin',
      body: { ticket_for: employee },
    });
    expect(on.body).toMatchObject({ ticket_for: employee, ticket_created_by: admin });
    expect((await patch(id, { ticket_for: employee })).body.ticket_created_by).toBe(admin);
    const inUse = await desk.ask('DELETE', `/api/v1/employees/${employee}`, { as: 'admin' });
    expect([inUse.status, inUse.body.code, inUse.body.detail]).toEqual([
      409,
      'in_use',
      'Spaces open tickets for this employee. Set their ticket_for to another employee or null first.',
    ]);
    expect((await patch(id, { ticket_for: null })).body).toMatchObject({
      ticket_for: null,
      ticket_created_by: null,
    });
  });
});

describe('a change of settings', () => {
  it('bumps the version once, not at all without a change, and heeds If-Match', async () => {
    const id = await make({ opening_hours: { fri: [['09:00', '18:00']], mon: [['09:00', '18:00']] } });
    const same = { opening_hours: { mon: [['09:00', '18:00']] }, tags: [], name: 'Room', parent_id: null };
    expect((await patch(id, same)).headers.get('etag')).toBe('"1"');
    expect((await patch(id, { tags: ['new'] })).headers.get('etag')).toBe('"2"');
    const stale = await patch(id, { tags: [] }, { 'if-match': '"1"' });
    expect([stale.status, stale.headers.get('etag')]).toEqual([412, '"2"']);
    expect((await patch('0199c6f2-0000-7000-8000-000000000000', { tags: [] })).status).toBe(404);
  });

  it('merges opening hours by day', async () => {
    const id = await make({ opening_hours: { mon: [['09:00', '18:00']], tue: [['09:00', '18:00']] } });
    const changed = await patch(id, { opening_hours: { tue: null, sun: [['10:00', '12:00']] } });
    expect(changed.body.opening_hours).toEqual({ mon: [['09:00', '18:00']], sun: [['10:00', '12:00']] });
    expect((await patch(id, { opening_hours: null })).body.opening_hours).toBeNull();
    expect((await patch(id, { opening_hours: {} })).body.opening_hours).toEqual({});
  });

  it('lets counting begin earlier, never later', async () => {
    const id = await make({ counting_since: '2026-01-02T00:00:00Z' });
    const later = await patch(id, { counting_since: '2026-01-03T00:00:00Z' });
    expect([later.status, later.body.errors[0].path]).toEqual([422, 'counting_since']);
    const earlier = await patch(id, { counting_since: '2026-01-01T01:00:00+01:00' });
    expect([earlier.status, earlier.body.counting_since]).toEqual([200, '2026-01-01T00:00:00Z']);
  });

  it('holds settings to each other, old and new', async () => {
    const id = await make({ amber_percent: 50, full_percent: 60 });
    for (const [change, path] of [
      [{ full_percent: 49 }, 'amber_percent'],
      [{ amber_percent: 61 }, 'amber_percent'],
      [{ keep_events_days: 6 }, 'accept_late_days'],
      [{ accept_late_days: 91 }, 'accept_late_days'],
      [{ accept_late_days: null }, 'accept_late_days'],
    ] as const) {
      const answer = await patch(id, change);
      expect([answer.status, answer.body.errors[0].path]).toEqual([422, path]);
    }
    expect((await patch(id, { accept_late_days: null, keep_events_days: null })).status).toBe(200);
  });

  it('starts a schedule of resets when it is set, and ends it', async () => {
    const id = await make({ counting_since: '2026-01-01T00:00:00Z' });
    const set = (await patch(id, { reset_at: '04:00' })).body;
    expect(set.reset_since).toBe(set.updated_at);
    expect((await patch(id, { reset_at: null })).body.reset_since).toBeNull();
  });

  it('is audited with what changed and nothing else', async () => {
    const id = await make({ capacity: 10 });
    await patch(id, { capacity: 20, name: 'Room' });
    const [row] = await desk.database.query({
      text: `SELECT before, after FROM audit WHERE subject_id = $1 AND action = 'space.update'`,
      values: [id],
    });
    expect(row).toEqual({ before: { capacity: 10 }, after: { capacity: 20 } });
  });
});

describe('the list', () => {
  const list = async (query: string): Promise<string[]> => {
    const answer = await desk.ask('GET', `/api/v1/spaces?limit=200&${query}`, { as: 'support' });
    expect(answer.status).toBe(200);
    return (answer.body.items as { name: string }[]).map(({ name }) => name);
  };

  it('is filtered by place, kind, tag and name, and sorted', async () => {
    const site = await make({ kind: 'site', name: 'List site' });
    const house = await make({ kind: 'building', name: 'List house', parent_id: site, tags: ['old'] });
    await make({ kind: 'room', name: 'List attic', parent_id: house });
    await make({ kind: 'zone', name: 'list Bar', parent_id: house, tags: ['old', 'bar'] });
    expect(await list(`within=${site}&sort=name`)).toEqual(['List attic', 'List house', 'list Bar']);
    expect(await list(`within=${site}&sort=-name`)).toEqual(['list Bar', 'List house', 'List attic']);
    expect(await list(`within=${house}&sort=id`)).toEqual(['List attic', 'list Bar']);
    expect(await list(`parent_id=${site}`)).toEqual(['List house']);
    expect(await list('parent_id=none&q=list')).toEqual(['List site']);
    expect(await list(`within=${site}&kind=zone`)).toEqual(['list Bar']);
    expect(await list(`within=${site}&tag=old&sort=created_at`)).toEqual(['List house', 'list Bar']);
    expect(await list('q=LIST%20b')).toEqual(['list Bar']);
    expect(await list('q=li%25')).toEqual([]);
  });

  it('goes on from page to page in every order, also where a space has no name', async () => {
    const site = await make({ kind: 'site', name: 'Pages' });
    for (const name of ['B', 'A', 'A', 'C']) await make({ kind: 'building', name, parent_id: site });
    await desk.database.query({
      text: `UPDATE spaces SET name = NULL WHERE parent_id = $1 AND name = 'C'`,
      values: [site],
    });
    for (const sort of ['id', '-id', 'name', '-name', 'created_at', '-created_at']) {
      const whole = await desk.ask('GET', `/api/v1/spaces?within=${site}&sort=${sort}`, { as: 'admin' });
      const seen: unknown[] = [];
      let next: string | undefined = `/api/v1/spaces?within=${site}&sort=${sort}&limit=1`;
      while (next !== undefined) {
        const page: Awaited<ReturnType<Desk['ask']>> = await desk.ask('GET', next, { as: 'admin' });
        expect(page.status).toBe(200);
        seen.push(...page.body.items);
        next = /^<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1];
      }
      expect(seen).toEqual(whole.body.items);
      expect(seen).toHaveLength(4);
    }
  });
});
