import { Injectable } from '@nestjs/common';
import type { AccessRule } from '../../access/access.decorators.js';
import { assertMayPass, worksThroughMaintenance } from '../../access/access.policy.js';
import type { Principal } from '../../access/principal.js';
import { Principals } from '../../access/principals.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { Problem, unauthenticated } from '../../platform/errors/problem.js';
import { closedToReaders } from '../../platform/maintenance/maintenance.gate.js';
import { MaintenanceWatch } from '../../platform/maintenance/maintenance.watch.js';

/** The principal of a stream, and the access rule of its route. */
export interface Watching {
  principal: Principal;
  rule: AccessRule | undefined;
}

/** The authorization check of open streams, made again from the database as the guard makes it. */
@Injectable()
export class StreamRights {
  constructor(
    private readonly principals: Principals,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly maintenance: MaintenanceWatch,
  ) {}

  /** @returns the streams whose principal may not watch any more, and why. */
  async lost(watching: readonly Watching[]): Promise<Map<Watching, Problem>> {
    const now = await this.principals.readAgain(
      this.database,
      watching.map(({ principal }) => principal),
    );
    return new Map(
      watching.flatMap((one): [Watching, Problem][] => {
        const refusal = this.refusalOf(one, now.get(one.principal) ?? one.principal);
        return refusal === undefined ? [] : [[one, refusal]];
      }),
    );
  }

  private refusalOf(
    { principal: before, rule }: Watching,
    principal: Principal | Problem,
  ): Problem | undefined {
    if (before.type === 'user' && this.clock.now() >= before.token_expires_at)
      return unauthenticated('The token has expired.', 'expired_token');
    if (principal instanceof Problem) return principal;
    try {
      assertMayPass(rule, principal);
    } catch (refusal) {
      if (refusal instanceof Problem) return refusal;
      throw refusal;
    }
    const closed = closedToReaders(this.maintenance.current);
    return closed === undefined || worksThroughMaintenance(principal) ? undefined : closed;
  }
}
