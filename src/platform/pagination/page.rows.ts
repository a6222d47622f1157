import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from '../turns.js';

/** A page of 50 and the row that tells whether there are more: the usual page is one statement. */
const ROWS_AT_ONCE = 51;

/** What the items of a page have of the 8 MiB that an answer may be long; the rest is for the cursor and the like. */
const MOST_BYTES = 8 * 1024 * 1024 - 4 * 1024;

/** Characters from which on a page is heavy. Short of that its JSON is below 2 MiB, for a character makes six bytes at most. */
const LIGHT = 256 * 1024;

/** Characters after whose measuring others get their turn of the event loop. */
const BREATH = 256 * 1024;

/** Heavy rows are read for two pages at a time, so that they neither take all connections nor all of the process. */
const heavyReads = new Turns(
  2,
  32,
  'Too many long pages are being read at the moment. Send the request again, or ask for fewer items.',
);

interface PageRows<Row> {
  rows: Row[];
  /** Whether the list goes on behind them. */
  more: boolean;
  /** Whether to write them as JSON takes so long that others would feel it. */
  heavy: boolean;
}

const lengthOf = (value: unknown): number => {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 4;
};

/** Characters of the values: never more than the bytes of the row as JSON. */
function charactersOf(row: object): number {
  let sum = 0;
  for (const value of Object.values(row)) sum += lengthOf(value);
  return sum;
}

const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);

/** How many of the rows, at least one, fit into a page. */
async function fitting(rows: readonly object[]): Promise<number> {
  let bytes = 0;
  let unbroken = 0;
  for (const [index, row] of rows.entries()) {
    const text = JSON.stringify(row);
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > MOST_BYTES && index > 0) return index;
    unbroken += text.length;
    if (unbroken >= BREATH) {
      unbroken = 0;
      await nextTurn();
    }
  }
  return rows.length;
}

/**
 * Reads the rows of a page, up to `limit` or 8 MiB of JSON, whichever comes first, and never many more than are shown:
 * few statements of few rows, and beyond the first heavy ones only when it is the page's turn.
 * @param read so many rows of the list, behind this one.
 */
export async function readRows<Row extends object>(
  read: (count: number, behind: Row | undefined) => Promise<Row[]>,
  limit: number,
): Promise<PageRows<Row>> {
  const wanted = limit + 1;
  const next = (count: number): Promise<Row[]> => read(count, rows.at(-1));
  const rows: Row[] = [];
  let characters = 0;
  for (let ended = false; !ended && rows.length < wanted && characters < MOST_BYTES;) {
    const room =
      characters === 0 ? wanted : Math.ceil(((MOST_BYTES - characters) / characters) * rows.length);
    const count = Math.min(wanted - rows.length, ROWS_AT_ONCE, room);
    const piece = characters < LIGHT ? await next(count) : await heavyReads.run(() => next(count));
    rows.push(...piece);
    characters += sum(piece.map(charactersOf));
    ended = piece.length < count;
  }
  const heavy = characters >= LIGHT;
  const shown = heavy ? await heavyReads.run(() => fitting(rows.slice(0, limit))) : limit;
  return { rows: rows.slice(0, shown), more: rows.length > shown, heavy };
}
