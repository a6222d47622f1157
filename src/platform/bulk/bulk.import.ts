import type { z } from 'zod';
import { problemFromDatabase } from '../errors/postgres.js';
import { Problem } from '../errors/problem.js';
import { normalise } from '../validation/text.js';
import type { SourceLine, SourceRow } from './row.source.js';

const BATCH = 500;

/** What became of one line. */
export interface Outcome {
  line: number;
  /** Why the line was left out. */
  error?: string;
  /** How many of its texts were stored in another form than the file's: NFC, and without blanks at the ends. */
  changed_texts?: number;
}

/** A line of a report; `line` is a number, or the table and id in a database. */
export interface ReportedLine {
  line: number | string;
  error?: string;
}

/** The feature's part of an import: what a line may hold, and how a batch of lines is checked and kept. */
export interface Importer {
  readonly fields: readonly string[];
  /**
   * Checks the rows and, unless it is a dry run, writes the good ones with their audit rows: all in one transaction, or
   * each in its own. A refusal that it throws means that nothing of the batch was kept; it is then tried in halves.
   * @returns an outcome for each row.
   */
  importBatch(rows: SourceRow[], dryRun: boolean): Promise<Outcome[]>;
}

/** Values that may occur once in a file, with the line that had them first. */
export class SeenKeys {
  private readonly lines = new Map<string, number>();

  /** The earlier line with this value. A line never meets itself, so that a batch may be tried again. */
  holder(kind: string, key: string, line: number): number | undefined {
    const found = this.lines.get(`${kind} ${key}`);
    return found === line ? undefined : found;
  }

  claim(kind: string, key: string, line: number): void {
    this.lines.set(`${kind} ${key}`, line);
  }
}

/** The value that a schema makes of a row, or the sentence for the report. */
export function readRow<T>(schema: z.ZodType<T>, { values }: SourceRow): { data: T } | { error: string } {
  const parsed = schema.safeParse(values);
  if (parsed.success) return { data: parsed.data };
  const reasons = parsed.error.issues.map(({ path, message }) => {
    const field = path.join('.');
    return `${field}: ${path.length === 1 && values[field] === undefined ? 'is missing' : message}`;
  });
  return { error: reasons.join('; ') };
}

/** How many of the fields were changed by normalising the text. */
export const countChanged = (values: Record<string, unknown>, fields: readonly string[]): number =>
  fields.filter((field) => {
    const value = values[field];
    return typeof value === 'string' && normalise(value) !== value;
  }).length;

/** The refusal that is the row's own fault, if it is one. */
export function refusalOf(error: unknown): string | undefined {
  const problem = error instanceof Problem ? error : problemFromDatabase(error);
  return problem !== undefined && problem.status < 500 ? problem.detail : undefined;
}

/** A batch that the database refuses is halved until the row at fault stands alone. */
async function importRows(importer: Importer, rows: SourceRow[], dryRun: boolean): Promise<Outcome[]> {
  const [first] = rows;
  if (first === undefined) return [];
  try {
    return await importer.importBatch(rows, dryRun);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    if (rows.length === 1) return [{ line: first.line, error: refusal }];
    const middle = Math.ceil(rows.length / 2);
    const before = await importRows(importer, rows.slice(0, middle), dryRun);
    return [...before, ...(await importRows(importer, rows.slice(middle), dryRun))];
  }
}

/**
 * Imports line by line in batches, in bounded memory.
 * @returns the outcomes of each batch, in the order of the lines, once what is good in it is kept; of a dry run nothing is.
 */
export async function* importLines(
  importer: Importer,
  lines: AsyncIterable<SourceLine>,
  dryRun: boolean,
): AsyncGenerator<Outcome[]> {
  let batch: SourceLine[] = [];
  const flush = async (): Promise<Outcome[]> => {
    const rows = batch.filter((line) => 'values' in line);
    const unreadable = batch.filter((line) => 'error' in line);
    batch = [];
    const outcomes: Outcome[] = [...unreadable, ...(await importRows(importer, rows, dryRun))];
    return outcomes.sort((a, b) => a.line - b.line);
  };
  for await (const line of lines) {
    batch.push(line);
    if (batch.length === BATCH) yield await flush();
  }
  if (batch.length > 0) yield await flush();
}
