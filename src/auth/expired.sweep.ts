import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database/database.js';
import { IdempotencyKeys } from '../access/idempotency/idempotency.keys.js';
import { eachInTurn } from '../platform/jobs/each.in.turn.js';
import { JobHandlers } from '../platform/jobs/job.handlers.js';
import { task } from '../platform/jobs/task.js';
import { AccountLocks } from '../users/account.locks.js';
import { KnownAddresses } from '../users/known.addresses.js';
import { PasswordAttempts } from '../users/password.attempts.js';
import { SessionsRepository } from './sessions/sessions.repository.js';

const expiredTask = task('auth.expired', z.object({}));

/** For each kind: all of them are done before the next run is due. */
const LONGEST_MS = 8_000;

/** Each minute: removes what has run out, batch by batch. */
@Injectable()
export class ExpiredSweep implements OnModuleInit {
  /** Each removes a batch and says whether there may be more. */
  private readonly sweeps: Record<string, () => Promise<boolean>>;

  constructor(
    private readonly jobs: JobHandlers,
    sessions: SessionsRepository,
    attempts: PasswordAttempts,
    locks: AccountLocks,
    addresses: KnownAddresses,
    keys: IdempotencyKeys,
    database: Database,
  ) {
    this.sweeps = {
      sessions: () => sessions.sweep(),
      'refresh tokens': () => sessions.sweepRefreshTokens(),
      'sign-in limits': () => attempts.sweep(),
      'sign-in locks': () => locks.sweep(),
      'sign-in addresses': () => addresses.sweep(),
      'idempotency keys': () => keys.sweep(database),
    };
  }

  onModuleInit(): void {
    this.jobs.register(expiredTask, (_, { signal }) => this.run(signal));
    this.jobs.every('* * * * *', expiredTask);
  }

  private run(signal: AbortSignal): Promise<void> {
    return eachInTurn(
      Object.keys(this.sweeps),
      async (kind) => {
        const end = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
        while (!end.aborted && (await this.sweeps[kind]?.()));
      },
      { failed: 'what has run out could not be removed', signal },
    );
  }
}
