import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limits } from '../../config/limits.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { sharedLimiter } from '../platform/database/shared.limiter.js';
import { rateLimited } from '../platform/errors/problem.js';
import { addressBlock } from '../platform/http/address.js';
import { LIMITS } from '../platform/settings/limits.js';

const BATCH = 1_000;

interface Counted {
  key: string;
  /** Windows that began after the point was taken end later than this (milliseconds since the epoch). */
  latestEnd: number;
}

/** One attempt, counted as a failure until it is taken back. */
interface Attempt {
  /** Takes back this attempt and no other. */
  refund(): Promise<void>;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * Counts guesses at passwords before one is looked at, in PostgreSQL: exact however many instances and guesses run at
 * once. Whoever signs in guesses, and whoever gives the present password to change it.
 */
@Injectable()
export class PasswordAttempts {
  private readonly account: RateLimiterPostgres;
  private readonly address: RateLimiterPostgres;
  private readonly all: RateLimiterPostgres;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LIMITS) private readonly limits: Limits,
  ) {
    this.account = sharedLimiter(database, 'account');
    this.address = sharedLimiter(database, 'address');
    this.all = sharedLimiter(database, 'all');
  }

  /**
   * Counts an attempt for the account, for the address, and in all.
   * @param loginName in lower case, of a user or of nobody.
   * @throws Problem 429 when any of the three is used up; such a refusal counts nowhere.
   */
  async take(loginName: string, address: string): Promise<Attempt> {
    this.followLimits();
    const counted: Counted[] = [];
    // The narrowest first: guesses at one account must not use up what all accounts share.
    for (const [limiter, key] of [
      [this.account, digest(loginName)],
      [this.address, addressBlock(address)],
      [this.all, 'all'],
    ] as const) {
      const refusal = await consume(limiter, key);
      counted.push({ key: limiter.getKey(key), latestEnd: this.clock.now() + limiter.duration * 1_000 });
      if (refusal === undefined) continue;
      await this.giveBack(counted);
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
      throw rateLimited(`Too many passwords were wrong. Try again in ${seconds} s.`, seconds);
    }
    return { refund: () => this.giveBack(counted) };
  }

  private followLimits(): void {
    const { account, address, all } = this.limits.sign_in;
    Object.assign(this.account, { points: account.failures, duration: account.minutes * 60 });
    Object.assign(this.address, { points: address.failures, duration: address.minutes * 60 });
    Object.assign(this.all, { points: all.failures, duration: all.seconds });
  }

  /** Removes some of the windows that are long over. @returns whether there may be more. */
  async sweep(): Promise<boolean> {
    const rows = await this.database.query({
      text: `DELETE FROM sign_in_limits WHERE key IN (
               SELECT key FROM sign_in_limits WHERE expire < $1 ORDER BY expire LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
             RETURNING 1`,
      values: [this.clock.now() - 3_600_000],
    });
    return rows.length === BATCH;
  }

  /** The library's reward() would open a new window with a credit when the old one has just ended. */
  private async giveBack(counted: Counted[]): Promise<void> {
    // One row a statement: two refunds can then never wait for each other.
    await Promise.all(
      counted.map(({ key, latestEnd }) =>
        this.database.query({
          prepare: true,
          text: 'UPDATE sign_in_limits SET points = points - 1 WHERE key = $1 AND expire <= $2 AND points > 0',
          values: [key, latestEnd],
        }),
      ),
    );
  }
}

/** @returns undefined when there was room. */
async function consume(limiter: RateLimiterPostgres, key: string): Promise<RateLimiterRes | undefined> {
  try {
    await limiter.consume(key);
    return undefined;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal;
    throw refusal;
  }
}
