import { z } from 'zod';
import type { Instance } from './desk.js';

type Json = Record<string, unknown>;

export interface Schema extends Json {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  example?: unknown;
  description?: string;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema: Schema;
}

interface Content {
  content?: Record<string, { schema: Schema; example?: unknown }>;
}

export interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  deprecated?: boolean;
  tags: string[];
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content & { headers?: Record<string, Schema> }>;
  'x-permission'?: string[];
  'x-permission-shows'?: string;
}

export interface Described {
  method: string;
  path: string;
  /** `GET /api/v1/tickets/{id}` */
  name: string;
  operation: Operation;
}

/** The OpenAPI document as a client gets it, and what a client can do with it. */
export class ApiDocument {
  private constructor(readonly raw: Json & { components: { schemas: Record<string, Schema> } & Json }) {}

  static async of(desk: Instance): Promise<ApiDocument> {
    return new ApiDocument((await desk.ask('GET', '/openapi.json')).body as ApiDocument['raw']);
  }

  get operations(): Described[] {
    return Object.entries(this.raw.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, item]) =>
        Object.entries(item).map(([verb, operation]) => {
          const method = verb.toUpperCase();
          return { method, path, name: `${method} ${path}`, operation };
        }),
    );
  }

  /** The schema itself, or the component that it points to. */
  resolve(schema: Schema): Schema {
    const name = schema.$ref?.replace('#/components/schemas/', '');
    if (name === undefined) return schema;
    const found = this.raw.components.schemas[name];
    if (found === undefined) throw new Error(`${schema.$ref} leads nowhere`);
    return found;
  }

  /** What Swagger UI fills in for the body of an operation. */
  exampleOf({ requestBody }: Operation): unknown {
    const [first] = Object.values(requestBody?.content ?? {});
    return first === undefined ? undefined : (first.example ?? this.resolve(first.schema).example);
  }

  /** Checks a value as another JSON Schema reader would, not as the code that wrote the document does. */
  complaints(schema: Schema, value: unknown): string[] {
    const text = JSON.stringify({ ...schema, $defs: this.raw.components.schemas });
    const reader = z.fromJSONSchema(
      JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as never,
    );
    const parsed = reader.safeParse(value);
    return parsed.success
      ? []
      : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  }
}
