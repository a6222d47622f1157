import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import type { Outcome, ReportedLine } from '../platform/bulk/bulk.import.js';
import { guard } from '../platform/bulk/csv.guard.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { type Shell, write } from './shell.js';

export interface LineReport {
  /** Adds lines: `line,ok|error,reason` as CSV, or a JSON object each. */
  add(lines: ReportedLine[]): Promise<void>;
  /** Adds the object that ends a JSON report; in CSV the sum is told on the standard error only. */
  close(summary: object): Promise<void>;
}

const asCsv = (lines: ReportedLine[]): string =>
  stringify(
    lines.map(({ line, error }) => [String(line), error === undefined ? 'ok' : 'error', guard(error ?? '')]),
  );

const asJson = (lines: ReportedLine[]): string =>
  lines
    .map(({ line, error }) =>
      JSON.stringify({ line, result: error === undefined ? 'ok' : 'error', reason: error ?? null }),
    )
    .join('\n')
    .concat(lines.length > 0 ? '\n' : '');

/** Opens the report: the standard output, or a file that only its owner may read. */
export async function openReport(
  shell: Shell,
  { report, json }: { report?: string; json?: boolean },
): Promise<LineReport> {
  const file = report === undefined ? undefined : createWriteStream(report, { mode: 0o600 });
  await new Promise<void>((resolve, reject) => {
    if (file === undefined) return resolve();
    file.once('open', () => resolve());
    file.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new StartupError(`${report} cannot be written (${error.code}): choose another file with --report`, {
          cause: error,
        }),
      ),
    );
  });
  const stream = file ?? shell.stdout;
  if (!json) await write(stream, 'line,result,reason\n');
  return {
    add: (lines) => write(stream, json ? asJson(lines) : asCsv(lines)),
    close: async (summary) => {
      if (json) await write(stream, `${JSON.stringify({ summary })}\n`);
      if (file === undefined) return;
      file.end();
      await finished(file);
    },
  };
}

/** What an import came to. */
export class Tally {
  ok = 0;
  errors = 0;
  changed_texts = 0;

  add(outcomes: Pick<Outcome, 'error' | 'changed_texts'>[]): void {
    for (const { error, changed_texts = 0 } of outcomes) {
      if (error === undefined) {
        this.ok += 1;
        this.changed_texts += changed_texts;
      } else {
        this.errors += 1;
      }
    }
  }
}
