import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { IdempotencyKeys } from '../platform/idempotency/idempotency.keys.js';
import { PasswordAttempts } from '../users/password.attempts.js';
import { SessionsRepository } from './sessions/sessions.repository.js';

const EVERY_MS = 60_000;

/** Removes what has run out while somebody signs in: at most once a minute on each instance, a little at a time. */
@Injectable()
export class ExpiredSweep {
  private last = 0;

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly attempts: PasswordAttempts,
    private readonly keys: IdempotencyKeys,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async sweepWhenDue(): Promise<void> {
    const now = this.clock.now();
    if (now - this.last < EVERY_MS) return;
    this.last = now;
    await this.sessions.sweep();
    await this.attempts.sweep();
    await this.keys.sweep(this.database);
  }
}
