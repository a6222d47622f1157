import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Database } from './database.js';

/**
 * Counts points in PostgreSQL, for all instances together, in the one table of what is limited; what has run out there
 * is swept. How many points, and for how many seconds, is set before each use, for a reload may change both.
 */
export const sharedLimiter = ({ pool }: Database, keyPrefix: string): RateLimiterPostgres =>
  new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'sign_in_limits',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix,
    points: 1,
    duration: 1,
  });
