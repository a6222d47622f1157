import type { Command } from 'commander';
import { migrate, migrateDown } from '../platform/migrations/migrate.js';
import { migrationState } from '../platform/migrations/state.js';
import { breakingAmong, knownMigrations } from '../platform/migrations/steps.js';
import { JOBS_MIGRATION } from '../platform/jobs/job.schema.js';
import { withDatabase, withServer } from './installation.js';
import { printJson, printLine, type Shell } from './shell.js';

interface Options {
  json?: boolean;
}

async function up(shell: Shell, { json }: Options): Promise<void> {
  const done = await withServer(shell, (_config, server) => migrate(server));
  if (json) return printJson(shell, { done });
  await printLine(shell, done.length === 0 ? 'The database is up to date.' : `Migrated: ${done.join(', ')}`);
}

async function status(shell: Shell, { json }: Options): Promise<void> {
  const { pending, unknown, breaking } = await withServer(shell, (_config, server) =>
    withDatabase(server.ownerUrl, migrationState),
  );
  const done = [...knownMigrations, JOBS_MIGRATION].filter((name) => !pending.includes(name));
  const marked = [...breakingAmong([...done, ...pending]), ...breaking];
  if (json) return printJson(shell, { done, pending, unknown, breaking: marked });
  for (const [state, names] of Object.entries({ done, pending, newer: unknown }))
    for (const name of names)
      await printLine(shell, `${state.padEnd(7)}  ${name}${marked.includes(name) ? '  breaking' : ''}`);
}

async function down(shell: Shell, { json }: Options): Promise<void> {
  const undone = await withServer(shell, (_config, server) => migrateDown(server, { refuseBreaking: true }));
  if (json) return printJson(shell, { undone: undone ?? null });
  await printLine(
    shell,
    undone === undefined ? 'There is no migration to take back.' : `Taken back: ${undone}`,
  );
}

export function addMigrate(program: Command, shell: Shell): void {
  const group = program.command('migrate').description('Bring the schema of the database up to date.');
  // The options of a group would be read before those of its commands: so `up` is a hidden command of its own.
  group
    .command('up', { isDefault: true, hidden: true })
    .description('Run the pending migrations, each in a transaction of its own.')
    .option('--json', 'print JSON')
    .action((options: Options) => up(shell, options));
  group
    .command('status')
    .description(
      'List the migrations that are done, pending, or of a newer version; `breaking` are those that no release before them can live with.',
    )
    .option('--json', 'print JSON')
    .action((options: Options) => status(shell, options));
  group
    .command('down')
    .description(
      'Take the newest migration back, unless it is breaking. What it added is lost with all its data.',
    )
    .option('--json', 'print JSON')
    .action((options: Options) => down(shell, options));
}
