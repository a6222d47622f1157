import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { runCli } from '../support/cli.js';
import { type Desk, openDesk } from '../support/desk.js';

const EMPLOYEES = 500;
const folder = mkdtempSync(join(tmpdir(), 'import-'));
const source = join(process.env.TEST_DATA_DIR || 'test/data', 'it-tickets.csv.gz');
const rows = parse<{ text: string; topic: string }>(gunzipSync(readFileSync(source)), { columns: true });

const file = (name: string): string => join(folder, name);
const emailOf = (index: number): string => `employee.${index % EMPLOYEES}@example.org`;
const stored = (text: string): string => text.normalize('NFC').trim();

interface Listed {
  id: number;
  title: string;
  description: string;
  employee_id: number;
}

let desk: Desk;
const environmentOf = ({ testDatabase, dataDir }: Desk): Record<string, string> => ({
  DATABASE_URL: testDatabase.appUrl,
  DATABASE_OWNER_URL: testDatabase.ownerUrl,
  DATA_DIR: dataDir,
});

/** Ids, and whatever holds one, are those of their database. */
const portable = (ndjson: string): Record<string, unknown>[] =>
  ndjson
    .trimEnd()
    .split('\n')
    .map((line) => {
      const {
        id: _,
        employee_id: __,
        created_by: ___,
        assignee_id: ____,
        ...rest
      } = JSON.parse(line) as Record<string, unknown>;
      return rest;
    });

async function importEmployees(into: Desk): Promise<void> {
  const { code, stderr } = await runCli(environmentOf(into), [
    'import',
    'employees',
    '--file',
    file('employees.csv'),
  ]);
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('500 of 500 lines imported'),
  });
}

beforeAll(async () => {
  const employees = Array.from({ length: EMPLOYEES }, (_, index) => [
    `First${index}`,
    `Last${index}`,
    emailOf(index),
  ]);
  writeFileSync(file('employees.csv'), stringify([['first_name', 'last_name', 'email'], ...employees]));
  const tickets = rows.map(({ text, topic }, index) => [text, topic, emailOf(index)]);
  writeFileSync(file('tickets.csv'), `\ufeff${stringify([['text', 'topic', 'email'], ...tickets])}`);
  desk = await openDesk();
  await importEmployees(desk);
}, 60_000);

afterAll(async () => {
  await desk.close();
  rmSync(folder, { recursive: true, force: true });
});

describe(`${rows.length} real tickets`, () => {
  test('are imported, and the report says what normalising changed', async () => {
    const changed = rows
      .flatMap(({ text, topic }) => [text, topic])
      .filter((text) => stored(text) !== text).length;
    const started = performance.now();
    const { code, stdout } = await runCli(environmentOf(desk), [
      ...['import', 'tickets', '--file', file('tickets.csv'), '--json'],
      ...['--map', 'title=topic,description=text,employee=email'],
    ]);
    expect(performance.now() - started).toBeLessThan(60_000);
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines).toHaveLength(rows.length + 1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({ line: 2, result: 'ok', reason: null });
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      summary: {
        ok: rows.length,
        errors: 0,
        changed_texts: changed,
        lines: rows.length,
        dry_run: false,
        unused_columns: [],
      },
    });
    const [audit] = await desk.database.query<{ tickets: number; subjects: number; described: number }>({
      text: `SELECT count(*) AS tickets, count(DISTINCT subject_id) AS subjects,
                    count(*) FILTER (WHERE after ->> 'title' = title AND NOT after ? 'description' AND actor_username = '(operator)') AS described
             FROM audit JOIN tickets ON tickets.id::text = subject_id WHERE action = 'ticket.create'`,
    });
    expect(audit).toEqual({ tickets: rows.length, subjects: rows.length, described: rows.length });
  }, 90_000);

  test.each(['-id', 'created_at'])(
    'come back through the API byte for byte, each exactly once while others are added, by %s',
    async (sort) => {
      const [first] = await desk.database.query<{ id: number }>({
        text: 'SELECT min(id) AS id FROM tickets',
      });
      const firstId = first?.id ?? 0;
      let walking = true;
      let added = 0;
      const writer = async (): Promise<void> => {
        while (walking) {
          const body = { title: 'Added during the walk', employee_id: 1 };
          const { status } = await desk.ask('POST', '/api/v1/tickets', { as: 'support', body });
          expect(status).toBe(201);
          added += 1;
        }
      };
      const walk = async (): Promise<Listed[]> => {
        const found: Listed[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
          const page = await desk.ask('GET', `/api/v1/tickets?limit=200&sort=${sort}${query}`, {
            as: 'support',
          });
          expect(page.status).toBe(200);
          found.push(...(page.body.items as Listed[]));
          cursor = page.body.next_cursor as string | null;
        }
        walking = false;
        return found;
      };
      const [found] = await Promise.all([walk(), writer()]);
      expect(added).toBeGreaterThan(0);
      const old = found.filter(({ title }) => title !== 'Added during the walk').sort((a, b) => a.id - b.id);
      expect(old.map(({ id }) => id)).toEqual(rows.map((_, index) => firstId + index));
      const wrong = old.filter(({ title, description }, index) => {
        const row = rows[index];
        return row === undefined || title !== stored(row.topic) || description !== stored(row.text);
      });
      expect(wrong).toEqual([]);
    },
    60_000,
  );

  test('are found by employee and by status', async () => {
    const employee = await desk.ask('GET', `/api/v1/employees?email=${emailOf(7)}`, { as: 'support' });
    const id = employee.body.items[0].id as number;
    const own = await desk.ask('GET', `/api/v1/tickets?employee_id=${id}&limit=200&count=true&sort=id`, {
      as: 'support',
    });
    const expected = rows.filter((_, index) => emailOf(index) === emailOf(7)).map(({ text }) => stored(text));
    expect(own.body.items.map(({ description }: Listed) => description)).toEqual(expected);
    expect(own.body.total).toBe(expected.length);
    const one = own.body.items[0].id as number;
    await desk.ask('PATCH', `/api/v1/tickets/${one}`, { as: 'support', body: { status: 'pending' } });
    const pending = await desk.ask('GET', '/api/v1/tickets?status=pending', { as: 'support' });
    expect(pending.body.items.map((ticket: Listed) => ticket.id)).toEqual([one]);
  });

  test.each(['ndjson', 'csv'])(
    'survive an export as %s and the import into an empty database',
    async (format) => {
      const employee = await desk.ask('GET', `/api/v1/employees?email=${emailOf(3)}`, { as: 'support' });
      const body = {
        title: "'=HYPERLINK(1)",
        description: '=1+1 "quoted",\r\n\n+2\tx',
        employee_id: employee.body.items[0].id,
      };
      const made = await desk.ask('POST', '/api/v1/tickets', { as: 'support', body });
      const support = made.body.created_by as number;
      await desk.ask('PATCH', `/api/v1/tickets/${made.body.id}`, {
        as: 'support',
        body: { assignee_id: support, priority: 'urgent' },
      });
      await desk.ask('PATCH', `/api/v1/tickets/${made.body.id}`, {
        as: 'support',
        body: { status: 'resolved' },
      });

      const path = file(`export.${format}`);
      expect(
        await runCli(environmentOf(desk), ['export', 'tickets', '--format', format, '--out', path]),
      ).toMatchObject({ code: 0 });
      if (format === 'csv') {
        const cells = parse(readFileSync(path), { record_delimiter: '\r\n' }).flat();
        expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
      }
      const other = await openDesk();
      try {
        await importEmployees(other);
        const imported = await runCli(environmentOf(other), ['import', 'tickets', '--file', path]);
        expect(imported.stderr).toContain(', 0 left out with an error. 0 texts changed');
        expect(imported.code).toBe(0);
        const [before, after] = [
          await runCli(environmentOf(desk), ['export', 'tickets', '--format', 'ndjson']),
          await runCli(environmentOf(other), ['export', 'tickets', '--format', 'ndjson']),
        ];
        expect(portable(after.stdout)).toEqual(portable(before.stdout));
        const { title, description } = body;
        expect(portable(after.stdout).at(-1)).toMatchObject({
          title,
          description,
          assignee: 'support',
          status: 'resolved',
        });
      } finally {
        await other.close();
      }
    },
    120_000,
  );
});
