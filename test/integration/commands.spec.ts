import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate, migrateDown } from '../../src/platform/migrations/migrate.js';
import { type MigrationStep, steps } from '../../src/platform/migrations/steps.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { runCli } from '../support/cli.js';
import { type Desk, makeEmployee, makeUser, openDesk, PASSWORD } from '../support/desk.js';
import { writtenState } from '../support/written.js';

const folder = mkdtempSync(join(tmpdir(), 'commands-'));
const at = ({ appUrl, ownerUrl }: TestDatabase, dataDir = folder): Record<string, string> => ({
  DATABASE_URL: appUrl,
  DATABASE_OWNER_URL: ownerUrl,
  DATA_DIR: dataDir,
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

let desk: Desk;
let environment: Record<string, string>;
const run = (...words: string[]) => runCli(environment, words);

beforeAll(async () => {
  desk = await openDesk();
  environment = at(desk.testDatabase, desk.dataDir);
}, 60_000);

afterAll(async () => {
  await desk.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the command line', () => {
  test.each([
    [['--help'], 'import'],
    [['user', 'create', '--help'], '--password-stdin'],
    [['import', 'tickets', '--help'], '--dry-run'],
    [['migrate', 'status', '--help'], '--json'],
    [['export', 'tickets', '--help'], 'ndjson'],
  ])('%j helps and ends with 0', async (words, expected) => {
    const { code, stdout } = await run(...words);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(expected) });
  });

  test.each([
    [['dance']],
    [['user', 'create', '--username', 'x']],
    [['import', 'tickets']],
    [['import', 'tickets', '--file', 'x.csv', '--map', 'title']],
    [['export', 'tickets', '--format', 'xml']],
    [['demo', '--seed', 'one']],
    [['user', 'create', '--username', 'nobody', '--role', 'admin', '--password-stdin']],
  ])('%j is wrong use and ends with 2', async (words) => {
    const { code, stdout, stderr } = await run(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });

  test('a wrong environment is one line for each bad name, and ends with 1', async () => {
    const { code, stderr } = await runCli({ ...environment, PROFILE: 'soft', COMPAT: 'maybe' }, [
      'user',
      'list',
    ]);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'frontdesk: PROFILE must be "standard" or "hardened"',
      'frontdesk: COMPAT must be "on" or "off"',
    ]);
  });

  test('an unreachable database is one line, and ends with 1', async () => {
    const url = 'postgres://nobody:secret@127.0.0.1:1/none';
    const { code, stderr } = await runCli({ DATA_DIR: folder, DATABASE_URL: url }, ['user', 'list']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^frontdesk: The database of DATABASE_URL cannot be used \(ECONNREFUSED\)[^\n]*\n$/,
    );
    expect(stderr).not.toContain('secret');
  });
});

describe('migrate', () => {
  test('up, status and down on an empty database; commands refuse while one is pending', async () => {
    const empty = await createEmptyDatabase();
    try {
      const here = at(empty);
      const fresh = JSON.parse((await runCli(here, ['migrate', 'status', '--json'])).stdout);
      expect(fresh.done).toEqual([]);
      const refused = await runCli(here, ['user', 'list']);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Run: frontdesk migrate') });
      expect((await runCli(here, ['check'])).code).toBe(1);

      const up = JSON.parse((await runCli(here, ['migrate', '--json'])).stdout);
      expect(up.done).toEqual(fresh.pending);
      expect((await runCli(here, ['migrate'])).stdout).toBe('The database is up to date.\n');
      const down = JSON.parse((await runCli(here, ['migrate', 'down', '--json'])).stdout);
      // The last one is the job queue's, which stays.
      expect(down.undone).toBe(fresh.pending.at(-2));
      const status = await runCli(here, ['migrate', 'status']);
      expect(status.stdout.trimEnd().split('\n').at(-1)).toBe(`pending  ${down.undone}`);
    } finally {
      await empty.drop();
    }
  });
});

describe('a migration that no release before can live with', () => {
  const newest = steps.at(-1) as MigrationStep;
  const unmarked = newest.breaking;
  let database: TestDatabase;
  let here: Record<string, string>;
  beforeAll(async () => {
    database = await createEmptyDatabase();
    here = at(database);
    await migrate(database);
    await migrateDown(database);
    newest.breaking = true;
  });
  afterAll(async () => {
    if (unmarked === undefined) delete newest.breaking;
    await database.drop();
  });
  const failures = async () =>
    (await runCli(here, ['check'])).stdout.split('\n').filter((line) => line.startsWith('fail'));

  test('fails a check that an update of 0.1.0 stops at, and waits, while an instance serves', async () => {
    const serving = new pg.Client({ connectionString: database.appUrl, application_name: 'frontdesk 1' });
    await serving.connect();
    const way =
      `the release before cannot live with ${newest.name}, and it is running (frontdesk 1): stop every instance and worker ` +
      `first (systemctl stop frontdesk.target 'frontdesk@*' frontdesk-worker), do this again, then start them`;
    // What its update.sh leaves out of the failures.
    const seen = (await failures()).filter((line) => !/^fail {2,}migrations/.test(line));
    expect(seen).toEqual([expect.stringMatching(/^fail {2}release {9}/)]);
    expect(seen[0]).toContain(way);
    const refused = await runCli(here, ['migrate']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`frontdesk: The migration waits, for ${way}`);
    await serving.end();
    expect(await failures()).toEqual([expect.stringMatching(/^fail {2}migrations/)]);
    const { stdout } = await runCli(here, ['migrate', 'status']);
    expect(stdout).toContain(`\npending  ${newest.name}  breaking\n`);
  });

  test('is told of as done, and not taken back, in one line', async () => {
    expect((await runCli(here, ['migrate'])).stdout).toBe(`Migrated: ${newest.name}\n`);
    const { stdout } = await runCli(here, ['migrate', 'status']);
    expect(stdout).toContain(`\ndone     ${newest.name}  breaking\n`);
    const { code, stderr } = await runCli(here, ['migrate', 'down']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^frontdesk: \w+ is not taken back, .* restore the backup .*\n$/);
    expect((await runCli(here, ['check'])).code).toBe(0);
  });

  test('fails the check of a release that does not know it', async () => {
    const client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    await client.query(
      `INSERT INTO migrations ("timestamp", name, breaking) VALUES (1999000000001, 'Newer1999000000001', true)`,
    );
    await client.end();
    expect(await failures()).toEqual([
      expect.stringMatching(/^fail {2}release .*cannot live with Newer1999000000001 of a newer one/),
    ]);
    expect((await runCli(here, ['migrate', 'status'])).stdout).toContain(
      'newer    Newer1999000000001  breaking',
    );
  });
});

describe('user', () => {
  test('create with a password from the standard input; the user signs in, and the audit names the operator', async () => {
    const words = [
      'user',
      'create',
      '--username',
      'Nadia',
      '--role',
      'support',
      '--role',
      'manager',
      '--password-stdin',
      '--json',
    ];
    const { code, stdout } = await runCli(
      environment,
      [...words, '--email', ' nadia@example.org '],
      'Blue-Kettle-9\r\nignored\n',
    );
    const user = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(user).toMatchObject({
      username: 'Nadia',
      first_name: 'Nadia',
      email: 'nadia@example.org',
      phone: null,
      roles: ['manager', 'support'],
    });
    expect(stdout).not.toMatch(/Kettle|password/);
    expect((await desk.signIn('nadia', 'Blue-Kettle-9')).status).toBe(200);
    const [row] = await desk.database.query({
      text: `SELECT action, principal_type, principal_id, actor_username, client_id FROM audit WHERE subject_type = 'user' AND subject_id = $1`,
      values: [String(user.id)],
    });
    expect(row).toEqual({
      action: 'user.create',
      principal_type: 'operator',
      principal_id: null,
      actor_username: '(operator)',
      client_id: 'command-line',
    });
  });

  test('create without one prints a generated password once', async () => {
    const { code, stdout } = await run('user', 'create', '--username', 'pavel', '--role', 'support');
    expect(code).toBe(0);
    const password = /shown only now: (\S+)\n$/.exec(stdout)?.[1] ?? '';
    expect((await desk.signIn('pavel', password)).status).toBe(200);
  });

  test.each([
    [['--username', 'ADMIN', '--role', 'support'], 'Another user has this username'],
    [['--username', 'fine', '--role', 'king'], 'there is no role king'],
    [['--username', '1st', '--role', 'support'], 'username: must be'],
  ])('create %j is refused in one line', async (words, reason) => {
    const before = await writtenState(desk.testDatabase.ownerUrl);
    const { code, stdout, stderr } = await run('user', 'create', ...words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^frontdesk: [^\\n]*${reason}[^\\n]*\\n$`));
    const after = await writtenState(desk.testDatabase.ownerUrl);
    // An identity is drawn before a unique name is found taken.
    expect({ ...after, 'public.users_id_seq': 0 }).toEqual({ ...before, 'public.users_id_seq': 0 });
  });

  test('set-password ends the sessions of the user', async () => {
    const token = await desk.token('support');
    expect((await desk.ask('GET', '/api/v1/me', { as: token })).status).toBe(200);
    const { code } = await runCli(
      environment,
      ['user', 'set-password', '--username', 'Support', '--password-stdin'],
      'Green-Kettle-8\n',
    );
    expect(code).toBe(0);
    expect((await desk.ask('GET', '/api/v1/me', { as: token })).status).toBe(401);
    expect((await desk.signIn('support', PASSWORD)).status).toBe(400);
    expect((await desk.signIn('support', 'Green-Kettle-8')).status).toBe(200);
    const nobody = await run('user', 'set-password', '--username', 'nobody');
    expect(nobody).toMatchObject({
      code: 1,
      stderr: 'frontdesk: There is no user nobody. Run: frontdesk user list\n',
    });
  });

  test('unlock lets a user sign in again at once, with an audit row in the name of the operator', async () => {
    const { id } = await makeUser(desk, 'Shut.Out');
    for (let index = 0; index < 11; index += 1) await desk.signIn('shut.out', `wrong-${index}`);
    expect((await desk.signIn('shut.out')).status).toBe(429);
    expect(await run('user', 'unlock', '--username', 'shut.out')).toEqual({
      code: 0,
      stdout: 'Failed sign-ins of shut.out are forgotten: the right password is taken again.\n',
      stderr: '',
    });
    expect((await desk.signIn('shut.out')).status).toBe(200);
    const told = await desk.database.query({
      text: `SELECT action, actor_username, client_id FROM audit
             WHERE subject_type = 'user' AND subject_id = $1 AND action LIKE '%lock%' ORDER BY id DESC LIMIT 2`,
      values: [String(id)],
    });
    const operator = { actor_username: '(operator)', client_id: 'command-line' };
    expect(told).toEqual(
      expect.arrayContaining(['user.unlock', 'sign_in.unlocked'].map((action) => ({ action, ...operator }))),
    );
    const json = await run('user', 'unlock', '--username', 'Shut.Out', '--json');
    expect(JSON.parse(json.stdout)).toEqual({ username: 'Shut.Out' });
    expect(await run('user', 'unlock', '--username', 'nobody')).toMatchObject({
      code: 1,
      stderr: 'frontdesk: There is no user nobody. Run: frontdesk user list\n',
    });
    expect((await run('user', 'unlock')).code).toBe(2);
  });

  test('list prints everybody, without a hash', async () => {
    const { stdout } = await run('user', 'list', '--json');
    const users = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(users.map(({ username }) => username)).toEqual(
      expect.arrayContaining(['admin', 'manager', 'support', 'Nadia']),
    );
    expect(stdout).not.toMatch(/argon2|hash/);
    expect((await run('user', 'list')).stdout).toMatch(/^1\tadmin\tadmin\tactive\t\n/);
  });
});

describe('check', () => {
  test('finds nothing on a sound installation and changes nothing', async () => {
    const before = await writtenState(desk.testDatabase.ownerUrl);
    const { code, stdout } = await run('check', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).filter(({ result }: { result: string }) => result === 'fail')).toEqual([]);
    expect(stdout).toContain('signing keys open');
    expect(await writtenState(desk.testDatabase.ownerUrl)).toEqual(before);
  });

  test('warns when one role is both', async () => {
    const { ownerUrl } = desk.testDatabase;
    const { code, stdout } = await runCli({ DATABASE_URL: ownerUrl, DATA_DIR: desk.dataDir }, ['check']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warn {2}roles .*only a trigger/m);
  });

  test('fails without the sealing key, and with a data directory that cannot be one', async () => {
    const lost = await runCli({ ...environment, DATA_DIR: folder }, ['check']);
    expect(lost.code).toBe(1);
    expect(lost.stdout).toMatch(/^fail {2}keys .*sealing-key is missing/m);
    const noFolder = await runCli({ ...environment, DATA_DIR: file('no-folder', '') }, ['check']);
    expect(noFolder.code).toBe(1);
    expect(noFolder.stdout).toMatch(/^fail {2}data directory .*ENOTDIR/m);
  });

  test('says what the database refuses, as a finding like any other', async () => {
    const client = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
    await client.connect();
    await client.query('ALTER TABLE audit RENAME TO audit_away');
    const { code, stdout } = await run('check', '--json');
    await client.query('ALTER TABLE audit_away RENAME TO audit');
    await client.end();
    expect(code).toBe(1);
    expect(JSON.parse(stdout).at(-1)).toMatchObject({
      result: 'fail',
      text: expect.stringMatching(/refused a statement \(42P01\): relation "audit"/),
    });
  });

  test('says which variable is wrong', async () => {
    const { code, stdout } = await runCli({ ...environment, PROFILE: 'soft' }, ['check']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}configuration .*PROFILE must be/m);
  });
});

describe('import', () => {
  const tickets = (...lines: string[]) =>
    ['title,description,employee,status,assignee,created_at,resolved_at', ...lines, ''].join('\n');

  test('reports every line, keeps the good ones and ends with 1', async () => {
    await makeEmployee(desk, { email: 'known@example.org' });
    await makeUser(desk, 'asleep', { disabled: true });
    const before = await writtenState(desk.testDatabase.ownerUrl);
    const path = file(
      'mixed.csv',
      tickets(
        ' Caf\u0065\u0301 ,text,KNOWN@example.org,,,,',
        ',no title,known@example.org,,,,',
        'no employee,text,,,,,',
        'unknown employee,text,nobody@example.org,,,,',
        'too few,cells',
        'bad status,text,known@example.org,Lost,,,',
        'by label,text,known@example.org,RESOLVED,support,2026-01-02T03:04:05Z,2026-01-03T00:00:00Z',
        'not final,text,known@example.org,open,,2026-01-02T03:04:05Z,2026-01-03T00:00:00Z',
        'no such time,text,known@example.org,open,,2026-02-30T03:04:05Z,',
        'no assignee,text,known@example.org,open,nobody,,',
        '"stray"quote,text,known@example.org,,,,',
        `${'x'.repeat(201)},text,known@example.org,,,,`,
        'nobody can go on,text,known@example.org,open,asleep,,',
        'somebody did it,text,known@example.org,closed,asleep,2026-01-02T03:04:05Z,',
        'last,text,known@example.org,,,,',
      ),
    );
    const dry = await run('import', 'tickets', '--file', path, '--dry-run', '--created-by', 'manager');
    expect(await writtenState(desk.testDatabase.ownerUrl)).toEqual(before);
    const real = await run('import', 'tickets', '--file', path, '--created-by', 'manager');
    expect(real.stdout).toBe(dry.stdout);
    expect([dry.code, real.code]).toEqual([1, 1]);
    expect(dry.stderr).toContain('nothing was written');
    expect(real.stderr).toContain('4 of 15 lines imported, 11 left out with an error. 1 texts changed');
    const report = real.stdout.trimEnd().split('\n');
    expect(report.map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'line,result',
      ...[
        '2,ok',
        '3,error',
        '4,error',
        '5,error',
        '6,error',
        '7,error',
        '8,ok',
        '9,error',
        '10,error',
        '11,error',
        '12,error',
        '13,error',
      ],
      ...['14,error', '15,ok', '16,ok'],
    ]);
    expect(report[2]).toContain('title: is missing');
    expect(report[3]).toContain('employee: is missing');
    expect(report[6]).toContain('status: must be one of New, Open');
    expect(report[13]).toContain('assignee: this user is disabled');
    const rows = await desk.database.query({
      text: `SELECT title, status, username AS owner, resolved_at, tickets.version FROM tickets JOIN users ON users.id = created_by ORDER BY tickets.id`,
    });
    expect(rows).toEqual([
      { title: 'Caf\u00e9', status: 'new', owner: 'manager', resolved_at: null, version: 1 },
      {
        title: 'by label',
        status: 'resolved',
        owner: 'manager',
        resolved_at: '2026-01-03T00:00:00Z',
        version: 1,
      },
      {
        title: 'somebody did it',
        status: 'closed',
        owner: 'manager',
        resolved_at: '2026-01-02T03:04:05Z',
        version: 1,
      },
      { title: 'last', status: 'new', owner: 'manager', resolved_at: null, version: 1 },
    ]);
  });

  test('a row that only the database refuses does not take its batch along', async () => {
    const lines = Array.from({ length: 600 }, (_, index) => {
      const year = index === 321 ? '0000' : '2025';
      return JSON.stringify({
        title: `many ${index}`,
        employee: 'known@example.org',
        created_at: `${year}-01-01T00:00:00Z`,
      });
    });
    const path = file('many.ndjson', lines.join('\n'));
    const { code, stdout, stderr } = await run('import', 'tickets', '--file', path, '--json');
    expect(code).toBe(1);
    expect(stderr).toContain('599 of 600 lines imported, 1 left out');
    expect(stdout).toContain(
      '{"line":322,"result":"error","reason":"(request): a time or date is out of range"}',
    );
    const [row] = await desk.database.query<{ count: number }>({
      text: `SELECT count(*) FROM tickets WHERE title LIKE 'many %'`,
    });
    expect(row?.count).toBe(599);
  });

  test('an unknown field in --map, a missing column and a missing file are told at once', async () => {
    const path = file('few.csv', tickets());
    expect(await run('import', 'tickets', '--file', path, '--map', 'colour=title')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('unknown field colour'),
    });
    expect(await run('import', 'tickets', '--file', path, '--map', 'title=topic')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has no column topic'),
    });
    expect(await run('import', 'tickets', '--file', join(folder, 'none.csv'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none.csv cannot be read (ENOENT)'),
    });
    expect(await run('import', 'tickets', '--file', file('cut.csv.gz', 'no gzip'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cut.csv.gz cannot be read (Z_DATA_ERROR)'),
    });
  });

  test('employees: double and taken e-mails and phones are named, also in a dry run', async () => {
    const path = file(
      'employees.csv',
      [
        'first_name,last_name,email,phone,birthday,unknown',
        "Ada,Ng,ada@example.org,'+4420794600,1990-04-23,x",
        'Bo,Ng,ADA@example.org,,,',
        'Cy,Ng,cy@example.org,+4420794600,,',
        'Di,Ng,Known@Example.org,,,',
        'Ed,Ng,ed@example.org,,1990-02-30,',
        '',
      ].join('\r\n'),
    );
    const before = await writtenState(desk.testDatabase.ownerUrl);
    const dry = await run('import', 'employees', '--file', path, '--dry-run');
    expect(await writtenState(desk.testDatabase.ownerUrl)).toEqual(before);
    const real = await run('import', 'employees', '--file', path);
    expect(real.stdout).toBe(dry.stdout);
    expect(real.stdout.trimEnd().split('\n')).toEqual([
      'line,result,reason',
      '2,ok,',
      '3,error,email: line 2 has this e-mail address already',
      '4,error,phone: line 2 has this phone number already',
      '5,error,email: another employee has this e-mail address',
      expect.stringContaining('6,error,birthday'),
    ]);
    expect(real.stderr).toContain('Columns without use: unknown.');
    const found = await desk.ask('GET', '/api/v1/employees?email=ada@example.org', { as: 'manager' });
    expect(found.body.items).toMatchObject([
      { first_name: 'Ada', phone: '+4420794600', birthday: '1990-04-23' },
    ]);
  });

  test('users: with passwords of their own, or made ones that must be changed', async () => {
    const own = file(
      'own.csv',
      'username,first_name,last_name,roles,password\nrosa,Rosa,Diaz,support manager,Purple-Door-5\nweak,A,B,support,weak\n',
    );
    const before = await writtenState(desk.testDatabase.ownerUrl);
    expect((await run('import', 'users', '--file', own, '--dry-run')).code).toBe(1);
    expect(await writtenState(desk.testDatabase.ownerUrl)).toEqual(before);
    const { stdout } = await run('import', 'users', '--file', own);
    expect(stdout).toMatch(/^2,ok,\n3,error,"?password: must be/m);
    expect(stdout).not.toContain('Purple');
    expect((await desk.signIn('rosa', 'Purple-Door-5')).status).toBe(200);

    const without = file(
      'without.ndjson',
      `${JSON.stringify({ username: 'tess', first_name: 'T', last_name: 'S', roles: ['support'] })}\n`,
    );
    expect((await run('import', 'users', '--file', without)).stdout).toContain('password: is missing');
    const passwords = join(folder, 'passwords');
    expect((await run('import', 'users', '--file', without, '--passwords', passwords)).code).toBe(0);
    expect(statSync(passwords).mode & 0o777).toBe(0o600);
    const [username = '', password = ''] = readFileSync(passwords, 'utf8').trimEnd().split(' ');
    const signedIn = await desk.signIn(username, password);
    expect(signedIn.status).toBe(200);
    const list = await desk.ask('GET', '/api/v1/tickets', { as: String(signedIn.body.access_token) });
    expect(list.body.code).toBe('password_change_required');
  });

  test('users: one that only the database refuses is left out, and those before it are not tried twice', async () => {
    const client = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
    await client.connect();
    await client.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF new.username = 'zack' THEN RAISE SQLSTATE '22003'; END IF; RETURN new; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const users = ['yves', 'zack', 'zara'].map((name) => `${name},A,B,support,Purple-Door-5\n`);
    const header = 'username,first_name,last_name,roles,password\n';
    const { stdout } = await run('import', 'users', '--file', file('three.csv', header + users.join('')));
    await client.query('DROP TRIGGER refuse ON users');
    await client.end();
    expect(stdout).toMatch(/^2,ok,\n3,error,.*a number is out of range\n4,ok,$/m);
  });
});
