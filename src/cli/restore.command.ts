import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { DatabaseServer } from '../operations/database-server.js';
import { prepareDataDir } from '../operations/embedded-postgres/directories.js';
import { connectedApplications } from '../platform/database/connected.js';
import { migrate, migrateDown } from '../platform/migrations/migrate.js';
import { knownMigrations } from '../platform/migrations/steps.js';
import type { Database } from '../platform/database/database.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { decrypt, unpack } from '../operations/backup/archive.js';
import { assertRoom, putBack } from '../operations/backup/contents.js';
import { checkedManifest, DUMP, type Manifest } from '../operations/backup/manifest.js';
import { postgresTool, withoutPassword } from '../operations/backup/postgres.tools.js';
import { runProgram } from '../operations/backup/program.js';
import { differences, tableStates } from '../operations/backup/tables.js';
import { withWorkshop } from '../operations/backup/workshop.js';
import { withDatabase, withServer } from './installation.js';
import { printJson, printLine, type Shell, UsageError } from './shell.js';

interface Options {
  file: string;
  identity?: string;
  json?: boolean;
}

/** The content of a backup, held to its manifest, in a directory of ours. */
async function open(
  file: string,
  identity: string | undefined,
  workshop: string,
): Promise<{ content: string; manifest: Manifest }> {
  let plain = file;
  if (/\.(?:age|gpg)$/.test(file)) {
    plain = join(workshop, 'backup.tar');
    await decrypt(file, plain, identity);
  }
  const content = join(workshop, 'content');
  await mkdir(content);
  await unpack(plain, content);
  return { content, manifest: await checkedManifest(content) };
}

/** @throws StartupError when this version does not know what the backup holds. */
function assertKnown({ migrations }: Manifest): void {
  const unknown = migrations.filter((name) => !knownMigrations.includes(name));
  if (unknown.length > 0)
    throw new StartupError(
      `The backup is of a newer version (${unknown.join(', ')}): restore it with that one.`,
    );
}

/** An import may have come before the first users. */
const WORK_OF_PEOPLE = ['users', 'employees', 'tickets', 'spaces'];

/** @throws StartupError when somebody lives here. Changes nothing. */
async function assertEmpty(database: Database): Promise<void> {
  const others = await connectedApplications(database);
  if (others !== undefined)
    throw new StartupError(`The application is running (${others}): stop every instance first.`);
  const there = await database.query<{ name: string }>({
    text: `SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass('public.' || name) IS NOT NULL`,
    values: [WORK_OF_PEOPLE],
  });
  for (const { name } of there) {
    const [row] = await database.query({ text: `SELECT 1 FROM public.${name} LIMIT 1` });
    if (row === undefined) continue;
    throw new StartupError(
      `The database has ${name}: a backup is restored only into an empty installation. Make a new database, or set DATABASE_URL to one.`,
    );
  }
}

/** Takes out all tables: what a migration made in an empty installation is in the way of the dump. */
async function clear(server: DatabaseServer, database: Database): Promise<void> {
  const [there] = await database.query<{ migrated: boolean }>({
    text: `SELECT to_regclass('public.migrations') IS NOT NULL AS migrated`,
  });
  if (!there?.migrated) return;
  while ((await migrateDown(server)) !== undefined);
  await database.query({ text: 'DROP TABLE migrations' });
  await database.query({ text: 'DROP SCHEMA IF EXISTS graphile_worker CASCADE' });
}

/** @throws StartupError when there is none for this server. Changes nothing. */
async function loader(database: Database): Promise<string> {
  const [row] = await database.query<{ version: number }>({
    text: `SELECT current_setting('server_version_num')::int / 10000 AS version`,
  });
  return postgresTool('pg_restore', row?.version ?? 0);
}

async function load(tool: string, server: DatabaseServer, file: string): Promise<void> {
  const { url, secrets } = withoutPassword(server.ownerUrl);
  const words = ['--no-owner', '--no-privileges', '--no-comments', '--exit-on-error', '--single-transaction'];
  await runProgram(tool, [...words, '--no-password', `--dbname=${url}`, file], secrets);
}

/** Holds what was restored to what was backed up. */
async function compare(database: Database, { tables }: Manifest): Promise<void> {
  const found = await database.transaction((tx) => tableStates(tx));
  const different = differences(tables, found);
  if (different.length > 0)
    throw new StartupError(
      `The database is not what was backed up: ${different.join('; ')}. It is empty again: restore another backup.`,
    );
}

async function restore(shell: Shell, { file, identity, json }: Options): Promise<void> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
  const earlier = process.umask(0o077);
  try {
    const manifest = await withServer(shell, (config, server) =>
      withDatabase(server.ownerUrl, (database) =>
        withWorkshop(prepareDataDir(config.dataDir), async (workshop) => {
          const opened = await open(path, identity, workshop);
          assertKnown(opened.manifest);
          await assertEmpty(database);
          await assertRoom(config, opened.content);
          const tool = await loader(database);
          await clear(server, database);
          await load(tool, server, join(opened.content, DUMP));
          try {
            await compare(database, opened.manifest);
            await putBack(config, opened.content);
          } catch (error) {
            await clear(server, database);
            throw error;
          }
          // The rights of the application's role, and what a newer version adds.
          const added = await migrate(server);
          return { ...opened.manifest, added, sameUrl: opened.manifest.public_url === config.publicUrl };
        }),
      ),
    );
    const { tables, made_at, public_url, added, sameUrl } = manifest;
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    if (json)
      return await printJson(shell, { made_at, tables: tables.length, rows, migrated: added, public_url });
    await printLine(
      shell,
      `Restored ${rows} rows of ${tables.length} tables, as they were at ${made_at}; counts and checksums are equal.`,
    );
    if (!sameUrl)
      await printLine(
        shell,
        `PUBLIC_URL was ${public_url}: under another one every user has to sign in again.`,
      );
  } finally {
    process.umask(earlier);
  }
}

export function addRestore(program: Command, shell: Shell): void {
  program
    .command('restore')
    .description(
      'Put a backup into an empty installation, and compare it with what was backed up. Stop every instance first.',
    )
    .requiredOption('--file <file>', 'made by frontdesk backup')
    .option('--identity <file>', 'the private key, for a backup that is encrypted with age')
    .option('--json', 'print JSON')
    .action((options: Options) => restore(shell, options));
}
