import { openSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { EmployeeImport } from '../employees/employee.import.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { OccupancyDataMigration } from '../legacy/occupancy-service/data-migration/data-migration.js';
import { SpaceImport } from '../spaces/tree/space.import.js';
import { TicketImport } from '../tickets/ticket.import.js';
import { UserImport } from '../users/user.import.js';
import { parseMap, type ImportOptions } from './import.options.js';
import { importFile } from './import.rows.js';
import { withInstallation } from './installation.js';
import { addTicketServer } from './import-ticket-server.command.js';
import type { Shell } from './shell.js';

const REPORT = `
Prints a report of all lines, \`line,ok|error,reason\`. A line with an error is left out, the others are imported,
and the exit code is 1. A quote before =, +, -, @, a tab or a carriage return at the start of a CSV cell is taken
for the guard against formulas that our export writes, and is removed.`;

function addFile(group: Command, name: string, description: string): Command {
  return group
    .command(name)
    .description(description)
    .requiredOption(
      '--file <path>',
      'UTF-8, .csv or .ndjson, both also as .gz; the first line of a CSV file names its columns',
    )
    .option('--map <pairs>', 'field=column,... where a column is not named as its field', parseMap)
    .option('--dry-run', 'check everything and write nothing')
    .option('--report <path>', 'write the report into a file instead of the standard output')
    .option('--json', 'report a JSON object a line, the last one the sum')
    .addHelpText('after', REPORT);
}

/** Opened before the first user is made, so that no password can be lost to a bad path. */
function openPasswordFile(
  path: string | undefined,
): ((username: string, password: string) => void) | undefined {
  if (path === undefined) return undefined;
  try {
    const file = openSync(path, 'wx', 0o600);
    return (username, password) => void writeSync(file, `${username} ${password}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(`${path} cannot be made (${code}): name a new file with --passwords`, {
      cause: error,
    });
  }
}

export function addImport(program: Command, shell: Shell): void {
  const group = program
    .command('import')
    .description('Import employees, users, tickets, spaces, or all of a legacy service.');
  addFile(
    group,
    'employees',
    'Import employees: first_name, last_name, email and the other fields of the API.',
  ).action((options: ImportOptions) =>
    withInstallation(shell, ({ app }) =>
      importFile(shell, app.get(EmployeeImport).start('import employees'), options),
    ),
  );
  addFile(
    group,
    'users',
    'Import users: username, first_name, last_name, roles, password and the other fields of the API.',
  )
    .option(
      '--passwords <path>',
      'make passwords for users who bring none, and write them into this new file; they must change them',
    )
    .action((options: ImportOptions & { passwords?: string }) =>
      withInstallation(shell, ({ app }) => {
        const onPassword =
          options.dryRun && options.passwords ? () => undefined : openPasswordFile(options.passwords);
        return importFile(shell, app.get(UserImport).start({ command: 'import users', onPassword }), options);
      }),
    );
  addFile(
    group,
    'tickets',
    'Import tickets: title, description, status, priority, employee (an e-mail) or employee_id, created_by_username and assignee (usernames), created_at, updated_at, resolved_at.',
  )
    .option(
      '--created-by <username>',
      'who opened the tickets that name nobody; default: the first admin who can act',
    )
    .action((options: ImportOptions & { createdBy?: string }) =>
      withInstallation(shell, async ({ app }) =>
        importFile(
          shell,
          await app.get(TicketImport).start({ command: 'import tickets', createdBy: options.createdBy }),
          options,
        ),
      ),
    );
  addFile(
    group,
    'spaces',
    'Import spaces: name, kind, parent (the names from the top, such as "Campus / Quay House", of a space that is there or on a line before) or parent_id, capacity and the other fields of the API; "unlimited" for no limit of days.',
  ).action((options: ImportOptions) =>
    withInstallation(shell, async ({ app }) =>
      importFile(shell, await app.get(SpaceImport).start('import spaces'), options),
    ),
  );
  addTicketServer(group, shell);
  addFile(
    group,
    'occupancy-service',
    'Migrate the spaces of a legacy occupancy service, one of its hashes a line: space_id, space_name, occupancy_current, occupancy_maximum, created, last_updated. Ids, names, numbers and times are kept; like there, they are open without a token while PUBLIC_SPACES is on.',
  ).action((options: ImportOptions) =>
    withInstallation(shell, ({ app }) =>
      importFile(shell, app.get(OccupancyDataMigration).start('import occupancy-service'), options),
    ),
  );
}
