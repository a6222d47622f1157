import type { Queryable } from '../database/database.js';
import { columnsOf, type Fields, typedColumns } from './description.js';

/** What a row brings along that was elsewhere before: all rows of one statement do, or none. */
export interface Past {
  id: number;
  version: number;
  created_at: string;
  updated_at: string;
}

interface Table {
  table: string;
  fields: Fields;
  /** What every new row has. */
  columns: readonly string[];
  /** Columns that every new row has too and that nobody reads with the rest. */
  unread?: Fields;
}

/**
 * Inserts rows whose columns are described; ids and times are drawn where a row brings none along.
 * @returns the rows in the order of those given, if the ids that they bring along are in that order.
 */
export async function insertRows<Row extends { id: number }>(
  tx: Queryable,
  { table, fields, columns, unread = {} }: Table,
  rows: readonly (Record<string, unknown> & Partial<Past>)[],
): Promise<Row[]> {
  const own = ['id', 'version'].filter((name) => rows.some((row) => row[name] !== undefined));
  const given = [...own, ...columns, ...Object.keys(unread)];
  const inserted = await tx.query<Row>({
    prepare: true,
    text: `INSERT INTO ${table} (${given.join(', ')}, created_at, updated_at)
           SELECT ${given.join(', ')}, coalesce(created_at, now()), coalesce(updated_at, created_at, now())
           FROM jsonb_to_recordset($1) AS new(${typedColumns({ ...fields, ...unread }, given)}, created_at timestamptz, updated_at timestamptz,
             position integer)
           ORDER BY position RETURNING ${columnsOf(fields)}`,
    values: [JSON.stringify(rows.map((row, position) => ({ ...row, position })))],
  });
  // Identities are drawn in the order of the rows.
  return inserted.sort((one, other) => one.id - other.id);
}
