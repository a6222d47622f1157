import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, makeEmployee, openDesk } from '../support/desk.js';

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

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
      ticket_owner_id: null,
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

  it.each(['path', 'version', 'occupancy', 'ticket_owner_id', 'reset_since', 'created_at'])(
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
  it('belong to whoever switched them on', async () => {
    const { id: employee } = await makeEmployee(desk);
    const id = await make();
    const admin = (await desk.ask('GET', '/api/v1/me', { as: 'admin' })).body.id;
    const on = await desk.ask('PATCH', `/api/v1/spaces/${id}`, {
      as: 'admin',
      body: { ticket_for: employee },
    });
    expect(on.body).toMatchObject({ ticket_for: employee, ticket_owner_id: admin });
    expect((await patch(id, { ticket_for: employee })).body.ticket_owner_id).toBe(admin);
    expect((await patch(id, { ticket_for: null })).body).toMatchObject({
      ticket_for: null,
      ticket_owner_id: null,
    });
  });
});
