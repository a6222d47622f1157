import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { StartupError } from '../errors/startup-error.js';
import { unguard } from './csv.guard.js';
import { readCsv } from './csv.records.js';
import { readNdjson } from './ndjson.records.js';

/** What a line holds for the fields that are imported; an empty cell and a JSON null are left out. */
export interface SourceRow {
  line: number;
  values: Record<string, unknown>;
}

export type SourceLine = SourceRow | { line: number; error: string };

export interface RowSource {
  lines: AsyncIterable<SourceLine>;
  /** Columns of the file that no field takes; known once the lines are read. */
  unused: Set<string>;
}

interface SourceOptions {
  /** `.csv` or `.ndjson` (`.jsonl`), each also with `.gz`. */
  path: string;
  /** The fields that may be filled. */
  fields: readonly string[];
  /** Field to the column that fills it; a field that is not named is filled by the column of its name. */
  map: ReadonlyMap<string, string>;
  /** Bytes of the file as they are read. */
  onProgress: (bytes: number) => void;
}

const KINDS = /\.(csv|ndjson|jsonl)(\.gz)?$/i;

const nameOf = (column: string): string => column.trim().toLowerCase();

/**
 * Opens a file of rows; nothing is read before the lines are asked for.
 * @throws StartupError for a suffix it does not know; reading throws one when the file cannot be read.
 */
export function openRows(options: SourceOptions): RowSource {
  const [, kind = '', compressed] = KINDS.exec(options.path) ?? [];
  if (kind === '')
    throw new StartupError(`${options.path} is neither .csv nor .ndjson (both may end in .gz): rename it`);
  const bytes = readBytes(options, compressed !== undefined);
  const unused = new Set<string>();
  const lines =
    kind.toLowerCase() === 'csv' ? csvLines(options, bytes, unused) : jsonLines(options, bytes, unused);
  return { lines, unused };
}

async function* readBytes({ path, onProgress }: SourceOptions, compressed: boolean): AsyncGenerator<Buffer> {
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      onProgress(bytes);
      done(null, chunk);
    },
  });
  const file = createReadStream(path);
  const last = compressed ? counted.pipe(createGunzip()) : counted;
  file.on('error', (error) => last.destroy(error));
  file.pipe(counted);
  try {
    yield* last as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartupError(
      `${path} cannot be read (${code ?? message}): check the path, its rights and that it is whole`,
      {
        cause: error,
      },
    );
  } finally {
    file.destroy();
  }
}

/** Which column of the header fills which field. */
function assign(
  header: string[],
  { path, fields, map }: SourceOptions,
  unused: Set<string>,
): (string | undefined)[] {
  const columns = header.map(nameOf);
  const twice = columns.find((column, index) => column !== '' && columns.indexOf(column) !== index);
  if (twice !== undefined) throw new StartupError(`${path} has two columns named ${twice}: rename one`);
  const missing = [...map.values()].find((column) => !columns.includes(nameOf(column)));
  if (missing !== undefined) {
    throw new StartupError(
      `${path} has no column ${missing}, which --map names; its columns are ${columns.join(', ')}`,
    );
  }
  const assigned = fieldsByColumn(fields, map);
  const found = columns.map((column) => assigned.get(column));
  columns.forEach((column, index) => {
    if (found[index] === undefined) unused.add(column);
  });
  if (found.every((field) => field === undefined)) {
    throw new StartupError(
      `${path} has none of the columns ${fields.join(', ')}: name the columns on its first line, or use --map`,
    );
  }
  return found;
}

function fieldsByColumn(fields: readonly string[], map: ReadonlyMap<string, string>): Map<string, string> {
  const assigned = new Map<string, string>();
  for (const field of fields) if (!map.has(field)) assigned.set(field, field);
  for (const [field, column] of map) assigned.set(nameOf(column), field);
  return assigned;
}

async function* csvLines(
  options: SourceOptions,
  bytes: AsyncIterable<Buffer>,
  unused: Set<string>,
): AsyncGenerator<SourceLine> {
  let columns: (string | undefined)[] | undefined;
  for await (const record of readCsv(bytes)) {
    if ('error' in record) {
      if (columns === undefined)
        throw new StartupError(`${options.path}, line ${record.line}: ${record.error}`);
      yield record;
    } else if (columns === undefined) {
      columns = assign(record.cells, options, unused);
    } else if (record.cells.length !== columns.length) {
      yield {
        line: record.line,
        error: `has ${record.cells.length} cells where the first line has ${columns.length}`,
      };
    } else {
      const values: Record<string, unknown> = {};
      for (const [index, field] of columns.entries()) {
        const cell = unguard(record.cells[index] ?? '');
        if (field !== undefined && cell !== '') values[field] = cell;
      }
      yield { line: record.line, values };
    }
  }
  if (columns === undefined)
    throw new StartupError(`${options.path} is empty: its first line must name the columns`);
}

async function* jsonLines(
  { fields, map }: SourceOptions,
  bytes: AsyncIterable<Buffer>,
  unused: Set<string>,
): AsyncGenerator<SourceLine> {
  const assigned = fieldsByColumn(fields, map);
  for await (const record of readNdjson(bytes)) {
    if ('error' in record) {
      yield record;
      continue;
    }
    const values: Record<string, unknown> = {};
    for (const [column, value] of Object.entries(record.value)) {
      const field = assigned.get(nameOf(column));
      if (field === undefined) unused.add(column);
      else if (value !== null) values[field] = value;
    }
    yield { line: record.line, values };
  }
}
