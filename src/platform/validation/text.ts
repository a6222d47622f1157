import { z } from 'zod';
import type { FieldRule, FieldRules } from '../../../config/fields.js';
import { settings } from '../settings/settings.js';

/** The name of a rule in config/fields.json, which is looked up with each value, or one that follows from it. */
export type Rule = keyof FieldRules | (() => FieldRule);

export const ruleOf = (rule: Rule): FieldRule =>
  typeof rule === 'string' ? settings.current.fields[rule] : rule();

const CONTROL = /\p{Cc}/u;
const NUL = '\0';

/** NFC and trimmed: the one form in which text is compared and stored. */
export const normalise = (value: string): string => value.normalize('NFC').trim();

const codePoints = (value: string): number => {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
};

const patterns = new Map<string, RegExp>();

function compiled(source: string): RegExp {
  const known = patterns.get(source) ?? new RegExp(source, 'u');
  patterns.set(source, known);
  return known;
}

/** What completes "must be ...", as a sentence of its own. */
export const sentence = (message: string): string => `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;

/** Metadata of a field whose example is that of the rule. */
export const exampleOf = (rule: Rule) => ({
  get example() {
    return ruleOf(rule).examples[0];
  },
});

/**
 * Text of a field: well-formed, without NUL, normalised, then measured in code points.
 * The rule is looked up with each value, for a reload may have changed it.
 * @param lines `one` refuses control characters, so that a value stays one line in a log or a CSV cell.
 */
export function text(name: Rule, lines: 'one' | 'many' = 'one') {
  return z
    .string()
    .refine((value) => value.isWellFormed() && !value.includes(NUL), {
      error: 'must be well-formed Unicode without NUL characters',
      abort: true,
    })
    .overwrite(normalise)
    .refine(
      (value) => {
        const rule = ruleOf(name);
        // Only text longer than the limit in UTF-16 units can be longer in code points.
        const length =
          value.length > rule.max || value.length < rule.min * 2 ? codePoints(value) : value.length;
        if (length < rule.min || length > rule.max) return false;
        if (lines === 'one' && CONTROL.test(value)) return false;
        return rule.pattern === undefined || compiled(rule.pattern).test(value);
      },
      { error: () => `must be ${ruleOf(name).message}` },
    )
    .meta({
      get description() {
        return sentence(ruleOf(name).message);
      },
      get minLength() {
        return ruleOf(name).min;
      },
      get maxLength() {
        return ruleOf(name).max;
      },
      get pattern() {
        return ruleOf(name).pattern;
      },
      get example() {
        return ruleOf(name).examples[0];
      },
    });
}

/**
 * A value in a search: free of what PostgreSQL cannot take, and normalised before it is measured.
 * @param max code points; more when the rule of the field that is searched allows more. One that was tuned down to less
 * says nothing of what is stored already.
 */
export function searchText(max: number, rule?: Rule) {
  const longest = (): number => (rule === undefined ? max : Math.max(max, ruleOf(rule).max));
  return z
    .string()
    .refine(
      (value) => value.isWellFormed() && !value.includes(NUL),
      'must be well-formed Unicode without NUL characters',
    )
    .overwrite(normalise)
    .min(1, 'must not be empty')
    .refine((value) => codePoints(value) <= longest(), {
      error: () => `must be at most ${longest()} characters`,
    })
    .meta({
      get maxLength() {
        return longest();
      },
    });
}

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

/** A moment on the wire: ISO 8601 in UTC, microseconds kept. */
export const moment = z.iso.datetime().meta({ example: '2026-11-22T09:30:00.000000Z' });
