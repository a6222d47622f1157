import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Problem } from './problem.js';

/** A refusal as one family of routes words it. */
export interface DialectAnswer {
  status: number;
  /** The media type of the body. */
  type: string;
  /** Over the headers of the problem. */
  headers?: Record<string, string>;
  body: unknown;
}

/** How one family of routes words its refusals, where that is not problem+json. */
export interface ErrorDialect {
  speaks(request: FastifyRequest): boolean;
  render(problem: Problem, request: FastifyRequest): DialectAnswer;
}

declare module 'fastify' {
  interface FastifyInstance {
    errorDialects?: ErrorDialect[];
  }
}

/** Legacy APIs keep the error form their clients know; another application in the same process does not learn it. */
export function registerDialect(fastify: FastifyInstance, dialect: ErrorDialect): void {
  if (fastify.errorDialects === undefined) fastify.decorate('errorDialects', []);
  fastify.errorDialects?.push(dialect);
}

export const dialectOf = (request: FastifyRequest): ErrorDialect | undefined =>
  request.server.errorDialects?.find((dialect) => dialect.speaks(request));
