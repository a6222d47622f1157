/** One record of a CSV file by the line it begins on, or why that line cannot be read. */
export type CsvRecord = { line: number; cells: string[] } | { line: number; error: string };

/** Bytes; as much as the API takes in one request. A quote that nobody closes is noticed here at the latest. */
const LONGEST_RECORD = 1_048_576;

const BOM = '\u00ef\u00bb\u00bf';

const OPEN_QUOTE =
  'a quote opens a cell and is never closed: double the quotes inside of a cell, then close it';
const STRAY_QUOTE =
  'a quote stands inside of a cell: put the whole cell in quotes and double the ones inside';
const NOT_UTF8 = 'is not UTF-8: save the file in that encoding';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type Read = { cells: string[]; next: number } | { problem: string } | 'incomplete';

/** Where the line that begins at or runs over `from` ends, behind its line end; -1 when the text ends before that. */
function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 10) return at + 1;
    if (char === 13) return text.charCodeAt(at + 1) === 10 ? at + 2 : at + 1;
  }
  return -1;
}

function readQuoted(
  text: string,
  from: number,
  final: boolean,
): { cell: string; next: number } | 'incomplete' | 'open' {
  let cell = '';
  for (let at = from + 1; ;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return final ? 'open' : 'incomplete';
    if (quote + 1 === text.length && !final) return 'incomplete';
    cell += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { cell, next: quote + 1 };
    cell += '"';
    at = quote + 2;
  }
}

/** Reads one record (RFC 4180); a line ends with CRLF, LF or CR, also mixed. */
function readRecord(text: string, start: number, final: boolean): Read {
  const cells: string[] = [];
  for (let at = start; ; at += 1) {
    if (text[at] === '"') {
      const quoted = readQuoted(text, at, final);
      if (quoted === 'incomplete') return quoted;
      if (quoted === 'open') return { problem: OPEN_QUOTE };
      cells.push(quoted.cell);
      at = quoted.next;
    } else {
      const from = at;
      while (at < text.length && !',\r\n"'.includes(text.charAt(at))) at += 1;
      if (text[at] === '"') return { problem: STRAY_QUOTE };
      cells.push(text.slice(from, at));
    }
    if (at >= text.length) return final ? { cells, next: at } : 'incomplete';
    if (text[at] === ',') continue;
    if (text[at] === '\n') return { cells, next: at + 1 };
    if (text[at] !== '\r') return { problem: STRAY_QUOTE };
    // Whether a line feed follows decides where the next line begins.
    if (at + 1 === text.length && !final) return 'incomplete';
    return { cells, next: text[at + 1] === '\n' ? at + 2 : at + 1 };
  }
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = lineEnd(text, from); at !== -1 && at <= to; at = lineEnd(text, at)) lines += 1;
  return lines;
}

function decode(cells: string[]): string[] {
  // Bytes were read as Latin-1; only those above 127 need a second look.
  // eslint-disable-next-line no-control-regex -- all of ASCII is meant.
  return cells.map((cell) => (/^[\x00-\x7f]*$/.test(cell) ? cell : utf8.decode(Buffer.from(cell, 'latin1'))));
}

function finish(line: number, cells: string[]): CsvRecord {
  try {
    return { line, cells: decode(cells) };
  } catch {
    return { line, error: `the line ${NOT_UTF8}` };
  }
}

/**
 * Reads CSV as a stream of records, each with the number of its first line. A record that cannot be read costs its
 * first line only: reading goes on at the next one, so that a forgotten quote does not swallow the rest of the file.
 *
 * By hand because csv-parse 7.0.3 cannot report lines so, whatever its options (test/unit/csv.spec.ts shows it): its
 * `info.lines` counts a CRLF inside of quotes twice, `skip_records_with_error` stays inside of the quotes after a bad one
 * and drops every row up to the next quote or the end of the file, and after `max_record_size` it reads no further row.
 * Starting it anew behind each bad line would need the bounds of records and lines found here, and leave it the cells.
 */
export async function* readCsv(source: AsyncIterable<Buffer>): AsyncGenerator<CsvRecord> {
  let text = '';
  let line = 1;
  function* drain(final: boolean): Generator<CsvRecord> {
    let at = line === 1 && text.startsWith(BOM) ? BOM.length : 0;
    while (at < text.length) {
      let read = readRecord(text, at, final);
      if (read === 'incomplete' && text.length - at > LONGEST_RECORD) read = { problem: OPEN_QUOTE };
      if (read === 'incomplete') break;
      if ('problem' in read) {
        const next = lineEnd(text, at);
        if (next === -1 && !final) break;
        yield { line, error: read.problem };
        at = next === -1 ? text.length : next;
        line += 1;
        continue;
      }
      const isBlank = read.cells.length === 1 && read.cells[0] === '';
      if (!isBlank) yield finish(line, read.cells);
      line += countLines(text, at, read.next);
      at = read.next;
    }
    text = text.slice(at);
  }
  for await (const chunk of source) {
    text += chunk.toString('latin1');
    // A BOM may come in two pieces.
    if (text.length >= BOM.length) yield* drain(false);
  }
  yield* drain(true);
}
