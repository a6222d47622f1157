import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Settings, type Snapshot } from '../settings/settings.js';
import { product } from '../product.js';
import { describeSchema } from './json-schema.js';
import { addRequestHeaders, addResponseHeaders, headers, type Schemas } from './headers.js';
import { addRefusals, type Codes, type Operation, problem } from './refusals.js';

/** What a feature or the application adds to what the controllers say. */
export interface Documentation {
  /** Sections in their order. */
  tags: { name: string; description: string }[];
  /** Operations that are no routes of a controller. */
  paths: OpenAPIObject['paths'];
  schemas: Schemas;
  securitySchemes: Record<string, Parameters<DocumentBuilder['addSecurity']>[1]>;
  /** Who may call an operation, as a sentence, and the codes by which others are refused. */
  access: (operation: Operation) => string;
  accessCodes: (method: string, operation: Operation) => Codes;
}

const INTRODUCTION = `The support desk's API, all of it.

**Try it.** Press **Authorize** and give a username and a password: the first start of an installation printed three, and keeps
them in \`initial-passwords\` in its data directory. Then open an operation and press **Execute**: the examples work as they
stand. They name employee 1, ticket 1, and one space with a door, a device and a display, which a new desk does not have:
sign in as \`manager\` and execute \`POST\` on employees, spaces, doors, devices and display tokens, then as \`support\`
\`POST /api/v1/tickets\`; or fill the desk with people and tickets by \`npm run demo\`.

**In a program.** Get a token from \`POST /api/v1/token\` and send it as \`Authorization: Bearer\`. Errors are
\`application/problem+json\` (RFC 9457) with a stable \`code\`. Lists are paged: pass \`next_cursor\` as \`cursor\`, or follow the
\`Link\` header. A \`POST\` or \`DELETE\` may carry an \`Idempotency-Key\` and is then done once; a change may carry an \`If-Match\` and is then
made only to the version you have seen. Every answer has an \`X-Request-Id\`, yours if you sent one; the log has it too.`;

function describeOperation(
  method: string,
  operation: Operation,
  schemas: Schemas,
  { idempotency_hours }: Snapshot['limits'],
  { access, accessCodes }: Pick<Documentation, 'access' | 'accessCodes'>,
): void {
  operation.description = [operation.description, access(operation)].filter(Boolean).join('\n\n');
  for (const parameter of operation.parameters ?? []) {
    if ('$ref' in parameter || parameter.schema === undefined || '$ref' in parameter.schema) continue;
    parameter.description ??= parameter.schema.description;
    delete parameter.schema.description;
    // Swagger UI would fill it in, and a list tried as it stands would be filtered by it.
    if (parameter.in === 'query') delete parameter.schema.example;
  }
  if (operation.deprecated) return;
  if (method === 'patch' && operation.requestBody !== undefined && 'content' in operation.requestBody) {
    const { content } = operation.requestBody;
    content['application/merge-patch+json'] = { ...content['application/json'] };
  }
  addRefusals(method, operation, accessCodes(method, operation));
  if (operation.security === undefined) return;
  addRequestHeaders(method, operation, idempotency_hours);
  addResponseHeaders(operation, schemas);
}

/** The document as served and as committed: the same bytes for the same code. */
export function createDocument(
  app: NestFastifyApplication,
  { tags, paths, schemas: added, securitySchemes, ...ofAccess }: Documentation,
): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Frontdesk')
    .setDescription(INTRODUCTION)
    .setVersion(product.version)
    .addServer('/');
  for (const [name, scheme] of Object.entries(securitySchemes)) builder.addSecurity(name, scheme);
  for (const { name, description } of tags) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    standardSchemaConverter: (schema, { schemaType }) => describeSchema(schema, { schemaType }),
  });
  const schemas = {
    ...added,
    ...document.components?.schemas,
    ...describeSchema(problem, { schemaType: 'output' })?.components,
  };
  const { limits } = app.get(Settings).current;
  for (const item of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(item) as [string, Operation][])
      describeOperation(method, operation, schemas, limits, ofAccess);
  }
  delete document.info.contact;
  return {
    ...document,
    paths: { ...paths, ...document.paths },
    components: { ...document.components, headers, schemas },
  };
}
