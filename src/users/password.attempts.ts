import { Injectable } from '@nestjs/common';
import { type RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { sharedLimiter } from '../platform/database/shared.limiter.js';
import { rateLimited } from '../platform/errors/problem.js';
import { addressBlock } from '../platform/http/address.js';
import { Settings } from '../platform/settings/settings.js';
import { accountDigest, type LockingCounter } from './account.locks.js';
import { KnownAddresses } from './known.addresses.js';

const BATCH = 1_000;

/** What is counted under one key, and, where it shuts an account, for which address. */
interface Counter {
  limiter: RateLimiterPostgres;
  key: string;
  locks?: Pick<LockingCounter, 'address'>;
}

interface Counted {
  key: string;
  /** Windows that began after the point was taken end later than this (milliseconds since the epoch). */
  latestEnd: number;
}

/** One attempt, counted as a failure until it is taken back. */
export interface Attempt {
  /** The counters of the account that this attempt has used up, should it fail. */
  readonly usedUp: readonly LockingCounter[];
  /** Takes back this attempt and no other. */
  refund(): Promise<void>;
}

/**
 * Counts guesses at passwords before one is looked at, in PostgreSQL: exact however many instances and guesses run at
 * once. Whoever signs in guesses, and whoever gives the present password to change it.
 *
 * Nobody can lock somebody out: what a stranger uses up is the account at the stranger's own address. Only after many more
 * failures is it shut for all addresses, but for those that are known for it.
 */
@Injectable()
export class PasswordAttempts {
  private readonly accountFromAddress: RateLimiterPostgres;
  private readonly account: RateLimiterPostgres;
  private readonly address: RateLimiterPostgres;
  private readonly all: RateLimiterPostgres;
  private readonly ownPassword: RateLimiterPostgres;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly known: KnownAddresses,
    private readonly settings: Settings,
  ) {
    this.accountFromAddress = sharedLimiter(database, 'account-from-address');
    this.account = sharedLimiter(database, 'account');
    this.address = sharedLimiter(database, 'address');
    this.all = sharedLimiter(database, 'all');
    this.ownPassword = sharedLimiter(database, 'own-password');
  }

  /**
   * Counts a sign-in for the account from this address, for the account where the address is not known for it, for the
   * address, and in all.
   * @param loginName in lower case, of a user or of nobody.
   * @throws Problem 429 when any of them is used up; such a refusal counts nowhere.
   */
  takeSignIn(loginName: string, address: string): Promise<Attempt> {
    return this.take(this.countersOf(loginName, address));
  }

  /** The narrowest first: guesses at one account must not use up what all accounts share. */
  private async *countersOf(loginName: string, address: string): AsyncGenerator<Counter> {
    const account = accountDigest(loginName);
    const block = addressBlock(address);
    yield { limiter: this.accountFromAddress, key: `${account}:${block}`, locks: { address: block } };
    if (!(await this.known.has(loginName, address)))
      yield { limiter: this.account, key: account, locks: { address: null } };
    yield { limiter: this.address, key: block };
    yield { limiter: this.all, key: 'all' };
  }

  /**
   * Counts the present password that somebody gives in a session, in that session alone: neither guesses at the sign-in nor
   * those in another session keep the owner from changing it.
   * @throws Problem 429
   */
  takeOwnPassword(username: string, sessionId: string): Promise<Attempt> {
    const account = accountDigest(username.toLowerCase());
    return this.take([{ limiter: this.ownPassword, key: `${account}:${sessionId}` }]);
  }

  private async take(counters: Iterable<Counter> | AsyncIterable<Counter>): Promise<Attempt> {
    this.followLimits();
    const counted: Counted[] = [];
    const usedUp: LockingCounter[] = [];
    for await (const { limiter, key: id, locks } of counters) {
      const { points } = limiter;
      const result = await consume(limiter, id);
      const key = limiter.getKey(id);
      counted.push({ key, latestEnd: this.clock.now() + limiter.duration * 1_000 });
      if (result.consumedPoints > points) {
        await this.giveBack(counted);
        const seconds = Math.max(1, Math.ceil(result.msBeforeNext / 1_000));
        throw rateLimited(`Too many passwords were wrong. Try again in ${seconds} s.`, seconds);
      }
      if (locks !== undefined && result.consumedPoints === points) usedUp.push({ key, points, ...locks });
    }
    return { usedUp, refund: () => this.giveBack(counted) };
  }

  private followLimits(): void {
    const { account_from_address, account, address, all } = this.settings.current.limits.sign_in;
    for (const limiter of [this.accountFromAddress, this.ownPassword]) {
      const { failures, minutes } = account_from_address;
      Object.assign(limiter, { points: failures, duration: minutes * 60 });
    }
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

/** Takes a point, whether or not there was room for it. */
async function consume(limiter: RateLimiterPostgres, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal;
    throw refusal;
  }
}
