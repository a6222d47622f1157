import { stat } from 'node:fs/promises';
import { type Importer, importLines } from '../platform/bulk/bulk.import.js';
import { openRows } from '../platform/bulk/row.source.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { checkMap, type ImportOptions } from './import.options.js';
import { openReport, Tally } from './line.report.js';
import { startProgress } from './progress.js';
import { type Shell, write } from './shell.js';

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(`${path} cannot be read (${code}): check the path and its rights`, {
      cause: error,
    });
  }
}

function sentence(tally: Tally, dryRun: boolean, unused: Set<string>): string {
  const done = dryRun ? 'would be imported (nothing was written)' : 'imported';
  return [
    `${tally.ok} of ${tally.ok + tally.errors} lines ${done}, ${tally.errors} left out with an error.`,
    `${tally.changed_texts} texts changed by NFC and trimming.`,
    ...(unused.size === 0 ? [] : [`Columns without use: ${[...unused].join(', ')}.`]),
  ].join(' ');
}

/** Imports a file and reports each line; a line with an error makes the exit code 1 and stops nothing. */
export async function importFile(shell: Shell, importer: Importer, options: ImportOptions): Promise<void> {
  const { file, map = new Map<string, string>(), dryRun = false } = options;
  checkMap(map, importer.fields);
  const total = await sizeOf(file);
  const progress = startProgress(shell, options.report === undefined);
  const tally = new Tally();
  const onProgress = (bytes: number) => progress.update(bytes, total);
  const { lines, unused } = openRows({ path: file, fields: importer.fields, map, onProgress });
  const report = await openReport(shell, options);
  try {
    for await (const outcomes of importLines(importer, lines, dryRun)) {
      tally.add(outcomes);
      await report.add(outcomes);
    }
  } catch (error) {
    await report.close({ ...tally, aborted: true });
    await write(shell.stderr, `${sentence(tally, dryRun, unused)} Then the import was broken off:\n`);
    throw error;
  } finally {
    progress.stop();
  }
  await report.close({
    ...tally,
    lines: tally.ok + tally.errors,
    dry_run: dryRun,
    unused_columns: [...unused],
  });
  await write(shell.stderr, `${sentence(tally, dryRun, unused)}\n`);
  if (tally.errors > 0) shell.exitCode = 1;
}
