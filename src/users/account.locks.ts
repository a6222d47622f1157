import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../access/context.js';
import { writeAuditBatch } from '../access/audit/audit.batch.js';
import { type AuditSource, ownSource, sourceOf, writeAudit } from '../access/audit/audit.js';
import { Clock } from '../platform/clock.js';
import { Database, type Tx } from '../platform/database/database.js';

const BATCH = 200;

/** How a counter names an account: all of one account are found by it, whatever was typed. */
export const accountDigest = (loginName: string): string =>
  createHash('sha256').update(loginName).digest('base64url');

/** A counter of wrong passwords that keeps an account shut once it is used up. */
export interface LockingCounter {
  key: string;
  /** How many failures use it up. */
  points: number;
  /** The only address that it shuts the account for; null when it shuts it for every one that is not known. */
  address: string | null;
}

interface Lock {
  subject_type: string;
  subject_id: string;
  address: string | null;
  until: string;
}

const COLUMNS = 'subject_type, subject_id, address, until';

/**
 * Beginning and end of the times in which an account takes no password, a row of the audit for each. A lock itself is a
 * used-up row of sign_in_limits; here is kept which of them have been told.
 */
@Injectable()
export class AccountLocks {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Tells of a lock that has begun, once for each window of the counter, however many instances see it.
   * @param loginName in lower case, of a user or of nobody. @param attempted how the audit names nobody.
   */
  async begin(
    tx: Tx,
    source: AuditSource,
    { key, points, address }: LockingCounter,
    { loginName, attempted }: { loginName: string; attempted: string },
  ): Promise<void> {
    const [lock] = await tx.query<Lock>({
      text: `INSERT INTO sign_in_locks (key, until, account, address, subject_type, subject_id)
             SELECT l.key, to_timestamp(l.expire / 1000.0), $2, $3,
               CASE WHEN u.id IS NULL THEN 'username' ELSE 'user' END, coalesce(u.id::text, $4)
             FROM sign_in_limits l LEFT JOIN users u ON lower(u.username) = $5
             WHERE l.key = $1 AND l.points >= $6 AND l.expire > $7
             ON CONFLICT (key, until) DO NOTHING RETURNING ${COLUMNS}`,
      values: [key, accountDigest(loginName), address, attempted, loginName, points, this.clock.now()],
    });
    if (lock === undefined) return;
    const { subject_type, subject_id, until } = lock;
    writeAudit(tx, source, {
      action: 'sign_in.locked',
      subject_type,
      subject_id,
      after: { address, failures: points, until },
    });
  }

  /**
   * Forgets every failure that was counted for a user, and ends the locks that came of them.
   * @param reason for the audit.
   */
  async clear(tx: Tx, context: RequestContext, username: string, reason: string): Promise<void> {
    const account = accountDigest(username.toLowerCase());
    await tx.query({
      text: `DELETE FROM sign_in_limits WHERE split_part(key, ':', 2) = $1`,
      values: [account],
    });
    // Those whose time is over are ended by the sweep, in its own name.
    const ended = await tx.query<Lock>({
      text: `DELETE FROM sign_in_locks WHERE account = $1 AND until > to_timestamp($2 / 1000.0) RETURNING ${COLUMNS}`,
      values: [account, this.clock.now()],
    });
    await writeAuditBatch(
      tx,
      sourceOf(context),
      ended.map((lock) => endOf(lock, reason)),
    );
  }

  /** Ends some of the locks whose time is over. @returns whether there may be more. */
  sweep(): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const ended = await tx.query<Lock>({
        text: `DELETE FROM sign_in_locks WHERE (key, until) IN (
                 SELECT key, until FROM sign_in_locks WHERE until <= to_timestamp($1 / 1000.0)
                 ORDER BY until LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
               RETURNING ${COLUMNS}`,
        values: [this.clock.now()],
      });
      await writeAuditBatch(
        tx,
        ownSource,
        ended.map((lock) => ({ ...endOf(lock, 'time'), at: lock.until })),
      );
      return ended.length === BATCH;
    });
  }
}

const endOf = ({ subject_type, subject_id, address, until }: Lock, reason: string) => ({
  action: 'sign_in.unlocked' as const,
  subject_type,
  subject_id,
  before: { address, until },
  after: { reason },
});
