import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { StartupError } from '../platform/errors/startup-error.js';
import { type ExportFormat, TicketExport } from '../tickets/ticket.export.js';
import { withInstallation } from './installation.js';
import { startProgress } from './progress.js';
import { type Shell, write } from './shell.js';

interface Options {
  format: ExportFormat;
  out?: string;
}

async function openBeside(path: string): Promise<{ file: FileHandle; draft: string }> {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    return { file: await open(draft, 'wx', 0o600), draft };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(`${path} cannot be written (${code}): choose another file with --out`, {
      cause: error,
    });
  }
}

/** Under its name only when it is whole. */
async function intoFile(
  path: string,
  work: (sink: (text: string) => Promise<void>) => Promise<number>,
): Promise<number> {
  const { file, draft } = await openBeside(path);
  try {
    const count = await work((text) => file.appendFile(text));
    await file.sync();
    await file.close();
    await rename(draft, path);
    return count;
  } catch (error) {
    await file.close();
    await rm(draft, { force: true });
    throw error;
  }
}

async function exportTickets(shell: Shell, { format, out }: Options): Promise<void> {
  const count = await withInstallation(shell, async ({ app }) => {
    const progress = startProgress(shell, out === undefined);
    const work = (sink: (text: string) => Promise<void>) =>
      app.get(TicketExport).write(format, sink, (done, total) => progress.update(done, total));
    try {
      return await (out === undefined ? work((text) => write(shell.stdout, text)) : intoFile(out, work));
    } finally {
      progress.stop();
    }
  });
  await write(shell.stderr, `${count} tickets exported.\n`);
}

export function addExport(program: Command, shell: Shell): void {
  const group = program.command('export').description('Write data into a file that others can read.');
  group
    .command('tickets')
    .description(
      'Write all tickets in the order of their ids, as they are at one moment; import tickets reads them again.',
    )
    .addOption(
      new Option(
        '--format <format>',
        "csv (RFC 4180; a cell that a spreadsheet would run is guarded with a leading ') or ndjson",
      )
        .choices(['csv', 'ndjson'])
        .makeOptionMandatory(),
    )
    .option('--out <path>', 'write into this file instead of the standard output')
    .action((options: Options) => exportTickets(shell, options));
}
