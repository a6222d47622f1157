import { stringify } from 'csv-stringify/sync';
import { guard } from './csv.guard.js';

/** What an export is written as. */
export const FORMATS = ['csv', 'ndjson'] as const;
export type FileFormat = (typeof FORMATS)[number];

/** RFC 4180 with its CRLF; a cell with a line end of any kind is quoted. */
const toCsv = (rows: readonly (readonly string[])[]): string =>
  stringify([...rows], { record_delimiter: '\r\n', quoted_match: /[\r\n]/ });

/** The line that names the columns, where the format has one. */
export const headOf = (format: FileFormat, columns: readonly string[]): string =>
  format === 'csv' ? toCsv([columns]) : '';

/** Rows as lines of a file; in CSV the columns in their order, a cell that a spreadsheet would run guarded. */
export const linesOf = <Row extends object>(
  format: FileFormat,
  columns: readonly (keyof Row & string)[],
  rows: readonly Row[],
): string =>
  format === 'csv'
    ? toCsv(rows.map((row) => columns.map((column) => guard(String(row[column] ?? '')))))
    : rows.map((row) => `${JSON.stringify(row)}\n`).join('');
