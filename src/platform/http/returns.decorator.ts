import { applyDecorators, HttpCode } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

type JsonSchema = Record<string, unknown> & { type?: unknown; anyOf?: JsonSchema[] };

/**
 * The schema as the serialiser's compiler takes it. `x | null` becomes one type list: as an `anyOf` each value
 * would be validated at run time to find its branch.
 */
function forSerialiser(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'output',
    reused: 'inline',
    override: ({ jsonSchema }) => {
      const node = jsonSchema as JsonSchema & { id?: string };
      delete node.id;
      delete node.pattern;
      const [value, nothing] = node.anyOf ?? [];
      if (node.anyOf?.length === 2 && value !== undefined && nothing?.type === 'null' && typeof value.type === 'string') {
        delete node.anyOf;
        Object.assign(node, value, { type: [value.type, 'null'] });
      }
    },
  });
}

/**
 * Declares what a route answers with: its status, its documentation and its filter in one. Members that the schema
 * does not name never leave the process.
 */
export function Returns(status: 200 | 201, schema: z.ZodType, description: string): MethodDecorator {
  return applyDecorators(
    HttpCode(status),
    ApiResponse({ status, standardSchema: schema, description }),
    RouteSchema({ response: { [status]: forSerialiser(schema) } }),
  );
}

/** Declares a route that answers 204 with no body. */
export const ReturnsNothing = (description: string): MethodDecorator =>
  applyDecorators(HttpCode(204), ApiResponse({ status: 204, description }));
