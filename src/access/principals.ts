import { Injectable } from '@nestjs/common';
import type { Queryable } from '../platform/database/database.js';
import { Problem } from '../platform/errors/problem.js';
import type { Principal } from './principal.js';

type Of<Type extends Principal['type']> = Extract<Principal, { type: Type }>;

/** How principals of one type stand in the database now; the feature that lets them in registers it. */
interface PrincipalReader<P extends Principal> {
  /**
   * Reads them anew, the scope of their tokens kept.
   * @returns one for each, in their order; undefined for one that is gone.
   */
  read(db: Queryable, principals: readonly P[]): Promise<(P | undefined)[]>;
  /** Why one that is gone may not go on. */
  gone: (principal: P) => Problem;
}

/**
 * Reads principals anew: what a guard knew may have changed by the time at which it counts. Those that nothing in the
 * database stands behind, such as an operator, stay as they are.
 */
@Injectable()
export class Principals {
  private readonly readers = new Map<Principal['type'], PrincipalReader<Principal>>();

  register<Type extends Principal['type']>(type: Type, reader: PrincipalReader<Of<Type>>): void {
    this.readers.set(type, reader as unknown as PrincipalReader<Principal>);
  }

  /** Each as it is now, or why it may not go on. */
  async readAgain(
    db: Queryable,
    principals: Iterable<Principal>,
  ): Promise<Map<Principal, Principal | Problem>> {
    const found = new Map<Principal, Principal | Problem>();
    const byType = Map.groupBy(new Set(principals), ({ type }) => type);
    await Promise.all(
      [...byType].map(async ([type, group]) => {
        const reader = this.readers.get(type);
        if (reader === undefined) {
          for (const principal of group) found.set(principal, principal);
          return;
        }
        const now = await reader.read(db, group);
        for (const [index, principal] of group.entries())
          found.set(principal, now[index] ?? reader.gone(principal));
      }),
    );
    return found;
  }

  /** @throws Problem 401 for one that is gone. */
  async current(db: Queryable, principal: Principal): Promise<Principal> {
    const now = (await this.readAgain(db, [principal])).get(principal);
    if (now === undefined || now instanceof Problem) throw now ?? new Error('a principal was not read');
    return now;
  }
}

/** Says who calls, where a request is looked at before any route; implemented by the authentication. */
export abstract class RequestPrincipal {
  /** Reads the caller's state now. @returns undefined for nobody, and for a token that is no good. */
  abstract of(request: { headers: { authorization?: string | undefined } }): Promise<Principal | undefined>;
}
