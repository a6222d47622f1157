import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limits } from '../../../config/limits.js';
import { Database } from '../../platform/database/database.js';
import { rateLimited } from '../../platform/errors/problem.js';
import { addressBlock } from '../../platform/http/address.js';
import { LIMITS } from '../../platform/limits.js';

/** How many spaces an address may make without a token, counted in PostgreSQL for all instances. */
@Injectable()
export class CreationLimits {
  private readonly limiter: RateLimiterPostgres;

  constructor(database: Database, @Inject(LIMITS) { public_spaces }: Limits) {
    this.limiter = new RateLimiterPostgres({
      storeClient: database.pool,
      storeType: 'pool',
      // The one table of things limited by address; what has run out there is swept.
      tableName: 'sign_in_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: 'public-space',
      points: public_spaces.creations,
      duration: public_spaces.minutes * 60,
    });
  }

  /** @throws Problem 429. */
  async take(address: string): Promise<void> {
    try {
      await this.limiter.consume(addressBlock(address));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
      throw rateLimited(`Too many spaces were made from here. Try again in ${seconds} s.`, seconds);
    }
  }
}
