import { stringify } from 'csv-stringify/sync';
import { guard } from './csv.guard.js';

/**
 * Lines of a CSV file: RFC 4180 with its CRLF; a cell with a line end of any kind is quoted, and one that a spreadsheet
 * would run is guarded.
 */
export const csvLines = (rows: readonly (readonly (string | number | null)[])[]): string =>
  stringify(
    rows.map((cells) => cells.map((cell) => guard(String(cell ?? '')))),
    { record_delimiter: '\r\n', quoted_match: /[\r\n]/ },
  );
