import type { z } from 'zod';
import type { Problem } from '../../../platform/errors/problem.js';
import { ValidationProblem } from '../../../platform/validation/validation.pipe.js';

/** One bad place, as the ticket server's framework named it. */
export interface LegacyError {
  type: string;
  loc: (string | number)[];
  msg: string;
}

const MISSING = { type: 'missing', msg: 'Field required' };

const WRONG_TYPE: Record<string, Omit<LegacyError, 'loc'>> = {
  string: { type: 'string_type', msg: 'Input should be a valid string' },
  boolean: { type: 'bool_type', msg: 'Input should be a valid boolean' },
  array: { type: 'list_type', msg: 'Input should be a valid list' },
  object: {
    type: 'model_attributes_type',
    msg: 'Input should be a valid dictionary or object to extract fields from',
  },
};

const valueError = (message: string) => ({ type: 'value_error', msg: `Value error, ${message}` });

/** The value that stands at a path of the input; undefined where there is none. */
const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );

function wordsFor(issue: z.core.$ZodIssue, input: unknown): Omit<LegacyError, 'loc'> {
  if (issue.code === 'invalid_type') {
    if (valueAt(input, issue.path) === undefined) return MISSING;
    return WRONG_TYPE[issue.expected] ?? valueError(issue.message);
  }
  const type: unknown = issue.code === 'custom' ? issue.params?.type : undefined;
  return typeof type === 'string' ? { type, msg: issue.message } : valueError(issue.message);
}

/** `(body)` and `(request)` stand for the whole, which has no name. */
const nameOf = (path: string): string[] => (path.startsWith('(') ? [] : [path]);

/** The places that a problem names; undefined when it names none. */
export function validationList(problem: Problem): LegacyError[] | undefined {
  if (problem.reason === 'json_syntax')
    return [{ type: 'json_invalid', loc: ['body'], msg: 'JSON decode error' }];
  if (problem instanceof ValidationProblem) {
    const { part, name, value, issues } = problem.checked;
    return issues.map((issue) => {
      const { type, msg } = wordsFor(issue, value);
      return { type, loc: [part, ...(name ? [name] : []), ...issue.path.map(place)], msg };
    });
  }
  return problem.errors?.map(({ path, message }) => {
    const { type, msg } = valueError(message);
    return { type, loc: ['body', ...nameOf(path)], msg };
  });
}

const place = (key: PropertyKey): string | number => (typeof key === 'symbol' ? String(key) : key);
