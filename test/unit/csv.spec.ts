import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { parse, type InfoRecord } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { guard, unguard } from '../../src/platform/bulk/csv.guard.js';
import { type CsvRecord, readCsv } from '../../src/platform/bulk/csv.records.js';
import { readNdjson } from '../../src/platform/bulk/ndjson.records.js';

function inChunks(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return Readable.from(chunks);
}

async function read(text: string | Buffer, size = 7): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const record of readCsv(inChunks(Buffer.from(text), size))) records.push(record);
  return records;
}

/** Text in which what matters here is frequent. */
const nasty = fc.oneof(
  fc.string({
    unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', '"', ',', 'a', ' ', 'é', '😀'),
  }),
  fc.string({ unit: 'grapheme' }),
);

describe('the guard against formulas', () => {
  test('is undone exactly, whatever the text', () => {
    fc.assert(fc.property(nasty, (text) => unguard(guard(text)) === text));
  });

  test('lets no dangerous character begin a cell', () => {
    fc.assert(fc.property(nasty, (text) => !/^[=+\-@\t\r]/.test(guard(text))));
  });

  test.each([
    ['=1+1', "'=1+1"],
    ["'=1+1", "''=1+1"],
    ["''@x", "'''@x"],
    ["'tis", "'tis"],
    ["'", "'"],
    ['a=1', 'a=1'],
  ])('%j becomes %j', (text, cell) => {
    expect(guard(text)).toBe(cell);
    expect(unguard(cell)).toBe(text);
  });
});

describe('reading CSV', () => {
  test('gives back what was written, at any size of chunk', async () => {
    const row = fc.array(
      nasty.filter((text) => text.isWellFormed()),
      { minLength: 2, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows, size) => {
          const written = stringify(
            rows.map((cells) => cells.map(guard)),
            { record_delimiter: '\r\n', quoted_match: /[\r\n]/ },
          );
          const records = await read(written, size);
          expect(records.map((record) => ('cells' in record ? record.cells.map(unguard) : record))).toEqual(
            rows,
          );
        },
      ),
    );
  });

  test('names the line on which a record begins, with any line end, and drops the BOM', async () => {
    expect(await read('\ufeffa,b\r\n1,"x\r\ny"\n\n2,"p\nq\rr"\r3,4')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['1', 'x\r\ny'] },
      { line: 5, cells: ['2', 'p\nq\rr'] },
      { line: 8, cells: ['3', '4'] },
    ]);
  });

  test('a bad line costs that line only', async () => {
    const bad = Buffer.concat([
      Buffer.from('a,b\n1,2"3\n4,5\n6,"7" 8\n9,10\n'),
      Buffer.from([0x31, 0x2c, 0xff, 0xfe, 0x0a]),
      Buffer.from('11,12\n13,"never closed\n14,15\n'),
    ]);
    expect(await read(bad)).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, error: expect.stringContaining('a quote stands inside of a cell') },
      { line: 3, cells: ['4', '5'] },
      { line: 4, error: expect.stringContaining('a quote stands inside of a cell') },
      { line: 5, cells: ['9', '10'] },
      { line: 6, error: expect.stringContaining('not UTF-8') },
      { line: 7, cells: ['11', '12'] },
      { line: 8, error: expect.stringContaining('never closed') },
      { line: 9, cells: ['14', '15'] },
    ]);
  });

  test('a quote that nobody closes is given up after a mebibyte, and not at the end of the file', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from('a,b\n1,"open\n');
      for (; sent < 100; sent += 1) yield await Promise.resolve(Buffer.from('2,3\n'.repeat(16_384)));
    }
    const records: CsvRecord[] = [];
    for await (const record of readCsv(endless())) {
      records.push(record);
      if (records.length === 4) break;
    }
    expect(sent).toBeLessThan(20);
    expect(records.slice(1)).toEqual([
      { line: 2, error: expect.stringContaining('never closed') },
      { line: 3, cells: ['2', '3'] },
      { line: 4, cells: ['2', '3'] },
    ]);
  });
});

describe('csv-parse cannot give these reports; once it can, it replaces the reader', () => {
  /** The first cell of each record by the line csv-parse gives it, as readCsv() does for a record of one line. */
  function library(text: string, options: { max_record_size?: number } = {}): string[] {
    const given = parse(text, {
      ...{ info: true, raw: true, relax_column_count: true, skip_records_with_error: true },
      ...{ record_delimiter: ['\r\n', '\n', '\r'], ...options },
    }) as unknown as { record: string[]; info: InfoRecord }[];
    return given.map(({ record, info }) => `${info.lines}: ${record[0]}`);
  }
  const ours = async (text: string) =>
    (await read(text)).flatMap((record) => ('cells' in record ? [`${record.line}: ${record.cells[0]}`] : []));

  test('it counts a line end of CRLF inside of quotes twice', async () => {
    const text = 'a,b\r\n1,"x\r\ny"\r\n2,z\r\n';
    expect(await ours(text)).toEqual(['1: a', '2: 1', '4: 2']);
    expect(library(text)).toEqual(['1: a', '4: 1', '5: 2']);
  });

  test('it swallows good rows up to the next quote, or to the end', async () => {
    const text = 'a,b\n1,"2" x\n3,4\n5,"6"\n7,8\n9,"open\n10,11\n';
    expect(await ours(text)).toEqual(['1: a', '3: 3', '4: 5', '5: 7', '7: 10']);
    expect(library(text)).toEqual(['1: a', '5: 7']);
  });

  test('it reads nothing after a record that is too long', async () => {
    const text = `a,b\n1,"${'x\n'.repeat(20)}`;
    expect(await ours(`${text}2,3\n4,5\n`)).toEqual(expect.arrayContaining(['22: 2', '23: 4']));
    expect(library(`${text}2,3\n4,5\n`, { max_record_size: 10 })).toEqual(['1: a']);
  });
});

test('NDJSON is read line by line, and a bad line costs that line only', async () => {
  const source = Buffer.concat([
    Buffer.from('{"a":"é"}\r\n\n[1]\n{"a":\n'),
    Buffer.from([0xff, 0x0a]),
    Buffer.from('{"a":2}'),
  ]);
  const records = [];
  for await (const record of readNdjson(inChunks(source, 3))) records.push(record);
  expect(records).toEqual([
    { line: 1, value: { a: 'é' } },
    { line: 3, error: 'the line is no JSON object' },
    { line: 4, error: 'the line is not JSON' },
    { line: 5, error: expect.stringContaining('not UTF-8') },
    { line: 6, value: { a: 2 } },
  ]);
});
