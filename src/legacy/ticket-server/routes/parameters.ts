import { z } from 'zod';
import { normalise } from '../../../platform/validation/text.js';

const MOST_ITEMS = 100;
const HIGHEST_ID = 999_999_999_999_999;

const refusal = (type: string, msg: string) => ({ error: msg, params: { type } });
const NO_INTEGER = refusal(
  'int_parsing',
  'Input should be a valid integer, unable to parse string as an integer',
);

const isInteger = (value: string): boolean => /^[+-]?\d+$/.test(value);

/** An id in a path. Any whole number is one; those that no row can have are not there, as any other. */
export const legacyId = z
  .string()
  .refine(isInteger, { ...NO_INTEGER, abort: true })
  .transform((value) => {
    const id = Number(value);
    return id >= 1 && id <= HIGHEST_ID ? id : 0;
  })
  .meta({ type: 'integer', format: 'int64', description: 'The id.', example: 1 });

/** The example is no admin, of whom one must be left. */
export const legacyUserId = legacyId.meta({ description: 'Id of the user.', example: 3 });

/** Text in a path; what no row can hold becomes text that no row has. */
export const legacyText = z
  .string()
  .overwrite((value) => (value.isWellFormed() && !value.includes('\0') ? normalise(value) : ''));

/** Of a repeated parameter the last counts. */
const wholeNumber = (lowest: number) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => (typeof value === 'string' ? value : (value.at(-1) ?? '')))
    .refine(isInteger, { ...NO_INTEGER, abort: true })
    .transform(Number)
    .refine(
      (value) => value >= lowest,
      refusal('greater_than_equal', `Input should be greater than or equal to ${lowest}`),
    );

export const legacyPage = z.object({
  skip: wholeNumber(0)
    .transform((value) => Math.min(value, Number.MAX_SAFE_INTEGER))
    .default(0)
    .meta({ type: 'integer', anyOf: undefined, minimum: 0, description: 'How many to leave out.' }),
  limit: wholeNumber(1)
    .transform((value) => Math.min(value, MOST_ITEMS))
    .default(MOST_ITEMS)
    .meta({
      type: 'integer',
      anyOf: undefined,
      minimum: 1,
      description: 'How many to show; above 100 counts as 100.',
    }),
});

export type LegacyPage = z.infer<typeof legacyPage>;
