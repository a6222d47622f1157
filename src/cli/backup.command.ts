import { chmod, link, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../../config/env.js';
import type { Database } from '../platform/database/database.js';
import type { DatabaseServer } from '../operations/database-server.js';
import { migrationState } from '../platform/migrations/state.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { encrypt, endingFor, pack, sync, unpack } from '../operations/backup/archive.js';
import { gather } from '../operations/backup/contents.js';
import { checkedManifest, DUMP, fileStates, type Manifest, MANIFEST } from '../operations/backup/manifest.js';
import { postgresTool, withoutPassword } from '../operations/backup/postgres.tools.js';
import { runProgram } from '../operations/backup/program.js';
import { backupName, keepNewest } from '../operations/backup/retention.js';
import { tableStates } from '../operations/backup/tables.js';
import { withWorkshop } from '../operations/backup/workshop.js';
import { withDatabase, withServer } from './installation.js';
import { printJson, printLine, type Shell, UsageError } from './shell.js';

interface Options {
  dir?: string;
  retention?: number;
  recipient?: string;
  json?: boolean;
}

/** What people see on a terminal while it takes its time. */
const say = (shell: Shell, text: string): void => {
  if (shell.stderr.isTTY) shell.stderr.write(`${text}\n`);
};

/** The dump and what the tables held are of one and the same moment. */
async function dump(
  database: Database,
  { ownerUrl }: DatabaseServer,
  file: string,
): Promise<Pick<Manifest, 'postgres' | 'migrations' | 'tables'>> {
  return database.transaction(async (tx) => {
    await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' });
    const [moment] = await tx.query<{ snapshot: string; version: number }>({
      text: `SELECT pg_export_snapshot() AS snapshot, current_setting('server_version_num')::int / 10000 AS version`,
    });
    if (moment === undefined) throw new Error('PostgreSQL exported no snapshot');
    const tool = await postgresTool('pg_dump', moment.version);
    const names = await tx.query<{ name: string }>({ text: 'SELECT name FROM migrations ORDER BY id' });
    const { url, secrets } = withoutPassword(ownerUrl);
    const words = ['--format=custom', '--no-owner', '--no-privileges', `--snapshot=${moment.snapshot}`];
    await runProgram(tool, [...words, '--no-password', `--file=${file}`, `--dbname=${url}`], secrets);
    // Last, for it makes values of this session into text of its own.
    const tables = await tableStates(tx);
    return { postgres: moment.version, migrations: names.map(({ name }) => name), tables };
  });
}

/** Reads what was written, as a restore would. */
async function verify(file: string, workshop: string, server: number): Promise<void> {
  const directory = join(workshop, 'verified');
  await mkdir(directory);
  await unpack(file, directory);
  await checkedManifest(directory);
  await runProgram(await postgresTool('pg_restore', server), ['--list', join(directory, DUMP)]);
  await rm(directory, { recursive: true });
}

/** The database itself, however it is reached: its number, and since when its server runs. */
const IDENTITY = `SELECT oid || ' ' || pg_postmaster_start_time() AS identity FROM pg_database WHERE datname = current_database()`;

/** @throws StartupError when the backup would be of another database than the one that is served. */
async function assertServed(database: Database, { appUrl }: DatabaseServer): Promise<void> {
  const read = async (from: Database) => (await from.query<{ identity: string }>({ text: IDENTITY }))[0];
  const served = await withDatabase(appUrl, read);
  if ((await read(database))?.identity === served?.identity) return;
  throw new StartupError(
    'DATABASE_OWNER_URL leads to another database than DATABASE_URL: the backup would not be of the one that is served. Set both to the same.',
  );
}

/** Puts the whole file in its place, and nothing when there is one of that name. */
async function publish(draft: string, file: string): Promise<void> {
  await chmod(draft, 0o600);
  await sync(draft);
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new StartupError(`${file} is there already: another backup was made in the same second`);
  }
  await sync(resolve(file, '..'));
}

async function makeBackup(
  shell: Shell,
  { config, server, database }: { config: Config; server: DatabaseServer; database: Database },
  { directory, recipient }: { directory: string; recipient: string | undefined },
): Promise<{ file: string; manifest: Manifest }> {
  await assertServed(database, server);
  const { pending } = await migrationState(database);
  if (pending.length > 0)
    throw new StartupError(`The database lacks ${pending.length} migrations. Run: frontdesk migrate`);
  const at = new Date();
  const file = join(directory, backupName(at, endingFor(recipient)));
  return withWorkshop(directory, async (workshop) => {
    const content = join(workshop, 'content');
    await mkdir(content);
    say(shell, 'reading the database');
    const state = await dump(database, server, join(content, DUMP));
    await gather(config, content);
    const manifest: Manifest = {
      ...{ format: 1, made_at: at.toISOString(), public_url: config.publicUrl },
      ...state,
      files: await fileStates(content),
    };
    await writeFile(join(content, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
    const plain = join(workshop, 'backup.tar');
    await pack(content, plain);
    await rm(content, { recursive: true });
    say(shell, 'reading back what was written');
    await verify(plain, workshop, state.postgres);
    const sealed = recipient === undefined ? plain : join(workshop, 'backup.sealed');
    if (recipient !== undefined) await encrypt(plain, sealed, recipient);
    await publish(sealed, file);
    return { file, manifest };
  });
}

/** A directory of backups is nobody else's business. */
async function prepareDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(
      `Backups cannot be written to ${path} (${code}): give it to this user, or say --dir`,
      { cause: error },
    );
  }
}

async function backup(shell: Shell, { dir, retention, recipient, json }: Options): Promise<void> {
  const earlier = process.umask(0o077);
  try {
    const made = await withServer(shell, (config, server) =>
      withDatabase(server.ownerUrl, async (database) => {
        const directory = resolve(dir ?? join(config.dataDir, 'backups'));
        await prepareDirectory(directory);
        const result = await makeBackup(shell, { config, server, database }, { directory, recipient });
        // Only now: a backup that failed must not cost an older one.
        const removed =
          retention === undefined ? [] : await keepNewest(directory, retention, basename(result.file));
        return { ...result, removed, bytes: (await stat(result.file)).size };
      }),
    );
    const { file, bytes, removed, manifest } = made;
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    if (json)
      return await printJson(shell, {
        file,
        bytes,
        encrypted: recipient !== undefined,
        tables: manifest.tables.length,
        rows,
        removed,
      });
    await printLine(
      shell,
      `${file}: ${rows} rows of ${manifest.tables.length} tables, ${bytes} bytes, read back and found whole.`,
    );
    if (recipient === undefined)
      await printLine(
        shell,
        'It holds the sealing key: whoever reads it can issue tokens. --recipient encrypts it.',
      );
    if (removed.length > 0) await printLine(shell, `Removed: ${removed.join(', ')}`);
  } finally {
    process.umask(earlier);
  }
}

function count(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value))
    throw new UsageError('--retention must be a whole number from 1 to 9999');
  return Number(value);
}

export function addBackup(program: Command, shell: Shell): void {
  program
    .command('backup')
    .description(
      'Write database, keys, configuration and attachments into one file (mode 0600), and read it back. Needs pg_dump of the system, as new as the server.',
    )
    .option('--dir <dir>', 'where to; default: backups in DATA_DIR')
    .option('--retention <n>', 'keep only the newest n backups of that directory', count)
    .option('--recipient <key>', 'encrypt it for a key of age (age1..., ssh-...) or a key that gpg knows')
    .option('--json', 'print JSON')
    .action((options: Options) => backup(shell, options));
}
