import type { Queryable } from './database.js';

interface Change {
  table: string;
  /** The columns to answer with. */
  columns: string;
  id: number | string;
  /** Column to value; the names come from the keys of a checked schema, never from a client. */
  changes: Record<string, unknown>;
  /** Further assignments, as SQL. */
  also?: string[];
}

/** Changes one row that the caller has locked, and counts the change in its version. @returns the row as it became. */
export async function changeRow<Row>(
  tx: Queryable,
  { table, columns, id, changes, also = [] }: Change,
): Promise<Row> {
  const assignments = [
    ...Object.keys(changes).map((name, index) => `${name} = $${index + 2}`),
    ...also,
    'version = version + 1',
    'updated_at = now()',
  ];
  const [row] = await tx.query<Row>({
    text: `UPDATE ${table} SET ${assignments.join(', ')} WHERE id = $1 RETURNING ${columns}`,
    values: [id, ...Object.values(changes)],
  });
  if (row === undefined) throw new Error(`the row ${id} of ${table} that was locked is gone`);
  return row;
}
