import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from '../turns.js';

/** What the items of a page have of the 8 MiB that an answer may be long; the rest is for the cursor and the like. */
const MOST_BYTES = 8 * 1024 * 1024 - 4 * 1024;

/** Bytes from which on a value is left out at first, and read when it is the page's turn. */
const LONG = 8 * 1024;

/** Bytes of long values that are read at a time. */
const PIECE_BYTES = 1024 * 1024;

/** Characters from which on a page is heavy. Short of that its JSON is below 2 MiB, for a character makes six bytes at most. */
const HEAVY = 256 * 1024;

/** Characters after whose measuring others get their turn of the event loop. */
const BREATH = 64 * 1024;

/** Two pages at a time, so that long ones take neither all connections nor all of the process. */
const heavyWork = new Turns(
  2,
  32,
  'Too many long pages are being read at the moment. Send the request again, or ask for fewer items.',
);

/** A row of which long values may have been left out: of so many bytes, if any. */
interface Shortened {
  unread_bytes?: number | null;
}

/** Column to its size in bytes, as SQL for which PostgreSQL need not read the value. */
export type LongColumns = Readonly<Record<string, string>>;

/** The columns of a list with the long values left out. */
export function shortened(columns: string, long: LongColumns): string {
  let text = columns;
  const unread: string[] = [];
  for (const [name, size] of Object.entries(long)) {
    text = text.replace(
      new RegExp(`\\b${name}\\b`),
      `CASE WHEN ${size} > ${LONG} THEN NULL ELSE ${name} END AS ${name}`,
    );
    unread.push(`CASE WHEN ${size} > ${LONG} THEN ${size} ELSE 0 END`);
  }
  return unread.length === 0 ? columns : `${text}, nullif(${unread.join(' + ')}, 0) AS unread_bytes`;
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

/** How many of the rows, at least one, fit into a page. */
async function fitting(rows: readonly (object | undefined)[]): Promise<number> {
  let bytes = 0;
  let unbroken = 0;
  for (const [index, row] of rows.entries()) {
    const text = JSON.stringify(row ?? null);
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

/** So many of the rows as a page may reach to: behind them nothing fits. */
function reach(rows: readonly Shortened[]): number {
  let bytes = 0;
  const end = rows.findIndex(({ unread_bytes }) => {
    const isBeyond = bytes > MOST_BYTES;
    bytes += unread_bytes ?? 0;
    return isBeyond;
  });
  return end === -1 ? rows.length : end;
}

/** The ids of the rows that were not read whole, in pieces of a megabyte. */
function piecesOf<Id>(rows: readonly (Shortened & { id: Id })[]): Id[][] {
  const pieces: Id[][] = [];
  let filled = PIECE_BYTES;
  for (const { id, unread_bytes } of rows) {
    if (!unread_bytes) continue;
    if (filled + unread_bytes > PIECE_BYTES) {
      pieces.push([]);
      filled = 0;
    }
    pieces.at(-1)?.push(id);
    filled += unread_bytes;
  }
  return pieces;
}

interface Filled<Row> {
  items: Row[];
  /** How many of the rows are behind us, with those that went meanwhile. */
  done: number;
  /** Whether to write the items as JSON takes so long that others would feel it. */
  heavy: boolean;
}

/**
 * Makes a page of rows: those that fit into 8 MiB of JSON, and always the first.
 * @param rows what was read of them, with long values left out.
 * @param readWhole reads rows by their ids, in any order, and without those that are gone.
 */
export async function fillPage<Row extends { id: number | string }>(
  rows: readonly (Row & Shortened)[],
  readWhole: (ids: Row['id'][]) => Promise<Row[]>,
): Promise<Filled<Row>> {
  const near = rows.slice(0, reach(rows));
  const pieces = piecesOf(near);
  const whole = new Map<Row['id'], Row>();
  if (pieces.length > 0)
    await heavyWork.run(async () => {
      for (const ids of pieces) for (const row of await readWhole(ids)) whole.set(row.id, row);
    });
  const found = near.map((row) => (row.unread_bytes ? whole.get(row.id) : row));
  const heavy = found.reduce((total, row) => total + charactersOf(row ?? {}), 0) >= HEAVY;
  const done = heavy ? await heavyWork.run(() => fitting(found)) : found.length;
  return { items: found.slice(0, done).filter((row) => row !== undefined), done, heavy };
}
