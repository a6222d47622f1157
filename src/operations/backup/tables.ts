import type { Queryable } from '../../platform/database/database.js';

/** What a table holds, so that two copies can be compared. */
export interface TableState {
  /** With its schema. */
  table: string;
  rows: number;
  /** Of all rows in whatever order. */
  checksum: string;
}

/** How values become text, whatever the settings of the server. */
const PLAIN_TEXT = [
  `SET LOCAL timezone = 'UTC'`,
  `SET LOCAL datestyle = 'ISO'`,
  `SET LOCAL intervalstyle = 'postgres'`,
  `SET LOCAL extra_float_digits = 1`,
  `SET LOCAL bytea_output = 'hex'`,
  `SET LOCAL search_path = pg_catalog`,
];

/** All tables but those of PostgreSQL itself, read in the snapshot of the caller's transaction. */
export async function tableStates(tx: Queryable): Promise<TableState[]> {
  for (const text of PLAIN_TEXT) await tx.query({ text });
  const tables = await tx.query<{ name: string }>({
    text: `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
           WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname, relname`,
  });
  const states: TableState[] = [];
  for (const { name } of tables) {
    // The name comes quoted from PostgreSQL.
    const [state] = await tx.query<{ rows: number; checksum: string }>({
      text: `SELECT count(*) AS rows,
                    coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text AS checksum
             FROM ${name} AS t`,
    });
    states.push({ table: name, rows: state?.rows ?? 0, checksum: state?.checksum ?? '' });
  }
  return states;
}

/** A line for each table that is not the same in both. */
export function differences(expected: TableState[], found: TableState[]): string[] {
  const byName = new Map(found.map((state) => [state.table, state]));
  return expected.flatMap(({ table, rows, checksum }) => {
    const other = byName.get(table);
    if (other === undefined) return [`${table} is missing`];
    if (other.rows !== rows) return [`${table} has ${other.rows} rows instead of ${rows}`];
    return other.checksum === checksum ? [] : [`${table} has other content in its ${rows} rows`];
  });
}
