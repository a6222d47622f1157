import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { contextOf, type RequestContext } from '../../../access/context.js';
import { Returns } from '../../../platform/openapi/returns.decorator.js';

const refusal = z
  .object({
    detail: z
      .union([
        z.string(),
        z.array(
          z.object({
            type: z.string().meta({ example: 'missing' }),
            loc: z.array(z.union([z.string(), z.int()])).meta({ example: ['body', 'title'] }),
            msg: z.string().meta({ example: 'Field required' }),
          }),
        ),
      ])
      .meta({
        description: 'A sentence, or one entry for each bad place of the request.',
        example: 'Ticket not found',
      }),
  })
  .meta({ id: 'TicketServerRefusal' });

/** Groups the routes of the ticket server in the documentation. */
export const TicketServer = (): ClassDecorator => ApiTags('compatibility: ticket server');

/** What a route of the ticket server does and answers with: always 200, or `{"detail": ...}`. */
export const Legacy = (summary: string, schema: z.ZodType): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary, deprecated: true }),
    Returns(200, schema, 'As the ticket server answered.'),
    ApiResponse({ status: 'default', standardSchema: refusal, description: 'Refused.' }),
  );

/** The caller; the ticket server had no Idempotency-Key and no If-Match. */
export const LegacyContext = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext =>
  contextOf(execution.switchToHttp().getRequest<FastifyRequest>(), { conditional: false }),
);
