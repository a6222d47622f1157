import type { Queryable } from '../database/database.js';
import { invalid } from '../errors/problem.js';
import { type LongColumns, shortened } from './page.rows.js';

/** The query parameters that every list has, as they were read. */
export interface ListQuery {
  limit: number;
  cursor?: string | undefined;
  sort: string;
  count: boolean;
}

/** A condition with `?` for each of its values. */
export interface Condition {
  sql: string;
  values: unknown[];
}

export const where = (sql: string, ...values: unknown[]): Condition => ({ sql, values });

export type SortType = 'bigint' | 'timestamptz' | 'text' | 'uuid';

export interface List {
  /** `tickets` */
  from: string;
  /** Explicit columns. */
  columns: string;
  /** Those of its columns that may be long. */
  long?: LongColumns;
  /** Of what type the ids are; bigint without it. */
  ids?: 'bigint' | 'uuid';
  /** Sort name to the column expression that an index orders by, beside the cast of its cursor value. */
  sorts: Record<string, { column: string; type: SortType; nullable?: boolean }>;
}

export type Key = readonly [value: unknown, id: number | string];

/** How a list is read: its conditions, of which `anyOf` are alternatives, and its order. */
export class Reading {
  readonly sort: string;
  readonly order: List['sorts'][string];
  private readonly direction: 'ASC' | 'DESC';

  constructor(
    private readonly list: List,
    private readonly conditions: readonly Condition[],
    private readonly anyOf: readonly Condition[],
    query: ListQuery,
  ) {
    const descending = query.sort.startsWith('-');
    this.direction = descending ? 'DESC' : 'ASC';
    this.sort = descending ? query.sort.slice(1) : query.sort;
    const order = list.sorts[this.sort];
    if (order === undefined) throw invalid('sort', 'is not a field this list can be sorted by');
    this.order = order;
  }

  /** Where a row stands in the order. Where nothing is a value, lists sort it as empty text, unless they say that it may be null. */
  keyOf(row: { id: number | string } & Record<string, unknown>): Key {
    return [row[this.sort] ?? (this.order.nullable ? null : ''), row.id];
  }

  /** So many rows behind the one with this key. */
  async read<Row>(db: Queryable, count: number, key: Key | undefined): Promise<Row[]> {
    const { column, nullable } = this.order;
    if (!nullable) return this.select<Row>(db, this.behind(key), count);
    // Rows with a value first, then those without, in both directions: two scans of one index.
    const inNulls = key !== undefined && key[0] === null;
    const first = inNulls
      ? []
      : await this.select<Row>(db, [where(`${column} IS NOT NULL`), ...this.behind(key)], count);
    if (first.length === count) return first;
    const nulls = [where(`${column} IS NULL`), ...(inNulls ? [this.behindId(key[1])] : [])];
    return [...first, ...(await this.select<Row>(db, nulls, count - first.length, true))];
  }

  /** Rows with their long values, in any order. */
  whole<Row>(db: Queryable, ids: readonly (number | string)[]): Promise<Row[]> {
    const text = new Statement();
    const conditions = [...this.conditions, ...either(this.anyOf), where('id = ANY (?)', ids)];
    return db.query<Row>({
      prepare: true,
      text: `SELECT ${this.list.columns} FROM ${this.list.from}${text.where(conditions)}`,
      values: text.values,
    });
  }

  async count(db: Queryable): Promise<number> {
    const text = new Statement();
    const conditions = [...this.conditions, ...either(this.anyOf)];
    const [row] = await db.query<{ total: number }>({
      text: `SELECT count(*) AS total FROM ${this.list.from}${text.where(conditions)}`,
      values: text.values,
    });
    return row?.total ?? 0;
  }

  private behind(key: Key | undefined): Condition[] {
    if (key === undefined) return [];
    if (this.sort === 'id') return [this.behindId(key[1])];
    const { column, type } = this.order;
    return [where(`(${column}, id) ${this.compare} (?::${type}, ?)`, ...key)];
  }

  private behindId(id: number | string): Condition {
    return where(`id ${this.compare} ?`, id);
  }

  private get compare(): '<' | '>' {
    return this.direction === 'DESC' ? '<' : '>';
  }

  /** Each alternative is read in the order of its own index, and what is found is merged: an OR would read the whole list. */
  private select<Row>(db: Queryable, further: Condition[], count: number, byId = false): Promise<Row[]> {
    const { direction, list } = this;
    const columns = shortened(list.columns, list.long ?? {});
    const orderBy =
      byId || this.sort === 'id' ? `id ${direction}` : `${this.order.column} ${direction}, id ${direction}`;
    const text = new Statement();
    const limit = (): string => ` ORDER BY ${orderBy} LIMIT ${text.parameter(count)}`;
    const alternatives = this.anyOf.length === 0 ? [[]] : this.anyOf.map(withoutEarlier);
    const selects = alternatives.map(
      (own) =>
        `SELECT ${columns} FROM ${list.from}${text.where([...this.conditions, ...own, ...further])}${limit()}`,
    );
    return db.query<Row>({
      prepare: true,
      text:
        selects.length === 1
          ? selects.join()
          : `SELECT * FROM (${selects.map((select) => `(${select})`).join(' UNION ALL ')}) AS ${list.from}${limit()}`,
      values: text.values,
    });
  }
}

/**
 * The same for a statement that is written by hand: what follows its WHERE, from the parameter with this number on.
 * @param anyOf none: nothing follows.
 */
export function alsoOneOf(
  anyOf: readonly Condition[],
  firstParameter: number,
): { sql: string; values: unknown[] } {
  const text = new Statement(firstParameter - 1);
  const sql = either(anyOf).map((condition) => ` AND ${text.clause(condition)}`);
  return { sql: sql.join(''), values: text.values };
}

/** One of them must hold. */
const either = (anyOf: readonly Condition[]): Condition[] =>
  anyOf.length === 0
    ? []
    : [where(`(${anyOf.map(({ sql }) => sql).join(' OR ')})`, ...anyOf.flatMap(({ values }) => values))];

/** An alternative without the rows that an earlier one has found. */
const withoutEarlier = (own: Condition, index: number, all: readonly Condition[]): Condition[] => [
  own,
  ...all.slice(0, index).map(({ sql, values }) => where(`(${sql}) IS NOT TRUE`, ...values)),
];

/** Numbers the values of a statement as they come. */
class Statement {
  readonly values: unknown[] = [];

  /** @param before how many parameters the statement has already. */
  constructor(private readonly before = 0) {}

  parameter(value: unknown): string {
    this.values.push(value);
    return `$${this.before + this.values.length}`;
  }

  clause({ sql, values }: Condition): string {
    let next = 0;
    return sql.replace(/\?/g, () => this.parameter(values[next++]));
  }

  where(conditions: readonly Condition[]): string {
    const clauses = conditions.map((condition) => this.clause(condition));
    return clauses.length === 0 ? '' : ` WHERE ${clauses.join(' AND ')}`;
  }
}
