import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { StartupError } from '../platform/errors/startup-error.js';
import { uuidIn } from '../platform/http/text.js';
import { momentParameter } from '../platform/pagination/page.js';
import { OccupancyExport, type OccupancyExportOptions } from '../spaces/history/occupancy.export.js';
import { FILLS } from '../spaces/history/occupancy.schemas.js';
import { STEPS } from '../spaces/history/time.steps.js';
import { type ExportFormat, TicketExport } from '../tickets/ticket.export.js';
import { withInstallation } from './installation.js';
import { startProgress } from './progress.js';
import { type Shell, write } from './shell.js';

const OUT = 'write into this file instead of the standard output';

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

interface Exported {
  /** What is counted. */
  what: string;
  write(
    app: INestApplicationContext,
    sink: (text: string) => Promise<void>,
    onProgress: (done: number, total: number) => void,
  ): Promise<number>;
}

async function exportData(shell: Shell, out: string | undefined, exported: Exported): Promise<void> {
  const count = await withInstallation(shell, async ({ app }) => {
    const progress = startProgress(shell, out === undefined);
    const work = (sink: (text: string) => Promise<void>) =>
      exported.write(app, sink, (done, total) => progress.update(done, total));
    try {
      return await (out === undefined ? work((text) => write(shell.stdout, text)) : intoFile(out, work));
    } finally {
      progress.stop();
    }
  });
  await write(shell.stderr, `${count} ${exported.what} exported.\n`);
}

const formatOption = (): Option =>
  new Option(
    '--format <format>',
    "csv (RFC 4180; a cell that a spreadsheet would run is guarded with a leading ') or ndjson",
  )
    .choices(['csv', 'ndjson'])
    .makeOptionMandatory();

function parseMoment(value: string): string {
  const parsed = momentParameter.safeParse(value);
  if (!parsed.success) throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message}.`);
  return parsed.data;
}

function parseSpace(value: string): string {
  const id = uuidIn(value);
  if (id === undefined) throw new InvalidArgumentError('It must be the id of a space, a UUID.');
  return id;
}

export function addExport(program: Command, shell: Shell): void {
  const group = program.command('export').description('Write data into a file that others can read.');
  group
    .command('tickets')
    .description(
      'Write all tickets in the order of their ids, as they are at one moment; import tickets reads them again.',
    )
    .addOption(formatOption())
    .option('--out <path>', OUT)
    .action(({ format, out }: Options) =>
      exportData(shell, out, {
        what: 'tickets',
        write: (app, sink, onProgress) => app.get(TicketExport).write(format, sink, onProgress),
      }),
    );
  group
    .command('occupancy')
    .description(
      'Write how full spaces were, step by step: the mean, the most, the fewest and the last number of people, and who came and left.',
    )
    .addOption(formatOption())
    .option('--out <path>', OUT)
    .option('--space <id>', 'only this space', parseSpace)
    .option('--from <time>', 'ISO 8601; default: since each space counts', parseMoment)
    .option('--to <time>', 'ISO 8601; default: now', parseMoment)
    .addOption(
      new Option('--step <length>', 'in the time zone of each space')
        .choices(Object.keys(STEPS))
        .default('1h'),
    )
    .addOption(
      new Option(
        '--fill <what>',
        'what a step shows in which nothing happened: nothing, the count as it stayed, or 0',
      )
        .choices([...FILLS])
        .default('null'),
    )
    .action(({ out, ...options }: OccupancyExportOptions & { out?: string }) =>
      exportData(shell, out, {
        what: 'steps',
        write: (app, sink, onProgress) => app.get(OccupancyExport).write(options, sink, onProgress),
      }),
    );
}
