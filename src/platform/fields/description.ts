import type { z } from 'zod';
import type { Condition, List, SortType } from '../pagination/page.reading.js';

interface SqlTypes {
  bigint: number;
  boolean: boolean;
  date: string;
  integer: number;
  text: string;
  'text[]': string[];
  timestamptz: string;
  uuid: string;
}

/** A query parameter that narrows a list. */
export interface Filter {
  schema: z.ZodType;
  description: string;
  /** @param me the id of the user who asks; null for whoever is no user. */
  where: (value: never, me: number | null) => Condition;
}

/** All that a field of a resource is; schemas, columns, SQL lists, filters, import and export follow from it. */
export interface Field {
  /** Of the column, which is called as the field. */
  type: keyof SqlTypes;
  nullable?: true;
  /** In answers; without it the field is shown to nobody. */
  shown?: z.ZodType;
  /** In the body that makes one; without it the service decides. */
  created?: z.ZodType;
  /** In the body that changes one. */
  patched?: z.ZodType;
  /** The permission without which nobody changes it, where a change of the rest needs another one. */
  needs?: string;
  /** Lists can be ordered by it: there is an index over it and the id. */
  sorts?: true;
  filters?: Record<string, Filter>;
  exported?: true;
  /** As a cell of a file that is imported. */
  imported?: z.ZodType;
  /** Its values stand apart from the rows of the audit. */
  apart?: 'long' | 'personal';
}

export type Fields = Record<string, Field>;

/** A row with these columns. */
export type RowOf<F extends Fields> = {
  [Name in keyof F]: SqlTypes[F[Name]['type']] | (F[Name] extends { nullable: true } ? null : never);
};

type Part = 'shown' | 'created' | 'patched' | 'imported';

type ShapeOf<F extends Fields, P extends Part> = {
  [Name in keyof F as F[Name] extends Record<P, z.ZodType> ? Name : never]: F[Name] extends Record<P, infer S>
    ? S
    : never;
};

/** One part of the description as the shape of a schema, in the order of the fields. */
export function shapeOf<F extends Fields, P extends Part>(fields: F, part: P): ShapeOf<F, P> {
  const members = Object.entries(fields).flatMap(([name, field]) =>
    field[part] === undefined ? [] : [[name, field[part]]],
  );
  return Object.fromEntries(members) as ShapeOf<F, P>;
}

type FilterOf<F extends Fields> = {
  [Name in keyof F]: F[Name] extends { filters: infer G } ? G : never;
}[keyof F];

type AllKeys<Union> = Union extends unknown ? keyof Union : never;

type SchemaOf<Union, Name extends PropertyKey> =
  Union extends Record<Name, { schema: infer S extends z.ZodType }> ? S : never;

type FilterShape<F extends Fields> = {
  [Name in AllKeys<FilterOf<F>>]: z.ZodOptional<SchemaOf<FilterOf<F>, Name>>;
};

const filtersOf = (fields: Fields): [name: string, filter: Filter][] =>
  Object.values(fields).flatMap(({ filters = {} }) => Object.entries(filters));

/** The query parameters that filter, each of which may be absent. */
export const filterShape = <F extends Fields>(fields: F): FilterShape<F> =>
  Object.fromEntries(
    filtersOf(fields).map(([name, { schema, description }]) => [
      name,
      schema.optional().meta({ description }),
    ]),
  ) as FilterShape<F>;

/** The conditions that a query asks for. */
export const conditionsOf = (fields: Fields, query: object, me: number | null): Condition[] =>
  filtersOf(fields).flatMap(([name, { where }]) => {
    const value = (query as Record<string, unknown>)[name];
    return value === undefined ? [] : [where(value as never, me)];
  });

/** Names of the fields that have something, in their order. */
export const namesWith = <F extends Fields>(
  fields: F,
  has: (field: Field) => boolean,
): (keyof F & string)[] => Object.keys(fields).filter((name) => has(fields[name] as Field));

/** All columns, as SQL. */
export const columnsOf = (fields: Fields): string => Object.keys(fields).join(', ');

/** Columns with their types, for a record set: `title text, due_at timestamptz`. */
export const typedColumns = (fields: Fields, names: readonly string[]): string =>
  names.map((name) => `${name} ${fields[name]?.type}`).join(', ');

const isSortType = (type: Field['type']): type is SortType =>
  type === 'bigint' || type === 'timestamptz' || type === 'text' || type === 'uuid';

/** What a list may be sorted by, for `readPage`; text by code points, as its index is. */
export const sortsOf = (fields: Fields): List['sorts'] =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, { sorts, type, nullable = false }]) =>
      sorts && isSortType(type)
        ? [[name, { column: type === 'text' ? `${name} COLLATE "C"` : name, type, nullable }]]
        : [],
    ),
  );
