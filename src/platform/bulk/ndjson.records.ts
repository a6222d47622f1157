/** One line of NDJSON, or why it cannot be read. */
export type JsonRecord = { line: number; value: Record<string, unknown> } | { line: number; error: string };

const LINE_FEED = 10;
const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseLine(line: number, bytes: Buffer): JsonRecord {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    return {
      line,
      error:
        error instanceof SyntaxError
          ? 'the line is not JSON'
          : 'the line is not UTF-8: save the file in that encoding',
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { line, error: 'the line is no JSON object' };
  }
  return { line, value: value as Record<string, unknown> };
}

/** Reads newline-delimited JSON, an object a line; empty lines are passed over. */
export async function* readNdjson(source: AsyncIterable<Buffer>): AsyncGenerator<JsonRecord> {
  let line = 0;
  let pieces: Buffer[] = [];
  function* take(bytes: Buffer): Generator<JsonRecord> {
    line += 1;
    if (bytes.toString('latin1').trim() !== '') yield parseLine(line, bytes);
  }
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      pieces.push(chunk.subarray(from, end));
      yield* take(Buffer.concat(pieces));
      pieces = [];
      from = end + 1;
    }
    pieces.push(chunk.subarray(from));
  }
  yield* take(Buffer.concat(pieces));
}
