import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { migrate, migrateDown } from '../../src/platform/migrations/migrate.js';
import { type Desk, makeEmployee, makeUser, openDesk } from '../support/desk.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { openDataSource } from '../support/data-source.js';

interface Row {
  id: number;
  action: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

describe('long and personal values', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk?.close());

  const rowsOf = (type: string, id: number) =>
    desk.database.query<Row>({
      text: 'SELECT id, action, before, after FROM audit WHERE subject_type = $1 AND subject_id = $2 ORDER BY id',
      values: [type, String(id)],
    });

  it('stand beside the row of a change, with a salted digest in it that proves them', async () => {
    const { id } = await makeEmployee(desk, { first_name: 'Zoltán "Z"', city: 'Győr \\ város' });
    await desk.ask('PATCH', `/api/v1/employees/${id}`, { as: 'admin', body: { city: null, country: 'HU' } });
    const [created, changed] = await rowsOf('employee', id);
    expect(JSON.stringify([created, changed])).not.toMatch(/Zolt|Gy|HU/);
    expect(created?.after).toMatchObject({ city: { sha256: expect.any(String) }, phone: null });
    expect(changed?.before).toEqual({ city: { sha256: expect.any(String) }, country: null });
    expect(changed?.after).toEqual({ city: null, country: { sha256: expect.any(String) } });
    const values = await desk.database.query<{ field: string; proven: boolean; salts: number }>({
      text: `SELECT field, bool_and(
               (v.before IS NULL OR a.before -> field ->> 'sha256' = encode(sha256(salt || convert_to(v.before::text, 'UTF8')), 'hex'))
               AND (v.after IS NULL OR a.after -> field ->> 'sha256' = encode(sha256(salt || convert_to(v.after::text, 'UTF8')), 'hex'))
             ) AS proven, count(DISTINCT salt) AS salts
             FROM (SELECT audit_id, field, before, after, salt FROM audit_values) v JOIN LATERAL (
               SELECT audit.before, audit.after FROM audit WHERE id = audit_id AND subject_id = $1) a ON true
             GROUP BY field ORDER BY field`,
      values: [String(id)],
    });
    expect(values.map(({ field }) => field)).toEqual(['city', 'country', 'email', 'first_name', 'last_name']);
    expect(values.every(({ proven }) => proven)).toBe(true);
  });

  it('are in the histories as they were, but for the description that a ticket was opened with', async () => {
    const employee = (await makeEmployee(desk)).id;
    const { body: ticket } = await desk.ask('POST', '/api/v1/tickets', {
      as: 'support',
      body: { title: 'Heating', description: 'The first text', employee_id: employee },
    });
    await desk.ask('PATCH', `/api/v1/tickets/${ticket.id}`, {
      as: 'support',
      body: { description: 'The second text' },
    });
    const rows = await rowsOf('ticket', ticket.id);
    expect(JSON.stringify(rows)).not.toContain('text');
    const { body } = await desk.ask('GET', `/api/v1/tickets/${ticket.id}/history`, { as: 'support' });
    expect(body.items[0]).toMatchObject({
      before: { description: 'The first text' },
      after: { description: 'The second text' },
    });
    expect(body.items[1].after).not.toHaveProperty('description');
  });

  it('carry the transaction that made the change', async () => {
    const { id } = await makeUser(desk, 'xavier');
    const [row] = await desk.database.query<{ same: boolean }>({
      text: `SELECT audit.xid::text = users.xmin::text AS same FROM audit JOIN users ON users.id = $1
             WHERE subject_type = 'user' AND subject_id = $1::text`,
      values: [id],
    });
    expect(row?.same).toBe(true);
  });

  it('are erased by redact_audit alone, which leaves every row and says what it did', async () => {
    const { id } = await makeEmployee(desk, { city: 'Pécs', phone: '+3612345678' });
    const other = (await makeEmployee(desk, { city: 'Eger' })).id;
    const before = await rowsOf('employee', id);
    await expect(desk.database.query({ text: 'DELETE FROM audit_values' })).rejects.toMatchObject({
      code: '42501',
    });
    const [done] = await desk.database.query<{ erased: number }>({
      text: `SELECT redact_audit('employee', $1, ARRAY['city', 'phone']) AS erased`,
      values: [String(id)],
    });
    expect(done?.erased).toBe(2);
    const left = await desk.database.query<{ subject_id: string; field: string }>({
      text: `SELECT subject_id, field FROM audit_values JOIN audit ON audit.id = audit_id
             WHERE subject_id = ANY ($1) AND subject_type = 'employee' AND field IN ('city', 'phone', 'email')`,
      values: [[String(id), String(other)]],
    });
    expect(left).toEqual(
      expect.arrayContaining([
        { subject_id: String(id), field: 'email' },
        { subject_id: String(other), field: 'city' },
      ]),
    );
    expect(left.filter(({ subject_id }) => subject_id === String(id))).toHaveLength(1);
    const after = await rowsOf('employee', id);
    expect(after.slice(0, -1)).toEqual(before);
    expect(after.at(-1)).toMatchObject({
      action: 'audit.redact',
      after: { fields: ['city', 'phone'], values: 2 },
    });
  });

  it('are kept when the rows of an import are written by the hundred', async () => {
    const [row] = await desk.database.query<{ rows: number; emails: number }>({
      text: `SELECT count(DISTINCT audit.id) AS rows, count(*) FILTER (WHERE field = 'email') AS emails
             FROM audit JOIN audit_values ON audit_id = audit.id WHERE action = 'employee.create'`,
    });
    expect(row?.emails).toBe(row?.rows);
  });
});

describe('the rows of an earlier release', () => {
  let database: TestDatabase | undefined;
  afterEach(async () => {
    await database?.drop();
    database = undefined;
  });

  it('are split with no value lost, and come back the same', async () => {
    database = await createEmptyDatabase();
    await migrate(database);
    await migrateDown(database);
    await migrateDown(database);
    const dataSource = await openDataSource(database.ownerUrl);
    const db = new Database(dataSource);
    try {
      await db.query({
        text: `INSERT INTO audit (action, subject_type, subject_id, actor_id, actor_username, before, after)
               SELECT kind || '.update', kind, n::text, CASE WHEN n % 3 = 0 THEN n END,
                 CASE n % 3 WHEN 0 THEN 'user' WHEN 1 THEN '(operator)' ELSE '(frontdesk)' END,
                 CASE WHEN n % 2 = 0 THEN jsonb_build_object('description', 'old ' || n, 'status', 'new', 'phone', NULL) END,
                 jsonb_build_object('description', 'ü "' || n || E'"\\t', 'phone', '+49' || n, 'title', 'kept ' || n)
               FROM generate_series(1, 12000) n, unnest(ARRAY['ticket', 'employee', 'space']) kind`,
      });
      const whole = () =>
        db.query({
          text: `SELECT id, actor_username, ${['before', 'after']
            .map(
              (side) =>
                `audit.${side} || coalesce((SELECT jsonb_object_agg(field, v.${side}) FROM audit_values v
                   WHERE audit_id = audit.id AND v.${side} IS NOT NULL), '{}') AS ${side}`,
            )
            .join(', ')} FROM audit ORDER BY id`,
        });
      const plain = () =>
        db.query({ text: 'SELECT id, actor_username, before, after FROM audit ORDER BY id' });
      const before = await plain();
      await migrate(database);
      expect(await whole()).toEqual(before);
      const [state] = await db.query<Record<string, number>>({
        text: `SELECT count(*) FILTER (WHERE after ->> 'description' LIKE 'ü%' AND subject_type = 'ticket')::int AS tickets,
                 count(*) FILTER (WHERE after ->> 'phone' LIKE '+49%' AND subject_type = 'employee')::int AS employees,
                 count(*) FILTER (WHERE after ->> 'phone' LIKE '+49%' AND subject_type = 'space')::int AS spaces,
                 count(*) FILTER (WHERE principal_type = 'user' AND principal_id = subject_id)::int AS users,
                 count(*) FILTER (WHERE principal_type = 'operator' AND principal_id IS NULL)::int AS operators,
                 count(*) FILTER (WHERE xid IS NULL)::int AS without_transaction FROM audit`,
      });
      expect(state).toEqual({
        tickets: 0,
        employees: 0,
        spaces: 12_000,
        users: 12_000,
        operators: 12_000,
        without_transaction: 36_000,
      });
      await expect(db.query({ text: 'DELETE FROM audit' })).rejects.toMatchObject({ code: '42501' });
      expect(await migrateDown(database)).toMatch(/^AuditBackfill/);
      expect(await plain()).toEqual(before);
      await migrate(database);
      expect(await whole()).toEqual(before);
    } finally {
      db.close();
      await dataSource.destroy();
    }
  }, 60_000);
});
