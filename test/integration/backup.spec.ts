import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { backupName, keepNewest } from '../../src/operations/backup/retention.js';
import { cloneDatabase } from '../support/database.js';
import { DebianPostgres, onDebiansPostgres } from '../support/debian-postgres.js';
import { cleanUp, folder, freePort, ROOT, ServerProcess, startServer } from '../support/server.js';

const PASSWORD = 'Correct-Horse-7';
const CLI = join(ROOT, 'dist/src/cli.js');

/** Programs that an installation may lack; .ci/run installs them. */
const withProgram = (name: string) => (existsSync(`/usr/bin/${name}`) ? test : test.skip);

type Environment = Record<string, string>;

/** What is in a backup, after a change of it. */
function repacked(file: string, change: (content: string) => void): Buffer {
  const [content, changed] = [folder(), join(folder(), 'changed.tar')];
  execFileSync('tar', ['-xf', file, '-C', content]);
  change(content);
  execFileSync('tar', ['-cf', changed, '-C', content, '.']);
  return readFileSync(changed);
}

const inManifest =
  (found: RegExp, instead: string) =>
  (content: string): void => {
    const path = join(content, 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(found, instead));
  };

/** One command as an operator runs it. */
async function command(environment: Environment, ...words: string[]) {
  const process_ = new ServerProcess(environment, { command: [process.execPath, CLI, ...words] });
  const { code } = await process_.ended;
  return { code, stdout: process_.stdout, stderr: process_.stderr };
}

onDebiansPostgres('backup and restore', () => {
  let postgres: DebianPostgres;
  let origin: Environment;
  let server: ServerProcess;
  let token: string;
  let refresh: string;

  /** An installation without anything: a database, directories, and the PUBLIC_URL of the first. */
  async function installation(): Promise<Environment> {
    const CONFIG_DIR = join(folder(), 'config');
    cpSync(join(ROOT, 'config'), CONFIG_DIR, { recursive: true, filter: (path) => !path.endsWith('.ts') });
    return {
      ...(await postgres.database()),
      ...{ DATA_DIR: folder(), CONFIG_DIR, PORT: await freePort(), PUBLIC_URL: 'http://127.0.0.1:3999' },
      ...{ BOOTSTRAP_PASSWORD: PASSWORD },
    };
  }

  let made: Promise<string> | undefined;
  /** One backup for all tests that need one. */
  const backup = (): Promise<string> =>
    (made ??= command(origin, 'backup', '--dir', folder(), '--json').then(
      ({ stdout }) => (JSON.parse(stdout) as { file: string }).file,
    ));

  beforeAll(async () => {
    postgres = await DebianPostgres.start();
    origin = await installation();
    server = await startServer(origin);
    const signedIn = await server.signIn('admin', PASSWORD);
    token = String(signedIn.body.access_token);
    refresh = String(signedIn.body.refresh_token);
    const employee = {
      first_name: 'Zoë 🌍',
      last_name: "O'Brien",
      email: 'zoe@example.org',
      birthday: '1990-04-23',
    };
    const { body } = await server.call('POST', '/api/v1/employees', { token, body: employee });
    for (let count = 0; count < 30; count += 1)
      await server.call('POST', '/api/v1/tickets', {
        token,
        body: { title: `Nr. ${count}`, employee_id: body.id },
      });
    mkdirSync(join(origin.DATA_DIR as string, 'attachments/ab'), { recursive: true });
    writeFileSync(join(origin.DATA_DIR as string, 'attachments/ab/cd'), Buffer.from([0, 255, 10, 13]));
    writeFileSync(
      join(origin.CONFIG_DIR as string, 'limits.json'),
      readFileSync('config/limits.json', 'utf8').replace('24', '48'),
    );
    writeFileSync(join(origin.CONFIG_DIR as string, 'frontdesk.env'), 'PUBLIC_URL=https://old.example.org\n');
  }, 90_000);
  afterAll(async () => {
    await cleanUp();
    postgres.stop();
  });

  test('a backup under writes is one file that only its owner reads, checked, and whole', async () => {
    const backups = folder();
    let writing = true;
    const writer = (async () => {
      while (writing)
        await server.call('POST', '/api/v1/tickets', { token, body: { title: 'Meanwhile', employee_id: 1 } });
    })();
    const { code, stdout, stderr } = await command(origin, 'backup', '--dir', backups, '--json');
    writing = false;
    await writer;
    expect([code, stderr]).toEqual([0, '']);
    const told = JSON.parse(stdout) as { file: string; rows: number };
    expect(told).toMatchObject({
      bytes: statSync(told.file).size,
      encrypted: false,
      removed: [],
    });
    expect(told.rows).toBeGreaterThan(60);
    expect(statSync(told.file).mode & 0o777).toBe(0o600);
    const names = execFileSync('tar', ['-tf', told.file], { encoding: 'utf8' });
    for (const name of [
      'manifest.json',
      'database.dump',
      'keys/sealing-key',
      'config/limits.json',
      'config/frontdesk.env',
      'data/attachments/ab/cd',
    ])
      expect(names).toContain(`./${name}\n`);
    // Nothing is left beside it.
    expect(readdirSync(backups)).toEqual([basename(told.file)]);
  }, 60_000);

  test('a restore is equal, sign-ins and tokens are valid, and nothing is restored over it', async () => {
    const target = await installation();
    const first = await command(target, 'restore', '--file', await backup());
    expect(first).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('counts and checksums are equal'),
    });
    const data = target.DATA_DIR as string;
    expect(readFileSync(join(data, 'attachments/ab/cd'))).toEqual(Buffer.from([0, 255, 10, 13]));
    expect(readFileSync(join(data, 'sealing-key'))).toEqual(
      readFileSync(join(origin.DATA_DIR as string, 'sealing-key')),
    );
    expect(statSync(join(data, 'sealing-key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(target.CONFIG_DIR as string, 'limits.json'), 'utf8')).toContain('48');
    expect(existsSync(join(target.CONFIG_DIR as string, 'limits.json.before-restore'))).toBe(true);
    expect(existsSync(join(target.CONFIG_DIR as string, 'frontdesk.env'))).toBe(false);

    const restored = await startServer(target, { command: [process.execPath, CLI, 'serve'] });
    const host = { host: '127.0.0.1:3999' };
    expect((await restored.call('GET', '/api/v1/me', { token, headers: host })).body.username).toBe('admin');
    expect((await restored.signIn('support', PASSWORD)).status).toBe(200);
    const refreshed = await restored.call('POST', '/api/v1/token', {
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...host },
    });
    expect(refreshed.status).toBe(200);
    const person = await restored.call('GET', '/api/v1/employees/1', { token });
    expect(person.body).toMatchObject({ first_name: 'Zoë 🌍', last_name: "O'Brien", birthday: '1990-04-23' });
    // Numbers go on where they were, and the rights are those of two roles.
    const made = await restored.call('POST', '/api/v1/tickets', {
      token,
      body: { title: 'New', employee_id: 1 },
    });
    expect([made.status, made.body.id > 30]).toEqual([201, true]);
    const check = await command(target, 'check', '--json');
    expect(check.stdout).toContain('can neither change the schema nor the audit');

    const again = await command(target, 'restore', '--file', await backup());
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/^frontdesk: The application is running \(frontdesk /),
    ]);
    await restored.stop();
    const third = await command({ ...target, DATA_DIR: folder() }, 'restore', '--file', await backup());
    expect([third.code, third.stderr]).toEqual([
      1,
      expect.stringContaining('only into an empty installation'),
    ]);
  }, 90_000);

  test('a restore goes into an installation that was migrated but never used', async () => {
    const target = await installation();
    expect((await command(target, 'migrate')).code).toBe(0);
    expect(await command(target, 'restore', '--file', await backup())).toMatchObject({ code: 0, stderr: '' });
  }, 60_000);

  test('a backup that is damaged, short, or none is refused before anything is changed', async () => {
    const [target, file, whole] = [await installation(), join(folder(), 'x.tar'), await backup()];
    const content = readFileSync(whole);
    const at = content.indexOf('PGDMP');
    const flipped = Buffer.from(content);
    flipped[at + 2_000] = (flipped[at + 2_000] as number) ^ 1;
    const extended = repacked(whole, (content) => writeFileSync(join(content, 'config/more.json'), '{}'));
    const short = repacked(whole, (content) => rmSync(join(content, 'config/limits.json')));
    for (const [bytes, complaint] of [
      [flipped, /damaged: database\.dump is not as it was/],
      [extended, /damaged: it holds config\/more\.json/],
      [short, /damaged: config\/limits\.json is missing/],
      [content.subarray(0, content.length / 2), /tar failed|damaged/],
      [Buffer.from('hello'), /tar failed|no backup of Frontdesk/],
    ] as const) {
      writeFileSync(file, bytes);
      const { code, stderr } = await command(target, 'restore', '--file', file);
      expect([code, stderr]).toEqual([1, expect.stringMatching(complaint)]);
    }
    expect((await command(target, 'migrate', 'status', '--json')).stdout).toContain('"done":[]');
    expect((await command(target, 'restore', '--file', '/nowhere')).code).toBe(2);
  }, 60_000);

  test('a backup whose tables are not what its manifest says leaves an empty database behind', async () => {
    const [target, forged] = [await installation(), join(folder(), 'forged.tar')];
    writeFileSync(forged, repacked(await backup(), inManifest(/"checksum": ?"\w/, '$&0')));
    const { code, stderr } = await command(target, 'restore', '--file', forged);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/is not what was backed up: .*empty again/)]);
    expect(existsSync(join(target.DATA_DIR as string, 'sealing-key'))).toBe(false);
    expect((await command(target, 'restore', '--file', await backup())).code).toBe(0);
  }, 60_000);

  test('a backup of a newer version is refused', async () => {
    const [target, newer] = [await installation(), join(folder(), 'newer.tar')];
    writeFileSync(
      newer,
      repacked(await backup(), inManifest(/"migrations": ?\[/, '$&"Later1999999999999",')),
    );
    expect(await command(target, 'restore', '--file', newer)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('of a newer version (Later1999999999999)'),
    });
  }, 60_000);

  test('a restore does not mix two sealing keys', async () => {
    const SEALING_KEY = Buffer.alloc(32, 7).toString('base64');
    const target = { ...(await installation()), SEALING_KEY };
    expect(await command(target, 'restore', '--file', await backup())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('SEALING_KEY is another key than that of the backup'),
    });
    expect((await command(target, 'migrate', 'status', '--json')).stdout).toContain('"done":[]');
  }, 60_000);

  withProgram('age')(
    'a backup for a key of age opens with its private key, and without it does not',
    async () => {
      const home = folder();
      const identity = join(home, 'key.txt');
      execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' });
      const recipient = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim();
      const { code, stdout } = await command(
        origin,
        'backup',
        '--dir',
        home,
        '--recipient',
        recipient,
        '--json',
      );
      expect(code).toBe(0);
      const { file } = JSON.parse(stdout) as { file: string };
      expect(file).toMatch(/\.tar\.age$/);
      expect(readFileSync(file).includes('PGDMP')).toBe(false);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const target = await installation();
      expect((await command(target, 'restore', '--file', file)).stderr).toContain('--identity');
      expect(await command(target, 'restore', '--file', file, '--identity', identity)).toMatchObject({
        code: 0,
        stderr: '',
      });
    },
    60_000,
  );

  withProgram('gpg')(
    'a backup for a key of gpg opens with it',
    async () => {
      const GNUPGHOME = folder();
      const gpg = (...words: string[]) =>
        execFileSync('gpg', ['--batch', '--passphrase', '', ...words], {
          stdio: 'ignore',
          env: { ...process.env, GNUPGHOME },
        });
      gpg('--quick-generate-key', 'backup@example.org', 'default', 'default', 'never');
      const home = folder();
      const words = ['backup', '--dir', home, '--recipient', 'backup@example.org', '--json'];
      const { code, stdout, stderr } = await command({ ...origin, GNUPGHOME }, ...words);
      expect([code, stderr]).toEqual([0, '']);
      const { file } = JSON.parse(stdout) as { file: string };
      expect(file).toMatch(/\.tar\.gpg$/);
      const target = await installation();
      expect(await command({ ...target, GNUPGHOME }, 'restore', '--file', file)).toMatchObject({
        code: 0,
        stderr: '',
      });
      execFileSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, GNUPGHOME } });
      const nobody = await command(
        { ...origin, GNUPGHOME },
        'backup',
        '--dir',
        home,
        '--recipient',
        'nobody@example.org',
      );
      expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('gpg failed')]);
      expect(readdirSync(home)).toHaveLength(1);
    },
    90_000,
  );

  test('without pg_dump it says which package to install, and costs no older backup', async () => {
    const home = folder();
    copyFileSync(await backup(), join(home, backupName(new Date(0), '')));
    if (process.env.TEST_DATABASE_URL === undefined) {
      // The server that the tests bring is newer than any pg_dump of Debian 12.
      const database = await cloneDatabase();
      const newer = { ...origin, DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl };
      const { code, stderr } = await command(newer, 'backup', '--dir', home, '--retention', '1');
      await database.drop();
      expect([code, stderr]).toEqual([1, expect.stringMatching(/pg_dump .* install postgresql-client-18/)]);
    }
    expect(readdirSync(home)).toHaveLength(1);
  }, 60_000);

  test('of another database than the one that is served there is no backup', async () => {
    const other = await installation();
    expect((await command(other, 'migrate')).code).toBe(0);
    const words = ['backup', '--dir', folder()];
    const mixed = { ...origin, DATABASE_OWNER_URL: other.DATABASE_OWNER_URL as string };
    expect(await command(mixed, ...words)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('another database than DATABASE_URL'),
    });
  }, 60_000);

  test('retention removes the oldest backups, and nothing else', async () => {
    const home = folder();
    const names = ['', '.age', ''].map((ending, day) =>
      backupName(new Date(Date.UTC(2026, 0, day + 1)), ending),
    );
    for (const name of [...names, 'notes.txt', 'frontdesk-old.tar']) writeFileSync(join(home, name), '');
    const { code, stdout } = await command(origin, 'backup', '--dir', home, '--retention', '2', '--json');
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { removed: string[] }).removed).toEqual(names.slice(0, 2));
    expect(readdirSync(home)).toHaveLength(4);
    expect(readdirSync(home)).toEqual(expect.arrayContaining(['notes.txt', 'frontdesk-old.tar']));
    const made = readdirSync(home).filter((name) => name > (names[2] as string))[0] as string;
    expect(await keepNewest(home, 5, made)).toEqual([]);
    // The clock was wrong once; and what is no file is no backup.
    const later = backupName(new Date(Date.UTC(2099, 0)), '');
    writeFileSync(join(home, later), '');
    mkdirSync(join(home, backupName(new Date(0), '')));
    expect(await keepNewest(home, 1, made)).toEqual([names[2], later]);
    expect(existsSync(join(home, made))).toBe(true);
    expect((await command(origin, 'backup', '--retention', '0')).code).toBe(2);
  }, 60_000);
});
