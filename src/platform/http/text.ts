import { z } from 'zod';
import type { FieldRule } from '../../../config/fields.js';

const CONTROL = /\p{Cc}/u;
const NUL = '\0';

/** NFC and trimmed: the one form in which text is compared and stored. */
export const normalise = (value: string): string => value.normalize('NFC').trim();

const codePoints = (value: string): number => {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
};

/**
 * Text of a field: well-formed, without NUL, normalised, then measured in code points.
 * @param lines `one` refuses control characters, so that a value stays one line in a log or a CSV cell.
 */
export function text(rule: FieldRule, lines: 'one' | 'many' = 'one') {
  const pattern = rule.pattern === undefined ? undefined : new RegExp(rule.pattern, 'u');
  return z
    .string()
    .refine((value) => value.isWellFormed() && !value.includes(NUL), {
      error: 'must be well-formed Unicode without NUL characters',
      abort: true,
    })
    .overwrite(normalise)
    .refine(
      (value) => {
        // Only text longer than the limit in UTF-16 units can be longer in code points.
        const length =
          value.length > rule.max || value.length < rule.min * 2 ? codePoints(value) : value.length;
        if (length < rule.min || length > rule.max) return false;
        if (lines === 'one' && CONTROL.test(value)) return false;
        return pattern === undefined || pattern.test(value);
      },
      { error: `must be ${rule.message}` },
    )
    .meta({
      description: `${rule.message.charAt(0).toUpperCase()}${rule.message.slice(1)}.`,
      minLength: rule.min,
      maxLength: rule.max,
      ...(rule.pattern === undefined ? {} : { pattern: rule.pattern }),
      example: rule.examples[0],
    });
}

/** A value in a search: normalised, and free of what PostgreSQL cannot take. */
export const searchText = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .refine(
      (value) => value.isWellFormed() && !value.includes(NUL),
      'must be well-formed Unicode without NUL characters',
    )
    .overwrite(normalise);

/** An id in a path or a query: a whole number that JSON and PostgreSQL both hold exactly. */
export const id = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be a positive whole number')
  .transform(Number)
  .meta({
    type: 'integer',
    format: 'int64',
    minimum: 1,
    maximum: 999_999_999_999_999,
    pattern: undefined,
    example: 1,
  });

/** An id in a JSON body. */
export const idInBody = z
  .int('must be a positive whole number')
  .min(1, 'must be a positive whole number')
  .max(999_999_999_999_999, 'is out of range')
  .meta({ format: 'int64', example: 1 });

/** The id of what a client may name itself; RFC 9562, lower case. */
export const uuid = z
  .string()
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be a UUID')
  .toLowerCase()
  .meta({ format: 'uuid', pattern: undefined, example: '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e10' });

/** As PostgreSQL reads a UUID: in braces or not, a hyphen after any four digits or none, in any case. */
const IN_BRACES = /^(?:\{([^{}]*)\}|([^{}]*))$/;
const DIGITS = /^(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}$/i;

/** @returns the UUID in its usual form; undefined for what is none. */
export function uuidIn(spelling: string): string | undefined {
  const [, braced, bare] = IN_BRACES.exec(spelling) ?? [];
  const digits = braced ?? bare ?? '';
  if (!DIGITS.test(digits)) return undefined;
  return digits
    .replaceAll('-', '')
    .toLowerCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** A moment on the wire: ISO 8601 in UTC, microseconds kept. */
export const moment = z.iso.datetime().meta({ example: '2026-11-22T09:30:00.000000Z' });
