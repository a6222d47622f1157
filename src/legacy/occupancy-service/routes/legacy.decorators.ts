import { applyDecorators, createParamDecorator, type ExecutionContext, Header } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { contextOf, type RequestContext } from '../../../access/context.js';
import { Returns } from '../../../platform/openapi/returns.decorator.js';
import { ANY_ORIGIN } from './dialect.js';
import { legacySpace } from './space.shape.js';

const refusal = z
  .object({ error: z.string().meta({ description: 'What is wrong.', example: 'Space not found' }) })
  .meta({ id: 'OccupancyServiceRefusal' });

/** What a route of the occupancy service does; each answers with the space, to pages of any origin. */
export const Legacy = (summary: string): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary, deprecated: true }),
    Returns(200, legacySpace, 'The space, as the occupancy service showed it.'),
    ApiResponse({ status: 'default', standardSchema: refusal, description: 'Refused.' }),
    ...Object.entries(ANY_ORIGIN).map(([name, value]) => Header(name, value)),
  );

/** The caller; the occupancy service had no Idempotency-Key and no If-Match. */
export const LegacyContext = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext =>
  contextOf(execution.switchToHttp().getRequest<FastifyRequest>(), { conditional: false }),
);
