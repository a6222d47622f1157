import { z } from 'zod';
import type { Queryable } from '../database/database.js';
import { invalid } from '../errors/problem.js';
import { uuid } from '../validation/text.js';
import { type Condition, type Key, type List, type ListQuery, Reading } from './page.reading.js';
import { fillPage } from './page.rows.js';

/** One page of a list; `next_cursor` is null on the last. */
export interface Page<Row> {
  items: Row[];
  next_cursor: string | null;
  /** Only with `count=true`. */
  total?: number;
}

const heavyPages = new WeakSet<object>();

/** Whether a page is so long that it must not be written as JSON in one go. */
export const isHeavyPage = (payload: object): payload is Page<Record<string, unknown>> =>
  heavyPages.has(payload);

/** The response schema of a list of these items. */
export const pageOf = <T extends z.ZodType>(item: T, id: string) =>
  z
    .object({
      items: z.array(item).meta({
        description:
          'This page, in the order asked for: at most `limit` items and 8 MiB, so that there may be fewer although more follow.',
      }),
      next_cursor: z.string().nullable().meta({
        description: 'Pass it as `cursor` for the next page; null on the last, and only there.',
        example: null,
      }),
      total: z
        .int()
        .optional()
        .meta({ description: 'How many there are in all; only with `count=true`.', example: 1 }),
    })
    .meta({ id });

const limit = z
  .string()
  .regex(/^\d{1,4}$/, 'must be a whole number from 1 to 200')
  .transform(Number)
  .refine((value) => value >= 1 && value <= 200, 'must be a whole number from 1 to 200')
  .default(50)
  .meta({
    type: 'integer',
    minimum: 1,
    maximum: 200,
    pattern: undefined,
    description: 'Items on a page, at most.',
  });

/** A true-or-false query parameter. */
export const flag = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .meta({ type: 'boolean', enum: undefined });

/** Query parameters that every list has; `sort` names the columns a list may be ordered by. */
export const listParameters = (sorts: readonly string[]) => ({
  limit,
  cursor: z.string().max(400).optional().meta({ description: '`next_cursor` of the page before.' }),
  sort: z
    .enum(sorts.flatMap((name) => [name, `-${name}`]))
    .default('-id')
    .meta({ description: 'Field to sort by; a leading hyphen for descending.' }),
  count: flag.default(false).meta({ description: 'Also count all items: costs more with every row.' }),
});

const cursorSchemas = {
  bigint: z.int().min(0),
  timestamptz: z.iso.datetime({ offset: false }),
  text: z
    .string()
    .max(300)
    .refine((value) => value.isWellFormed() && !value.includes('\0')),
  uuid,
};

const encodeCursor = (sort: string, last: unknown, id: number | string): string =>
  Buffer.from(JSON.stringify([sort, last, id])).toString('base64url');

function decodeCursor(
  cursor: string,
  sort: string,
  { type, nullable }: List['sorts'][string],
  ids: 'bigint' | 'uuid',
): Key {
  const refusal = 'is not a cursor of this list and sort order: start again without it';
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (cause) {
    throw invalid('cursor', refusal, cause);
  }
  const value = nullable ? z.nullable(cursorSchemas[type]) : cursorSchemas[type];
  const shape = z.tuple([z.literal(sort), value, cursorSchemas[ids]]).safeParse(parts);
  if (!shape.success) throw invalid('cursor', refusal);
  return [shape.data[1], shape.data[2]];
}

/**
 * Reads one keyset page: the cursor names the last row seen, so a page costs the same at any depth and rows
 * inserted meanwhile neither repeat nor hide the old ones.
 * @param anyOf alternatives of which one must hold for a row, each with an index of its own.
 */
export async function readPage<Row extends { id: number | string }>(
  db: Queryable,
  list: List,
  conditions: readonly Condition[],
  query: ListQuery,
  anyOf: readonly Condition[] = [],
): Promise<Page<Row>> {
  const reading = new Reading(list, conditions, anyOf, query);
  const start =
    query.cursor === undefined
      ? undefined
      : decodeCursor(query.cursor, query.sort, reading.order, list.ids ?? 'bigint');
  const rows = await reading.read<Row>(db, query.limit + 1, start);
  const { items, done, heavy } = await fillPage<Row>(rows.slice(0, query.limit), (ids) =>
    reading.whole<Row>(db, ids),
  );
  const last = rows.length > done ? rows[done - 1] : undefined;
  const page: Page<Row> = {
    items,
    next_cursor: last === undefined ? null : encodeCursor(query.sort, ...reading.keyOf(last)),
    ...(query.count ? { total: await reading.count(db) } : {}),
  };
  if (heavy) heavyPages.add(page);
  return page;
}

/** Escapes what LIKE reads as a pattern. */
export const literalInLike = (value: string): string => value.replace(/[\\%_]/g, '\\$&');

/** A range of moments in a query string. */
export const momentParameter = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time such as 2026-11-22T09:30:00Z' })
  .max(40);
