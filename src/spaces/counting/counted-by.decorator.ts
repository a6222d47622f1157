import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { contextOf, type RequestContext } from '../../access/context.js';
import type { CallingDevice } from '../../access/device.js';

/** A user, or a device and what the request says of its clock. */
export type Caller = { context: RequestContext } | { device: CallingDevice; date: string | undefined };

/** Who counts, on a route that is open to devices as well. */
export const CountedBy = createParamDecorator((_: unknown, execution: ExecutionContext): Caller => {
  const request = execution.switchToHttp().getRequest<FastifyRequest>();
  const { device, headers } = request;
  return device === undefined ? { context: contextOf(request) } : { device, date: headers.date };
});
