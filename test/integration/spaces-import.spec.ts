import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { type Ran, runCli } from '../support/cli.js';
import { type Desk, openDesk } from '../support/desk.js';

const folder = mkdtempSync(join(tmpdir(), 'spaces-'));
let desk: Desk;

beforeAll(async () => {
  desk = await openDesk({ PUBLIC_SPACES: 'on' });
});
afterAll(async () => {
  await desk.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: string[]): Promise<Ran> =>
  runCli(
    {
      DATABASE_URL: desk.testDatabase.appUrl,
      DATABASE_OWNER_URL: desk.testDatabase.ownerUrl,
      DATA_DIR: desk.dataDir,
    },
    words,
  );

function file(name: string, lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function errorsOf({ stdout }: Ran): string[] {
  const rows: string[][] = parse(stdout);
  return rows.filter(([, result]) => result === 'error').map(([line, , reason]) => `${line}: ${reason}`);
}

const spaces = async (): Promise<Record<string, unknown>[]> =>
  (await desk.ask('GET', '/api/v1/spaces?limit=200&sort=name', { as: 'support' })).body.items;

const named = async (name: string): Promise<Record<string, unknown>> =>
  (await spaces()).find((space) => space.name === name) ?? {};

const audited = async (): Promise<number | undefined> => {
  const [row] = await desk.database.query<{ rows: number }>({
    text: `SELECT count(*) AS rows FROM audit WHERE action = 'space.create' AND actor_username = '(operator)'`,
  });
  return row?.rows;
};

describe('import spaces', () => {
  const CSV = [
    'name,kind,parent,capacity,time_zone,tags,opening_hours,accept_late_days,keep_events_days,reset_at',
    'Campus,site,,,Europe/London,,,,,04:00',
    'Library,building,Campus,500,,"quiet, books","{""mon"":[[""09:00"",""18:00""]]}",unlimited,unlimited,',
    'Reading room,room,Campus / Library,40,,,,,,',
    'Attic,floor,Campus / Library / Reading room,40,,,,,,',
    'Garage,building,Nowhere,,,,,,,',
    'Shed,shed,,,,,,,,',
    'Hall,room,,0,,,,,,',
    'Late,room,,,,,,60,30,',
    'Campus,site,,,,,,,,',
  ];
  const ERRORS = [
    '5: kind: a floor cannot lie in a room; the order is site, building, floor, room, zone',
    '6: parent: there is no Nowhere that lies in no space',
    '7: kind: must be one of site, building, floor, room, zone',
    '8: capacity: must be a whole number from 1 to 100000',
    '9: accept_late_days: must not be more than keep_events_days, which is 30',
    '10: name: there is a space of this name in the same place already',
  ];

  test('names each bad line and writes nothing in a dry run', async () => {
    const ran = await run('import', 'spaces', '--file', file('spaces.csv', CSV), '--dry-run');
    expect([ran.code, errorsOf(ran)]).toEqual([1, ERRORS]);
    expect(await spaces()).toEqual([]);
  });

  test('makes a tree of the good lines, with its audit', async () => {
    const ran = await run('import', 'spaces', '--file', file('spaces.csv', CSV));
    expect([ran.code, errorsOf(ran)]).toEqual([1, ERRORS]);
    const [campus, library, room] = [
      await named('Campus'),
      await named('Library'),
      await named('Reading room'),
    ];
    expect(campus).toMatchObject({
      kind: 'site',
      parent_id: null,
      time_zone: 'Europe/London',
      reset_at: '04:00',
    });
    expect(library).toMatchObject({
      ...{ kind: 'building', parent_id: campus.id, capacity: 500, tags: ['quiet', 'books'], occupancy: 0 },
      ...{ opening_hours: { mon: [['09:00', '18:00']] }, accept_late_days: null, keep_events_days: null },
    });
    expect(room).toMatchObject({ kind: 'room', parent_id: library.id, capacity: 40, accept_late_days: 7 });
    expect(await audited()).toBe(3);
  });

  test('makes nothing twice, and adds to what is there, by names and by ids', async () => {
    const again = await run('import', 'spaces', '--file', file('spaces.csv', CSV));
    expect(errorsOf(again)).toHaveLength(CSV.length - 1);
    const library = await named('Library');
    const id = '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2eaa';
    const lines = [
      JSON.stringify({ name: 'Cellar', kind: 'floor', parent: library.id, capacity: 12, tags: ['dark'], id }),
      JSON.stringify({ name: 'Corner', kind: 'zone', parent: 'Campus/Library/Cellar', public: true }),
      JSON.stringify({ name: 'Other', kind: 'zone', id: id.toUpperCase() }),
    ];
    const ran = await run('import', 'spaces', '--file', file('more.ndjson', lines));
    expect(errorsOf(ran)).toEqual(['3: id: there is a space with this id already']);
    expect(await named('Corner')).toMatchObject({ parent_id: id, public: true });
  });

  test('takes more lines than a batch has, each behind the one that it lies in', async () => {
    const lines = Array.from({ length: 1_200 }, (_, index) =>
      JSON.stringify({ name: `Zone ${index}`, kind: 'zone', parent: index < 600 ? 'Campus' : 'Tower' }),
    );
    lines.splice(550, 0, JSON.stringify({ name: 'Tower', kind: 'building' }));
    for (const words of [['--dry-run'], []]) {
      const ran = await run('import', 'spaces', '--file', file('many.ndjson', lines), ...words);
      expect([ran.code, errorsOf(ran)]).toEqual([0, []]);
    }
  }, 60_000);
});

describe('import occupancy-service', () => {
  const ID = '5d41402a-bc4b-4a76-b971-9d911017c592';
  const hash = (fields: Record<string, unknown> = {}): string =>
    JSON.stringify({
      ...{ space_id: ID, space_name: 'Gym', occupancy_current: '12', occupancy_maximum: '40' },
      ...{ created: '2024-05-31T09:30:00.123456Z', last_updated: '2025-06-30T10:00:00.000001Z', ...fields },
    });

  test('keeps ids, names, numbers and times, and the older routes go on with them', async () => {
    const lines = [
      hash(),
      hash({
        space_id: `{${'A'.repeat(32)}}`,
        space_name: '',
        occupancy_current: 0,
        created: '2024-05-31 09:30:00',
      }),
    ];
    const ran = await run('import', 'occupancy-service', '--file', file('older.ndjson', lines));
    expect([ran.code, errorsOf(ran)]).toEqual([0, []]);
    const { body: native } = await desk.ask('GET', `/api/v1/spaces/${ID}`, { as: 'support' });
    expect(native).toMatchObject({
      ...{ kind: 'room', name: 'Gym', capacity: 40, over_capacity: 'refuse', public: true, occupancy: 12 },
      ...{ counting_since: '2024-05-31T09:30:00.123456Z', created_at: '2024-05-31T09:30:00.123456Z' },
    });
    const { body: older } = await desk.ask('GET', `/space/${ID.replaceAll('-', '')}`);
    expect(older).toEqual({
      ...{ space_id: ID, space_name: 'Gym', occupancy: { current: 12, maximum: 40 } },
      ...{ created: '2024-05-31T09:30:00.123456Z', last_updated: '2025-06-30T10:00:00.000001Z' },
    });
    const { body: unnamed } = await desk.ask('GET', `/space/${'a'.repeat(32)}`);
    expect(unnamed).toMatchObject({ space_name: null, occupancy: { current: 0, maximum: 40 } });
    const { body: next } = await desk.ask('PUT', `/space/${ID}/increment`);
    expect(next.occupancy).toEqual({ current: 13, maximum: 40 });
    const { body: series } = await desk.ask(
      'GET',
      `/api/v1/spaces/${ID}/occupancy?from=2025-06-30T09:00:00Z&to=2025-06-30T12:00:00Z&fill=previous`,
      { as: 'support' },
    );
    expect(series.items.map(({ last }: { last: number }) => last)).toEqual([0, 12, 12]);
  });

  test('raises no alarm for a space that was full already', async () => {
    const id = '5d41402a-bc4b-4a76-b971-9d911017c593';
    await run(
      'import',
      'occupancy-service',
      '--file',
      file('full.ndjson', [hash({ space_id: id, occupancy_current: 40 })]),
    );
    const { body: state } = await desk.ask('GET', `/api/v1/spaces/${id}/state`, { as: 'support' });
    expect(state).toMatchObject({ level: 'full', level_since: '2025-06-30T10:00:00.000001Z', free: 0 });
    const { body: alerts } = await desk.ask('GET', `/api/v1/spaces/${id}/alerts`, { as: 'support' });
    expect(alerts.items).toEqual([]);
  });

  test('refuses what is there already and what is wrong, line by line', async () => {
    const other = { space_id: '5d41402a-bc4b-4a76-b971-9d911017c594' };
    const lines = [
      hash(),
      hash({ ...other, occupancy_maximum: '0' }),
      hash({ ...other, occupancy_current: '-1' }),
      hash({ ...other, last_updated: '2023-01-01T00:00:00Z' }),
      hash({ ...other, last_updated: '2999-01-01T00:00:00Z' }),
      hash({ ...other, created: 'yesterday' }),
      hash({ space_id: 'one' }),
      hash(other),
      hash(other),
      '{',
    ];
    const ran = await run('import', 'occupancy-service', '--file', file('bad.ndjson', lines));
    expect([ran.code, errorsOf(ran)]).toEqual([
      1,
      [
        '1: space_id: there is a space with this id already',
        '2: occupancy_maximum: must be a whole number from 1 to 100000',
        '3: occupancy_current: must be a whole number from 0 to 1000000',
        '4: last_updated: lies before created',
        '5: last_updated: lies in the future',
        '6: created: must be a time such as 2024-05-31T09:30:00.123456Z',
        '7: space_id: must be a UUID',
        '9: space_id: line 8 has this id already',
        '10: the line is not JSON',
      ],
    ]);
  });
});

describe('export occupancy', () => {
  const ID = '5d41402a-bc4b-4a76-b971-9d911017c592';
  const SPAN = ['--from', '2025-06-30T09:00:00Z', '--to', '2025-06-30T12:00:00Z'];

  test.each(['csv', 'ndjson'])('writes the steps of one space as %s', async (format) => {
    const out = join(folder, `occupancy.${format}`);
    const ran = await run(
      'export',
      'occupancy',
      '--format',
      format,
      '--space',
      ID.toUpperCase(),
      ...SPAN,
      '--out',
      out,
    );
    expect([ran.code, ran.stderr]).toEqual([0, '3 steps exported.\n']);
    const text = readFileSync(out, 'utf8');
    const rows =
      format === 'csv'
        ? parse<Record<string, string>>(text, { columns: true })
        : text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as Record<string, string>);
    expect(
      rows.map((row) => [row.space_id, row.space, row.from, String(row.last ?? ''), String(row.in)]),
    ).toEqual([
      [ID, 'Gym', '2025-06-30T09:00:00.000000Z', '', '0'],
      [ID, 'Gym', '2025-06-30T10:00:00.000000Z', '12', '0'],
      [ID, 'Gym', '2025-06-30T11:00:00.000000Z', '', '0'],
    ]);
  });

  test('writes all spaces since they count, of any length, and joins the parts without gap or double', async () => {
    const ran = await run(
      'export',
      'occupancy',
      '--format',
      'ndjson',
      '--step',
      '1h',
      '--fill',
      'previous',
      '--to',
      '2025-07-01T00:00:00Z',
    );
    expect(ran.code).toBe(0);
    const rows = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    const own = rows.filter(({ space_id }) => space_id === ID);
    expect([own[0]?.from, own.at(-1)?.to]).toEqual([
      '2024-05-31T09:00:00.000000Z',
      '2025-07-01T00:00:00.000000Z',
    ]);
    expect(own.slice(1).map(({ from }) => from)).toEqual(own.slice(0, -1).map(({ to }) => to));
    expect(new Set(rows.map(({ space_id }) => space_id)).size).toBeGreaterThan(1);
  });

  test.each([
    [['--space', 'one'], 2],
    [['--step', '7m'], 2],
    [['--from', 'yesterday'], 2],
    [['--space', '5d41402a-bc4b-4a76-b971-000000000000'], 1],
  ])('with %j ends with %d', async (words, code) => {
    const ran = await run('export', 'occupancy', '--format', 'csv', ...words);
    expect(ran.code).toBe(code);
  });
});
