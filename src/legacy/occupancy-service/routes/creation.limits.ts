import { Injectable } from '@nestjs/common';
import { type RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { Database } from '../../../platform/database/database.js';
import { sharedLimiter } from '../../../platform/database/shared.limiter.js';
import { rateLimited } from '../../../platform/errors/problem.js';
import { addressBlock } from '../../../platform/http/address.js';
import { Settings } from '../../../platform/settings/settings.js';

/** How many spaces an address may make without a token, counted in PostgreSQL for all instances. */
@Injectable()
export class CreationLimits {
  private readonly limiter: RateLimiterPostgres;

  constructor(
    database: Database,
    private readonly settings: Settings,
  ) {
    this.limiter = sharedLimiter(database, 'public-space');
  }

  /** @throws Problem 429. */
  async take(address: string): Promise<void> {
    const { creations, minutes } = this.settings.current.limits.public_spaces;
    Object.assign(this.limiter, { points: creations, duration: minutes * 60 });
    try {
      await this.limiter.consume(addressBlock(address));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
      throw rateLimited(`Too many spaces were made from here. Try again in ${seconds} s.`, seconds);
    }
  }
}
