import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ACCESS_RULE, type AccessRule, READS_PRINCIPAL_AGAIN } from '../access/access.decorators.js';
import { Problem, unauthenticated } from '../platform/errors/problem.js';
import { TokenRefused } from './access-token.verifier.js';
import { BearerStrategy, bearerToken } from './bearer.strategy.js';

/** Says who calls, for every route that is not public; what they may do is asked afterwards. */
@Injectable()
export class BearerGuard extends AuthGuard() {
  constructor(
    strategy: BearerStrategy,
    private readonly reflector: Reflector,
  ) {
    super({ defaultStrategy: strategy.name, property: 'principal' });
  }

  override async canActivate(execution: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.get<AccessRule | undefined>(ACCESS_RULE, execution.getHandler());
    if (rule?.kind === 'public') return true;
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    // A device or a visitor was recognised, which happens on the routes that are open to them only.
    if (request.principal !== undefined) return true;
    const given = bearerToken(request.headers.authorization);
    if (given === undefined) throw unauthenticated();
    if (given === 'malformed')
      throw unauthenticated('The Authorization header must be "Bearer" and one token.');
    refuseSecondToken(request.body);
    request.readsPrincipalAgain = this.reflector.get(READS_PRINCIPAL_AGAIN, execution.getHandler()) === true;
    return (await super.canActivate(execution)) as boolean;
  }

  override handleRequest<Principal>(error: unknown, principal: Principal | false, info: unknown): Principal {
    const refused = error ?? info;
    if (refused instanceof TokenRefused) throw unauthenticated(refused.message, refused.reason);
    if (refused instanceof Error) throw refused;
    if (principal === false) throw new Error('the strategy named neither principal nor error');
    return principal;
  }
}

/** RFC 6750, 2: a client uses one way in a request. */
function refuseSecondToken(body: unknown): void {
  if (typeof body === 'object' && body !== null && Object.hasOwn(body, 'access_token')) {
    throw new Problem(
      400,
      'invalid_request',
      'Send the token in the Authorization header, and not in the body as well.',
    );
  }
}
