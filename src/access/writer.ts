import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../platform/database/database.js';
import { IdempotencyKeys } from './idempotency/idempotency.keys.js';
import { assertMayPass } from './access.policy.js';
import type { RequestContext } from './context.js';
import { Principals } from './principals.js';

/**
 * The way every write of a client goes: one transaction in which the caller's state is read anew, an
 * idempotency key is honoured, and the work, its audit row and the stored answer are kept together or not at all.
 */
@Injectable()
export class Writer {
  constructor(
    private readonly database: Database,
    private readonly principals: Principals,
    private readonly keys: IdempotencyKeys,
  ) {}

  /**
   * @param options.kept what of a result is kept for a repeated request: not a secret, which is shown once.
   * @returns what the work returned, or what it returned when the same key did it before (times are text either way).
   * @throws Problem 401 or 403 when the caller lost the right meanwhile, 409 or 422 for a key in use.
   */
  async run<T>(
    context: RequestContext,
    work: (tx: Tx, context: RequestContext) => Promise<T>,
    { kept }: { kept?: (result: T) => T } = {},
  ): Promise<T> {
    const { idempotency_key: key } = context;
    const request = key === undefined ? undefined : await this.keys.identify(context, key);
    const outcome = await this.database.transaction(async (tx) => {
      const principal = await this.principals.current(tx, context.principal);
      assertMayPass(context.rule, principal);
      const now = { ...context, principal };
      if (request === undefined) return { result: await work(tx, now) };
      return this.keys.once(tx, now, request, () => work(tx, now), kept);
    });
    return request === undefined ? outcome.result : this.keys.resultFor(request, outcome);
  }
}
