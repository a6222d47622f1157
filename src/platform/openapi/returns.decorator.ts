import { applyDecorators, HttpCode } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { foldNull, type JsonSchema } from './json-schema.js';

/** No example and no description: some follow from settings, which nobody has read when classes are declared. */
const nothingDescribed = z.registry<object>();

/** The schema as the serialiser's compiler takes it. */
const forSerialiser = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, {
    metadata: nothingDescribed,
    target: 'draft-7',
    io: 'output',
    reused: 'inline',
    override: ({ jsonSchema }) => {
      const node = jsonSchema as JsonSchema;
      delete node.pattern;
      foldNull(node);
    },
  });

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

const STREAM_EXAMPLE = `event: state
id: 412
data: {"space_id": "0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e10", "occupancy": 37, "seq": 412, ...}

`;

/** Declares a route that answers with Server-Sent Events, and sends them itself. */
export const ReturnsStream = (description: string): MethodDecorator =>
  ApiResponse({
    status: 200,
    description,
    content: { 'text/event-stream': { schema: { type: 'string', example: STREAM_EXAMPLE } } },
  });

/** Declares a further status of a route, which its service chooses, and what it may then answer with. */
export const AlsoReturns = (
  status: 200,
  schemas: [z.ZodType, z.ZodType],
  description: string,
): MethodDecorator => ApiResponse({ status, standardSchema: z.union(schemas), description });
