import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../platform/errors/problem.js';
import { addressOf } from '../platform/http/address.js';
import { fingerprintOf, type RequestFingerprint } from './idempotency/request.fingerprint.js';
import type { AccessRule } from './access.decorators.js';
import { operator, type Principal } from './principal.js';

/** What a service knows of the request it serves: who, from where, under which rule and conditions. */
export interface RequestContext {
  principal: Principal;
  /** What the route asks; checked again inside the transaction of a write. */
  rule: AccessRule | undefined;
  request_id: string | null;
  address: string | null;
  /** `POST /api/v1/tickets`: the scope of an idempotency key. */
  route: string;
  idempotency_key: string | undefined;
  /** The If-Match header as sent. */
  if_match: string | undefined;
  fingerprint: () => RequestFingerprint;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whoever calls; the guard that recognised them sets it. */
    principal?: Principal;
    accessRule?: AccessRule;
    /** Whether the service reads the caller's state anew before it changes anything. */
    readsPrincipalAgain?: boolean;
  }
}

/** What is not the same when it is done twice: a second DELETE finds nothing. */
const KEYED = new Set(['POST', 'DELETE']);
const KEY = /^[\x21-\x7e]{1,200}$/;

function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (!KEYED.has(request.method) || key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new Problem(422, 'validation_failed', 'Idempotency-Key must be 1 to 200 visible ASCII characters.', {
    errors: [{ path: 'Idempotency-Key', message: 'must be 1 to 200 visible ASCII characters' }],
  });
}

/** @param conditional false for a legacy API, which knows neither Idempotency-Key nor If-Match; nginx gives a DELETE a key. */
export function contextOf(request: FastifyRequest, { conditional = true } = {}): RequestContext {
  const { principal } = request;
  if (principal === undefined) throw new Error('an operation without a principal asked for its context');
  return {
    principal,
    rule: request.accessRule,
    request_id: request.id,
    address: addressOf(request),
    route: `${request.method} ${request.routeOptions.url}`,
    idempotency_key: conditional || request.method === 'DELETE' ? idempotencyKey(request) : undefined,
    if_match: conditional ? request.headers['if-match'] : undefined,
    fingerprint: () => fingerprintOf(request),
  };
}

/** The context of work that nobody asked for by HTTP. @param route the name under which it is known. */
export const contextWithoutRequest = (principal: Principal, route: string): RequestContext => ({
  principal,
  rule: { kind: 'authenticated', authenticationSection: false, anyScope: false },
  request_id: null,
  address: null,
  route,
  idempotency_key: undefined,
  if_match: undefined,
  fingerprint: () => ({ digest: Buffer.alloc(0), secrets: undefined }),
});

/** The context of work that a command does. */
export const operatorContext = (command: string): RequestContext => contextWithoutRequest(operator, command);

/** The caller and the conditions of the request, for a service. */
export const Context = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext =>
  contextOf(execution.switchToHttp().getRequest<FastifyRequest>()),
);
