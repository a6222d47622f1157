import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { SECURITY_SCHEME } from '../access/access.decorators.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const INTRODUCTION = `The support desk's API. Press **Authorize**, give a username and a password, and try any operation here;
a program gets its token from \`POST /api/v1/token\` and sends it as \`Authorization: Bearer\`.

Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`. Lists are paged by \`cursor\`. A \`POST\` may carry an
\`Idempotency-Key\`, a change an \`If-Match\`. Each operation names the permission it needs as \`x-permission\`.`;

const problem = z
  .object({
    type: z.string().meta({ example: 'about:blank' }),
    title: z.string().meta({ example: 'Not Found' }),
    status: z.int().meta({ example: 404 }),
    detail: z.string().meta({ example: 'There is no ticket 7, or it is not yours to see.' }),
    code: z.string().meta({ description: 'Stable: branch on this.', example: 'not_found' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'One entry for each bad place of the request.', example: [] }),
    request_id: z.string().meta({ example: '0c5a1bd4-5f6e-4b53-9a8a-0a6b3c4d2e1f' }),
  })
  .meta({ id: 'Problem' });

const REFUSALS: Record<string, string> = {
  401: 'No token, or one that is not valid.',
  403: 'Your roles or the state of your account do not allow this.',
  404: 'Not there, or not yours to know.',
  409: 'In conflict with the present state; `code` says which.',
  412: 'If-Match names another version than the present one.',
  422: 'Invalid input; `errors` names each place.',
  429: 'Too many requests: wait for Retry-After seconds.',
  503: 'Try again after Retry-After seconds.',
};

const refusal = (status: string) => ({
  description: REFUSALS[status] ?? 'Refused.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

/** The refusals that follow from what an operation is, so that no controller has to repeat them. */
function addRefusals(method: string, path: string, operation: Operation): void {
  const statuses = ['401', '403', '422', '503'];
  if (path.includes('{')) statuses.push('404');
  if (method !== 'get') statuses.push('409');
  if (path.includes('{') && method !== 'get' && method !== 'post') statuses.push('412');
  for (const status of statuses.sort()) operation.responses[status] ??= refusal(status);
}

const header = (name: string, description: string, example: string) => ({
  name,
  in: 'header' as const,
  required: false,
  description,
  schema: { type: 'string', example: undefined },
  examples: { unset: { summary: 'not sent', value: '' }, set: { summary: 'sent', value: example } },
});

function addHeaders(method: string, operation: Operation): void {
  operation.parameters ??= [];
  if (method === 'post') {
    operation.parameters.push(
      header('Idempotency-Key', 'Send the same key again and the work is done once; kept for 24 hours.', 'b4f8a7de-1'),
    );
  } else if (method !== 'get') {
    operation.parameters.push(header('If-Match', 'The ETag you have seen: 412 when it is no longer the present one.', '"1"'));
  }
}


/** The document as served and as committed: the same bytes for the same code. */
export function createDocument(app: NestFastifyApplication, extra: OpenAPIObject['paths'] = {}): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Frontdesk')
    .setDescription(INTRODUCTION)
    .setVersion('1')
    .addServer('/')
    .addOAuth2({ type: 'oauth2', flows: { password: { tokenUrl: '/api/v1/token', scopes: {} } } }, SECURITY_SCHEME)
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  document.paths = { ...extra, ...document.paths };
  const { id: _, ...problemSchema } = z.toJSONSchema(problem, { target: 'draft-2020-12' }) as Record<string, unknown>;
  delete problemSchema.$schema;
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problem: problemSchema } };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item) as [string, Operation][]) {
      if (operation.security === undefined || operation.deprecated) continue;
      addRefusals(method, path, operation);
      addHeaders(method, operation);
    }
  }
  return document;
}
