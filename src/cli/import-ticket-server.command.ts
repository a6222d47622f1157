import type { Command } from 'commander';
import type { ReportedLine } from '../platform/bulk/bulk.import.js';
import { withApplication, withDatabase, withServer } from './installation.js';
import { openReport, Tally } from './line.report.js';
import { startProgress } from './progress.js';
import { type Shell, write } from './shell.js';
import { SourceDatabase } from '../legacy/ticket-server/data-migration/source.database.js';
import { TicketServerMigration } from '../legacy/ticket-server/data-migration/data-migration.js';

interface Options {
  sqlite: string;
  dryRun?: boolean;
  report?: string;
  json?: boolean;
}

async function migrate(shell: Shell, source: SourceDatabase, options: Options): Promise<void> {
  const { dryRun = false } = options;
  const total = source.count('users') + source.count('employees') + source.count('tickets');
  await withServer(shell, (config, server) =>
    withApplication(config, server, ({ app }) =>
      withDatabase(server.ownerUrl, async (owner) => {
        const report = await openReport(shell, options);
        const progress = startProgress(shell, options.report === undefined);
        const tally = new Tally();
        const onLines = async (lines: ReportedLine[]) => {
          tally.add(lines);
          progress.update(tally.ok + tally.errors, total);
          await report.add(lines);
        };
        try {
          await app.get(TicketServerMigration).run(owner, source, { dryRun, onLines });
        } catch (error) {
          await report.close({ ok: 0, errors: tally.errors, aborted: true });
          throw error;
        } finally {
          progress.stop();
        }
        await report.close({ ok: tally.ok, errors: tally.errors, lines: total, dry_run: dryRun });
        const done = dryRun ? 'would be migrated (nothing was written)' : 'migrated';
        await write(
          shell.stderr,
          `${tally.ok} of ${total} rows ${done}, ${tally.errors} left out with an error.\n`,
        );
        if (tally.errors > 0) shell.exitCode = 1;
      }),
    ),
  );
}

export function addTicketServer(group: Command, shell: Shell): void {
  group
    .command('ticket-server')
    .description(
      'Migrate the users, employees and tickets of a legacy ticket server, with their ids, times and passwords, into an empty installation.',
    )
    .requiredOption('--sqlite <path>', "the legacy server's sql_app.db; stop that server first")
    .option('--dry-run', 'check everything and write nothing')
    .option('--report <path>', 'write the report into a file instead of the standard output')
    .option('--json', 'report a JSON object a line, the last one the sum')
    .addHelpText(
      'after',
      `
Empty means: no employees, no tickets, and no users but those of the first start, who have neither signed in nor been
changed; they are replaced. A row that breaks a rule (a double e-mail, a ticket without an employee) is reported as
\`table id,error,reason\` and left out; all others are migrated in one transaction, and the exit code is then 1.`,
    )
    .action(async (options: Options) => {
      const source = new SourceDatabase(options.sqlite);
      try {
        await migrate(shell, source, options);
      } finally {
        source.close();
      }
    });
}
