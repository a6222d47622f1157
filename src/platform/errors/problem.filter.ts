import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { log } from '../log/log.js';
import { dialectOf } from './dialect.js';
import { problemFromDatabase } from './postgres.js';
import { isFailure, Problem, type ProblemCode } from './problem.js';

/** The media type of RFC 9457. */
export const PROBLEM_JSON = 'application/problem+json';

/** Errors of Fastify itself, met before a route is entered. */
const FASTIFY: Record<string, [status: number, code: ProblemCode, detail: string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'payload_too_large', 'The body is larger than 1 MiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'unsupported_media_type', 'Send JSON, as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    'malformed_request',
    'The body is not as long as Content-Length says.',
  ],
  FST_ERR_BAD_URL: [404, 'not_found', 'There is no such path.'],
  FST_ERR_MAX_PARAM_LENGTH: [404, 'not_found', 'There is no such path.'],
};

/** Node's error of a request whose sender hung up in the middle: nobody hears the answer, and nothing is wrong here. */
const cutOff = (cause: unknown): Problem =>
  new Problem(400, 'malformed_request', 'The connection ended before the body did.', { cause });

/** Any error as the refusal a client sees; what we did not foresee is a 500 that says nothing of its cause. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const database = problemFromDatabase(error);
  if (database) return database;
  // Nest wraps what Fastify refuses in an exception of its own.
  const { code = '', message } = ((error instanceof HttpException && error.cause) ||
    error) as Partial<NodeJS.ErrnoException>;
  if (code === 'ECONNRESET' && message === 'aborted') return cutOff(error);
  const known = FASTIFY[code];
  if (known) return new Problem(known[0], known[1], known[2], { cause: error });
  if (error instanceof HttpException && error.getStatus() === 404) {
    return new Problem(404, 'not_found', 'There is no such path, or not with this method.');
  }
  return new Problem(
    500,
    'internal_error',
    'Something went wrong on our side. The log has it under this request_id.',
    {
      cause: error,
    },
  );
}

export function problemBody(problem: Problem, requestId: string): Record<string, unknown> {
  return {
    type: 'about:blank',
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    ...(problem.errors ? { errors: problem.errors } : {}),
    ...problem.extra,
    request_id: requestId,
  };
}

/** The only place that shapes an error body (RFC 9457), but for OAuth's own endpoints. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

/**
 * Fastify would close the connection under a client that is still sending, who then sees no answer: a proxy would say
 * that we are gone. Without that the rest of the body is read and thrown away, for as long as a request may last.
 */
export const readOn = (reply: FastifyReply): void => void reply.removeHeader('connection');

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) return;
  const problem = problemOf(error);
  if (isFailure(problem)) {
    log.error({ request_id: request.id, err: problem.cause ?? problem, code: problem.code }, problem.detail);
  }
  if (problem.status === 413) readOn(reply);
  const answer = dialectOf(request)?.render(problem, request) ?? {
    status: problem.status,
    type: PROBLEM_JSON,
    body: problemBody(problem, request.id),
  };
  void reply
    .code(answer.status)
    .headers({ ...problem.headers, ...answer.headers })
    .type(answer.type)
    .send(JSON.stringify(answer.body));
}
