import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCli } from '../support/cli.js';
import { type Desk, openDesk } from '../support/desk.js';

const folder = mkdtempSync(join(tmpdir(), 'import-spaces-'));
let desk: Desk;

beforeAll(async () => {
  desk = await openDesk({ PUBLIC_SPACES: 'on' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await desk.close();
});

const cli = (...words: string[]) =>
  runCli(
    {
      DATABASE_URL: desk.testDatabase.appUrl,
      DATABASE_OWNER_URL: desk.testDatabase.ownerUrl,
      DATA_DIR: desk.dataDir,
    },
    words,
  );

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const ask = (path: string) => desk.ask('GET', path, { as: 'support' });

const SPACES = `kind,name,parent,capacity,time_zone,tags,accept_late_days,keep_events_days,opening_hours
site,Campus,,,Europe/Berlin,,,,
building,Quay House,Campus,320,,"north, listed",unlimited,unlimited,"{""mon"":[[""09:00"",""18:00""]]}"
room,Reading room,Campus / Quay House,80,,,,,
room,Nowhere,Campus / Nowhere,80,,,,,
room,Too large,Campus / Quay House,1000000,,,,,
site,Inside out,Campus / Quay House,,,,,,
`;

describe('import spaces', () => {
  test('checks all lines and writes nothing in a dry run; then makes the good ones, each within what is named', async () => {
    const path = file('spaces.csv', SPACES);
    const dry = await cli('import', 'spaces', '--file', path, '--dry-run');
    expect((await ask('/api/v1/spaces?count=true')).body.total).toBe(0);
    const { code, stdout, stderr } = await cli('import', 'spaces', '--file', path);
    expect(stdout).toBe(dry.stdout);
    expect(code).toBe(1);
    expect(stderr).toContain('3 of 6 lines imported, 3 left out with an error.');
    const report = stdout.trim().split('\n').slice(1);
    expect(report.slice(0, 3)).toEqual(['2,ok,', '3,ok,', '4,ok,']);
    expect(report[3]).toContain('there is no space Campus / Nowhere');
    expect(report[4]).toContain('capacity');
    expect(report[5]).toContain('a site cannot lie in a building');
    const { items } = (await ask('/api/v1/spaces?sort=created_at')).body;
    const named = Object.fromEntries(items.map((space: { name: string }) => [space.name, space]));
    expect(named.Campus).toMatchObject({ kind: 'site', parent_id: null, time_zone: 'Europe/Berlin' });
    expect(named['Quay House']).toMatchObject({
      parent_id: named.Campus.id,
      capacity: 320,
      tags: expect.arrayContaining(['north', 'listed']),
      accept_late_days: null,
      keep_events_days: null,
      opening_hours: { mon: [['09:00', '18:00']] },
    });
    expect(named['Reading room']).toMatchObject({ parent_id: named['Quay House'].id, capacity: 80 });
    const audited = await desk.database.query<{ actor_username: string }>({
      text: `SELECT actor_username FROM audit WHERE action = 'space.create'`,
    });
    expect(audited).toHaveLength(3);
  });

  test('makes nothing twice when a file is imported again', async () => {
    const { stderr } = await cli('import', 'spaces', '--file', join(folder, 'spaces.csv'));
    expect(stderr).toContain('0 of 6 lines imported');
  });

  test('does not guess between two spaces of one name', async () => {
    const path = file(
      'twins.ndjson',
      [1, 2].map(() => JSON.stringify({ id: randomUUID(), kind: 'site', name: 'Twin' })).join('\n'),
    );
    expect((await cli('import', 'spaces', '--file', path)).code).toBe(0);
    const child = file('child.ndjson', JSON.stringify({ kind: 'room', name: 'Child', parent: 'Twin' }));
    const { code, stdout } = await cli('import', 'spaces', '--file', child);
    expect([code, stdout]).toEqual([1, expect.stringContaining('several spaces are Twin')]);
  });
});

describe('import occupancy-service', () => {
  const HASHES = [
    {
      space_id: '{A0EEBC99-9C0B4EF8BB6D6BB9BD380A11}',
      space_name: 'Pool',
      occupancy_current: '37',
      occupancy_maximum: '120',
      created: '2024-05-31T09:30:00.123456Z',
      last_updated: '2025-01-02T03:04:05.000006Z',
    },
    {
      space_id: 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      space_name: '',
      occupancy_current: 3,
      occupancy_maximum: 3,
      created: '2024-05-31T09:30:00Z',
      last_updated: '2024-05-31T09:30:00Z',
    },
    {
      space_id: 'none',
      occupancy_current: '1',
      occupancy_maximum: '2',
      created: 'then',
      last_updated: 'now',
    },
    {
      space_id: 'c0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      occupancy_current: '1',
      occupancy_maximum: '0',
      created: '2024-05-31T09:30:00Z',
      last_updated: '2024-05-31T09:30:00Z',
    },
  ];

  test('keeps ids, names, numbers and times, so that clients go on as if nothing had happened', async () => {
    const path = file('hashes.ndjson', HASHES.map((hash) => JSON.stringify(hash)).join('\n'));
    const { code, stdout, stderr } = await cli('import', 'occupancy-service', '--file', path);
    expect(code).toBe(1);
    expect(stderr).toContain('2 of 4 lines imported, 2 left out');
    expect(stdout).toContain('space_id: must be a UUID');
    expect(stdout).toContain('occupancy_maximum: must be a whole number from 1 to 100000');
    const pool = await desk.ask('GET', '/space/a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
    expect(pool.text).toBe(
      '{"space_id":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","space_name":"Pool","occupancy":{"current":37,"maximum":120},' +
        '"created":"2024-05-31T09:30:00.123456Z","last_updated":"2025-01-02T03:04:05.000006Z"}',
    );
    const unnamed = '/space/b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
    expect((await desk.ask('GET', unnamed)).body).toMatchObject({
      space_name: null,
      occupancy: { current: 3 },
    });
    expect((await desk.ask('PUT', `${unnamed}/increment`)).body.occupancy).toEqual({
      current: 3,
      maximum: 3,
    });
    expect((await desk.ask('PUT', `${unnamed}/decrement`)).body.occupancy).toEqual({
      current: 2,
      maximum: 3,
    });
    const state = await ask('/api/v1/spaces/b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11/state');
    expect(state.body).toMatchObject({ occupancy: 2, level: 'free', seq: 2 });
  });

  test('refuses what is there already', async () => {
    const path = file('again.ndjson', JSON.stringify(HASHES[0]));
    const { code, stdout } = await cli('import', 'occupancy-service', '--file', path);
    expect([code, stdout]).toEqual([1, expect.stringContaining('there is a space a0eebc99')]);
  });
});

describe('export occupancy', () => {
  test('writes each step of each space, as the API tells it', async () => {
    const id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
    const span = ['--from', '2025-01-02T02:00:00Z', '--to', '2025-01-02T05:00:00Z', '--step', '1h'];
    const csv = await cli('export', 'occupancy', '--format', 'csv', '--space', id, ...span);
    expect(csv.stderr).toContain('3 steps exported.');
    const lines = csv.stdout.trim().split('\r\n');
    expect(lines[0]).toBe('space_id,space,from,to,mean,max,min,last,in,out');
    expect(lines[2]).toContain(`${id},Pool,2025-01-02T03:00:00.000000Z,`);
    expect(lines[2]).toMatch(/,37,0,37,0,0$/);
    const all = await cli('export', 'occupancy', '--format', 'ndjson', ...span);
    const rows = all.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { space: string; last: number | null });
    expect(new Set(rows.map(({ space }) => space))).toEqual(
      new Set([
        'Campus',
        'Campus / Quay House',
        'Campus / Quay House / Reading room',
        'Twin',
        'Pool',
        'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      ]),
    );
  });

  test('refuses what the API would refuse', async () => {
    expect((await cli('export', 'occupancy', '--format', 'csv', '--step', '7m')).code).toBe(2);
    const unknown = await cli(
      'export',
      'occupancy',
      '--format',
      'csv',
      '--space',
      '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    );
    expect([unknown.code, unknown.stdout]).toEqual([1, '']);
  });
});
