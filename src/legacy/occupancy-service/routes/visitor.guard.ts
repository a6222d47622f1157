import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { type Principal, rightsTo, system } from '../../../access/principal.js';
import { addressOf } from '../../../platform/http/address.js';
import { SpaceService } from '../../../spaces/tree/space.service.js';
import { CreationLimits } from './creation.limits.js';
import { uuidIn } from '../../../platform/validation/uuid.spelling.js';

/** Somebody without a token. */
const visitor: Principal = {
  type: 'visitor',
  id: null,
  name: '(visitor)',
  client_id: 'public-spaces',
  rank: 0,
  rights: rightsTo('space:read', 'space:count', 'space:create', 'space:update'),
};

const OR_VISITOR = 'frontdesk:or-visitor';

/** Beside RequirePermission: while PUBLIC_SPACES is on, also open without a token, to make a space or for a public one. */
export const OrVisitor = (to: 'make a space' | 'use a public space'): MethodDecorator =>
  SetMetadata(OR_VISITOR, to);

/** Lets somebody without a token in; registered only while PUBLIC_SPACES is on, before the guard that asks for one. */
@Injectable()
export class VisitorGuard implements CanActivate {
  constructor(
    private readonly spaces: SpaceService,
    private readonly limits: CreationLimits,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const to = this.reflector.get<string | undefined>(OR_VISITOR, execution.getHandler());
    const request = execution.switchToHttp().getRequest<FastifyRequest<{ Params: { id?: string } }>>();
    if (to === undefined || request.headers.authorization !== undefined) return true;
    if (to === 'make a space') await this.limits.take(addressOf(request));
    else if (!(await this.isPublic(request.params.id ?? ''))) return true;
    request.principal = visitor;
    return true;
  }

  /** What is no id is refused as such, and not for want of a token. @throws Problem 404. */
  private async isPublic(spelling: string): Promise<boolean> {
    const id = uuidIn(spelling);
    return id === undefined || (await this.spaces.read(system, id)).public;
  }
}
