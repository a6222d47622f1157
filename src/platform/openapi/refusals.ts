import { STATUS_CODES } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import type { ProblemCode } from '../errors/problem.js';
import { DECLARED_CODES } from './refuses.decorator.js';

export type Codes = Record<string, readonly ProblemCode[]>;

/** An operation with what our decorators add to it. */
export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & {
  'x-permission'?: string[];
  'x-permission-shows'?: string;
  'x-while-disabled'?: boolean;
  [DECLARED_CODES]?: Codes;
};

export const problem = z
  .looseObject({
    type: z
      .string()
      .meta({ description: 'Always `about:blank`: `code` tells more.', example: 'about:blank' }),
    title: z.string().meta({ description: 'The name of the status.', example: 'Not Found' }),
    status: z.int().min(400).max(599).meta({ description: 'The status once more.', example: 404 }),
    detail: z.string().meta({
      description: 'What is wrong, for a person.',
      example: 'There is no ticket 7, or it is not yours to see.',
    }),
    code: z
      .string()
      .meta({ description: 'What is wrong, for a program: stable, branch on this.', example: 'not_found' }),
    errors: z
      .array(
        z.object({
          path: z.string().meta({
            description: 'Dotted path into the body, or the name of a parameter.',
            example: 'title',
          }),
          message: z
            .string()
            .meta({ description: 'What it must be.', example: 'must be 1 to 200 characters on one line' }),
        }),
      )
      .optional()
      .meta({ description: 'One entry for each bad place of the request.' }),
    allowed: z
      .array(z.string())
      .optional()
      .meta({ description: 'With `transition_refused`: the statuses that may follow.', example: ['open'] }),
    request_id: z.string().meta({
      description: 'The X-Request-Id of this answer, to be found in the log.',
      example: '0c5a1bd4-5f6e-4b53-9a8a-0a6b3c4d2e1f',
    }),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused (RFC 9457).' });

const REASONS: Record<string, string> = {
  400: 'The request is malformed',
  401: 'No token, or one that is not valid',
  403: 'Your roles or the state of your account do not allow this',
  404: 'Not there, or not yours to know',
  409: 'In conflict with the present state',
  412: 'If-Match names another version than the present one',
  413: 'The body is larger than 1 MiB',
  415: 'The body is no JSON by its Content-Type',
  422: 'Invalid input; `errors` names each place',
  429: 'Too much of this for now: try again after Retry-After seconds',
  503: 'The service is busy, cannot reach its database, or is closed for maintenance: try again after Retry-After seconds',
};

/** The codes that follow from what an operation takes, so that no controller has to repeat them. */
function codesOf(method: string, operation: Operation, ofAccess: Codes): Codes {
  const { 'x-permission': [permission] = [], [DECLARED_CODES]: declared } = operation;
  const parameters = operation.parameters ?? [];
  const inPath = parameters.some((parameter) => 'in' in parameter && parameter.in === 'path');
  // What is open to everybody checks a secret in its path, if anything.
  if (permission === 'public')
    return inPath
      ? { 404: ['not_found'], 429: declared?.[429] ?? [], 503: ['unavailable', 'maintenance'] }
      : {};
  const hasBody = operation.requestBody !== undefined;
  const isPost = method === 'post';
  const own: Codes = {
    ...(hasBody && {
      400: ['malformed_request'],
      413: ['payload_too_large'],
      415: ['unsupported_media_type'],
    }),
    401: [],
    403: [],
    404: inPath ? ['not_found'] : [],
    409: declared?.[409] ?? [],
    412: method === 'get' || isPost ? [] : ['precondition_failed'],
    422: [
      ...(hasBody || parameters.length > 0 ? (['validation_failed', 'unknown_field'] as const) : []),
      ...(declared?.[422] ?? []),
    ],
    429: declared?.[429] ?? [],
    503: ['unavailable', 'maintenance'],
  };
  return Object.fromEntries(
    Object.entries(own).map(([status, codes]) => [status, [...codes, ...(ofAccess[status] ?? [])]]),
  );
}

const headersOf = (status: string, codes: readonly ProblemCode[]) => ({
  ...(status === '401' && { 'WWW-Authenticate': { $ref: '#/components/headers/WWW-Authenticate' } }),
  ...(status === '412' && { ETag: { $ref: '#/components/headers/ETag' } }),
  ...((status === '429' || status === '503' || codes.some((code) => code.endsWith('_in_progress'))) && {
    'Retry-After': { $ref: '#/components/headers/Retry-After' },
  }),
});

function refusal(status: string, codes: readonly ProblemCode[]) {
  const [code = 'internal_error'] = codes;
  const headers = headersOf(status, codes);
  return {
    description: `${REASONS[status]}: ${codes.map((name) => `\`${name}\``).join(', ')}.`,
    ...(Object.keys(headers).length > 0 && { headers }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: {
          type: 'about:blank',
          title: STATUS_CODES[status],
          status: Number(status),
          detail: `${REASONS[status]}.`,
          code,
          request_id: '0c5a1bd4-5f6e-4b53-9a8a-0a6b3c4d2e1f',
        },
      },
    },
  };
}

/** Says of an operation how it may refuse. @param ofAccess the codes that follow from who may call it. */
export function addRefusals(method: string, operation: Operation, ofAccess: Codes): void {
  const codes = codesOf(method, operation, ofAccess);
  for (const [status, names] of Object.entries(codes)) {
    if (names.length > 0) operation.responses[status] ??= refusal(status, names);
  }
  delete operation[DECLARED_CODES];
}
