import type { OpenAPIObject } from '@nestjs/swagger';
import type { Operation } from './refusals.js';

type Components = NonNullable<OpenAPIObject['components']>;
type Headers = NonNullable<Components['headers']>;
/** Schemas by their names. */
export type Schemas = NonNullable<Components['schemas']>;

/** Headers of answers, named once. */
export const headers: Headers = {
  ETag: {
    description: 'The version of what is answered; send it back as If-Match to change only this version.',
    schema: { type: 'string', example: '"1"' },
  },
  Location: {
    description: 'Where the new resource is.',
    schema: { type: 'string', format: 'uri-reference', example: '/api/v1/tickets/1' },
  },
  Link: {
    description: 'The next page, as `rel="next"` (RFC 8288); not sent with the last one.',
    schema: { type: 'string', example: '</api/v1/tickets?cursor=WyItaWQiLDUxLDUxXQ>; rel="next"' },
  },
  'Retry-After': {
    description: 'Seconds to wait before the next try.',
    schema: { type: 'integer', minimum: 1, example: 2 },
  },
  'WWW-Authenticate': {
    description: 'The challenge of RFC 6750.',
    schema: { type: 'string', example: 'Bearer error="invalid_token"' },
  },
};

const reference = (name: string) => ({ $ref: `#/components/headers/${name}` });

// No examples: Swagger UI would fill them in, and so send them with every try.
const idempotencyKey = (hours: number) => ({
  name: 'Idempotency-Key',
  in: 'header' as const,
  required: false,
  description:
    'Any text of your own, such as a UUID. A request repeated with its key is done once and answered alike, ' +
    `for ${hours === 1 ? 'an hour' : `${hours} hours`}.`,
  schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' },
});

const IF_MATCH = {
  name: 'If-Match',
  in: 'header' as const,
  required: false,
  description:
    'The ETag you have seen, with its quotation marks: refused with 412 when it is no longer the present one.',
  schema: { type: 'string' },
};

/** @param hours for how long a key is remembered. */
export function addRequestHeaders(method: string, operation: Operation, hours: number): void {
  operation.parameters ??= [];
  if (method === 'post' || method === 'delete') operation.parameters.push(idempotencyKey(hours));
  if (method !== 'post' && method !== 'get') operation.parameters.push(IF_MATCH);
}

/** What the answer's schema shows: resources carry a version and their times, pages a cursor. */
function membersOf(response: NonNullable<Operation['responses'][string]>, schemas: Schemas): Set<string> {
  const schema = 'content' in response ? response.content?.['application/json']?.schema : undefined;
  const named =
    schema !== undefined && '$ref' in schema ? schemas[schema.$ref.split('/').at(-1) ?? ''] : schema;
  return new Set(named !== undefined && 'properties' in named ? Object.keys(named.properties ?? {}) : []);
}

export function addResponseHeaders(operation: Operation, schemas: Schemas): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response === undefined || '$ref' in response || !status.startsWith('2')) continue;
    const members = membersOf(response, schemas);
    const names = [
      ...(members.has('updated_at') ? ['ETag'] : []),
      ...(members.has('updated_at') && status === '201' ? ['Location'] : []),
      ...(members.has('next_cursor') ? ['Link'] : []),
    ];
    if (names.length > 0) response.headers = Object.fromEntries(names.map((name) => [name, reference(name)]));
  }
}
