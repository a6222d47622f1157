import type { Queryable, Sql } from './database.js';

/** Few enough that even rows of 80 kB stay below a megabyte. */
const FIRST_ROWS = 10;
const MOST_ROWS = 1_000;

/** About how many characters are fetched at a time. */
const PIECE = 1024 * 1024;

/** Characters of the texts in a row: whatever else there is in it is short. */
const lengthOf = (row: object): number =>
  Object.values(row).reduce((sum: number, value) => sum + (typeof value === 'string' ? value.length : 0), 1);

/**
 * Reads the rows of one statement by a cursor, a megabyte or so at a time, so that neither side ever holds them all.
 * @param tx a transaction, which ends the cursor as well; one at a time.
 */
export async function* readByCursor<Row extends object>(
  tx: Queryable,
  { text, values }: Sql,
): AsyncGenerator<Row[]> {
  await tx.query({ text: `DECLARE rows_read NO SCROLL CURSOR FOR ${text}`, values });
  let size = 0;
  for (let count = FIRST_ROWS; ; count = Math.min(MOST_ROWS, Math.max(1, Math.floor(PIECE / size)))) {
    const rows = await tx.query<Row>({ text: `FETCH ${count} FROM rows_read` });
    if (rows.length > 0) yield rows;
    if (rows.length < count) break;
    size = Math.max(size, ...rows.map(lengthOf));
  }
  await tx.query({ text: 'CLOSE rows_read' });
}
