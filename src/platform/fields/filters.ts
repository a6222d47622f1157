import type { z } from 'zod';
import { momentParameter } from '../pagination/page.js';
import { where } from '../pagination/page.reading.js';
import { searchText } from '../validation/text.js';

/** Rows in which the column is just this. */
export const equals = <S extends z.ZodType>(column: string, schema: S, description: string) => ({
  schema,
  description,
  where: (value: never) => where(`${column} = ?`, value),
});

/** Rows in which text is this, in any case. */
export const equalsInAnyCase = <S extends z.ZodType>(column: string, schema: S, description: string) => ({
  schema,
  description,
  where: (value: never) => where(`lower(${column}) = lower(?)`, value),
});

/** @param verb what happened at that time, as the beginning of a sentence. */
export const from = (column: string, verb: string) => ({
  schema: momentParameter,
  description: `${verb} at this time or later, such as \`2026-11-22T09:30:00Z\`.`,
  where: (value: never) => where(`${column} >= ?`, value),
});

/** @param verb what happened before that time, as the beginning of a sentence. */
export const before = (column: string, verb: string) => ({
  schema: momentParameter,
  description: `${verb} before this time.`,
  where: (value: never) => where(`${column} < ?`, value),
});

/** How a person is found by what others know of them. */
export const contactFilters = {
  email: equalsInAnyCase('email', searchText(254, 'email'), 'The whole e-mail address, in any case.'),
  phone: equals('phone', searchText(20, 'phone'), 'The whole number, with its plus sign.'),
};
