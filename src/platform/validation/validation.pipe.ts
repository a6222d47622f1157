import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { type FieldError, Problem } from '../errors/problem.js';
import { keepSchemaOf } from './secret.fields.js';

/** What was looked at, and where it stood in the request. */
interface Checked {
  part: 'body' | 'query' | 'path';
  /** Name of a path parameter, else empty. */
  name: string;
  value: unknown;
  issues: readonly z.core.$ZodIssue[];
}

/** A 422 that still knows the issues of the schema, for those who word them otherwise. */
export class ValidationProblem extends Problem {
  constructor(
    code: 'unknown_field' | 'validation_failed',
    detail: string,
    errors: FieldError[],
    readonly checked: Checked,
  ) {
    super(422, code, detail, { errors });
  }
}

const isWrongKind = (issues: readonly z.core.$ZodIssue[]): boolean =>
  issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);

/** Of a choice the alternative that the value was meant to be: the only one of its kind, such as object or list. */
function meant(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.path.length > 0) return [issue];
  const [alternative, ...others] = issue.errors.filter((issues) => !isWrongKind(issues));
  return alternative === undefined || others.length > 0 ? [issue] : alternative;
}

/** Turns the issues of a schema into the 422 of the API. */
export function validationProblem(checked: Checked): ValidationProblem {
  const { name: base } = checked;
  const issues = checked.issues.flatMap(meant);
  const errors = issues.flatMap((issue): FieldError[] => {
    const path = [base, ...issue.path].filter((part) => part !== '').join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: path ? `${path}.${key}` : key,
        message: 'is not a field of this request',
      }));
    }
    return [{ path: path || '(body)', message: issue.message }];
  });
  const unknown = issues.every((issue) => issue.code === 'unrecognized_keys');
  const detail = errors.map((error) => `${error.path}: ${error.message}`).join('; ');
  return new ValidationProblem(
    unknown ? 'unknown_field' : 'validation_failed',
    detail.slice(0, 2_000),
    errors,
    checked,
  );
}

const BODY = { part: 'body', name: '' } as const;

const PARTS: Partial<Record<ArgumentMetadata['type'], Checked['part']>> = {
  body: 'body',
  query: 'query',
  param: 'path',
};

/** Checks a value against a schema. @throws ValidationProblem with one entry for each bad place. */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  from: Pick<Checked, 'part' | 'name'> = BODY,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw validationProblem({ ...from, value, issues: parsed.error.issues });
}

const missingBody = (): ValidationProblem =>
  new ValidationProblem(
    'validation_failed',
    'This request needs a JSON body.',
    [{ path: '(body)', message: 'is missing' }],
    {
      part: 'body',
      name: '',
      value: undefined,
      issues: [
        { code: 'invalid_type', expected: 'object', path: [], message: 'is missing', input: undefined },
      ],
    },
  );

/** The schema given to @Body, @Query or @Param is the validation: nothing else reads raw input. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { schema, type, data }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) return value;
    if (type === 'body' && value === undefined) throw missingBody();
    keepSchemaOf(value, schema);
    return check(schema, value, { part: PARTS[type] ?? 'body', name: data ?? '' });
  }
}
