import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { forbidden, unauthenticated } from '../platform/errors/problem.js';
import { ACCESS_RULE, type AccessRule } from './access.decorators.js';
import { assertMayPass } from './access.policy.js';

/** The door: closed to every route that declares no rule. Authentication has filled request.user before. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(execution: ExecutionContext): boolean {
    const rule = this.reflector.get<AccessRule | undefined>(ACCESS_RULE, execution.getHandler());
    if (rule === undefined) throw forbidden('This operation declares no access rule, so nobody may use it.');
    if (rule.kind === 'public') return true;
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    // Only on a route that is open to devices; the service decides what the device may do there.
    if (request.device !== undefined) return true;
    if (request.user === undefined) throw unauthenticated();
    request.accessRule = rule;
    assertMayPass(rule, request.user);
    return true;
  }
}
