import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { forbidden, unauthenticated } from '../platform/errors/problem.js';
import { ACCESS_RULE, type AccessRule } from './access.decorators.js';
import { assertMayPass } from './access.policy.js';

/** Closed to every route that declares no rule. Authentication has filled request.principal before. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(execution: ExecutionContext): boolean {
    const rule = this.reflector.get<AccessRule | undefined>(ACCESS_RULE, execution.getHandler());
    if (rule === undefined) throw forbidden('This operation declares no access rule, so nobody may use it.');
    if (rule.kind === 'public') return true;
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    if (request.principal === undefined) throw unauthenticated();
    request.accessRule = rule;
    assertMayPass(rule, request.principal);
    return true;
  }
}
