import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../platform/database/database.js';
import { addressBlock } from '../platform/http/address.js';

const KEPT = `interval '30 days'`;
const BATCH = 1_000;

/** From where each user signed in within the last 30 days: guesses from elsewhere never keep them out there. */
@Injectable()
export class KnownAddresses {
  constructor(private readonly database: Database) {}

  /** @param loginName in lower case, of a user or of nobody. */
  async has(loginName: string, address: string): Promise<boolean> {
    // PostgreSQL takes no NUL, and no name has one.
    if (loginName.includes('\0')) return false;
    const rows = await this.database.query({
      prepare: true,
      pipelined: true,
      text: `SELECT 1 FROM users u JOIN sign_in_addresses a ON a.user_id = u.id
             WHERE lower(u.username) = $1 AND a.address = $2 AND a.signed_in_at > now() - ${KEPT}`,
      values: [loginName, addressBlock(address)],
    });
    return rows.length > 0;
  }

  /** Adds the address of a sign-in, together with its commit. */
  record(tx: Tx, userId: number, address: string): void {
    tx.atCommit({
      prepare: true,
      text: `INSERT INTO sign_in_addresses (user_id, address) VALUES ($1, $2)
             ON CONFLICT (user_id, address) DO UPDATE SET signed_in_at = excluded.signed_in_at`,
      values: [userId, addressBlock(address)],
    });
  }

  /** Removes some of those that are too old to count. @returns whether there may be more. */
  async sweep(): Promise<boolean> {
    const rows = await this.database.query({
      text: `DELETE FROM sign_in_addresses WHERE (user_id, address) IN (
               SELECT user_id, address FROM sign_in_addresses WHERE signed_in_at <= now() - ${KEPT}
               ORDER BY signed_in_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
             RETURNING 1`,
    });
    return rows.length === BATCH;
  }
}
