import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { type Command, Option } from 'commander';
import { type FileFormat, FORMATS } from '../platform/bulk/file.format.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { FILLS, STEPS } from '../spaces/history/time.steps.js';
import { OccupancyExport, type OccupancyExportOptions } from '../spaces/history/occupancy.export.js';
import { TicketExport } from '../tickets/ticket.export.js';
import { operator } from '../access/principal.js';
import { UserOperations } from '../users/user.operations.js';
import { withInstallation } from './installation.js';
import { startProgress } from './progress.js';
import { type Shell, write } from './shell.js';

interface Options {
  format: FileFormat;
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

type Sink = (text: string) => Promise<void>;
type OnProgress = (done: number, total: number) => void;

/** Writes into the file or to the standard output, and shows how far it is. @returns what the work counted. */
const writeExport = (
  shell: Shell,
  out: string | undefined,
  work: (app: INestApplicationContext, sink: Sink, onProgress: OnProgress) => Promise<number>,
): Promise<number> =>
  withInstallation(shell, async ({ app }) => {
    const progress = startProgress(shell, out === undefined);
    const run = (sink: Sink) => work(app, sink, (done, total) => progress.update(done, total));
    try {
      return await (out === undefined ? run((text) => write(shell.stdout, text)) : intoFile(out, run));
    } finally {
      progress.stop();
    }
  });

async function exportTickets(shell: Shell, { format, out, as }: Options & { as?: string }): Promise<void> {
  const count = await writeExport(shell, out, async (app, sink, onProgress) => {
    const principal = as === undefined ? operator : await app.get(UserOperations).principalOf(as);
    return app.get(TicketExport).write(format, sink, onProgress, principal);
  });
  await write(shell.stderr, `${count} tickets exported.\n`);
}

async function exportOccupancy(
  shell: Shell,
  { out, ...options }: Options & OccupancyExportOptions,
): Promise<void> {
  const count = await writeExport(shell, out, (app, sink, onProgress) =>
    app.get(OccupancyExport).write(options, sink, onProgress),
  );
  await write(shell.stderr, `${count} steps exported.\n`);
}

const formatOption = (): Option =>
  new Option(
    '--format <format>',
    "csv (RFC 4180; a cell that a spreadsheet would run is guarded with a leading ') or ndjson",
  )
    .choices(FORMATS)
    .makeOptionMandatory();

export function addExport(program: Command, shell: Shell): void {
  const group = program.command('export').description('Write data into a file that others can read.');
  group
    .command('tickets')
    .description(
      'Write all tickets in the order of their ids, as they are at one moment; import tickets reads them again.',
    )
    .addOption(formatOption())
    .option('--as <username>', 'only the tickets that this user sees')
    .option('--out <path>', 'write into this file instead of the standard output')
    .action((options: Options & { as?: string }) => exportTickets(shell, options));
  group
    .command('occupancy')
    .description('Write how full spaces were, space by space and step by step, as the API tells it.')
    .addOption(formatOption())
    .option('--space <id>', 'only this space')
    .option('--from <time>', 'ISO 8601; default: a day before --to')
    .option('--to <time>', 'ISO 8601; default: now')
    .addOption(new Option('--step <step>', 'how long a step is; default: 1h').choices(Object.keys(STEPS)))
    .addOption(new Option('--fill <fill>', 'what a step shows in which nothing happened').choices(FILLS))
    .option('--out <path>', 'write into this file instead of the standard output')
    .action((options: Options & OccupancyExportOptions) => exportOccupancy(shell, options));
}
