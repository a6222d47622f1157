import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../platform/database/database.js';

/** What a sign-in is checked against. */
export interface Credentials {
  id: number;
  username: string;
  password_hash: string;
  login_denied: boolean;
}

/** The few statements that sign-in needs on users. */
@Injectable()
export class UserCredentials {
  constructor(private readonly database: Database) {}

  /** @param loginName in lower case: one spelling for each account, so that counting by it counts by account. */
  async find(loginName: string): Promise<Credentials | undefined> {
    const [row] = await this.database.query<Credentials>({
      prepare: true,
      text: 'SELECT id, username, password_hash, login_denied FROM users WHERE lower(username) = $1',
      values: [loginName],
    });
    return row;
  }

  async hashOf(id: number): Promise<string | undefined> {
    const [row] = await this.database.query<{ password_hash: string }>({
      text: 'SELECT password_hash FROM users WHERE id = $1',
      values: [id],
    });
    return row?.password_hash;
  }

  /** Replaces a hash by one of the same password; nobody sees a change, so version and updated_at stay. */
  async storeRehash(id: number, verified: string, rehashed: string): Promise<void> {
    await this.database.query({
      text: 'UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2',
      values: [id, verified, rehashed],
    });
  }

  async isThere(id: number): Promise<boolean> {
    const rows = await this.database.query({
      prepare: true,
      text: 'SELECT 1 FROM users WHERE id = $1',
      values: [id],
    });
    return rows.length === 1;
  }

  /** Whether the user is still there and may have tokens. */
  async mayHaveTokens(id: number): Promise<boolean> {
    const rows = await this.database.query({
      prepare: true,
      text: 'SELECT 1 FROM users WHERE id = $1 AND NOT login_denied',
      values: [id],
    });
    return rows.length === 1;
  }

  /**
   * The password hash of a user who may have tokens; neither can change before the transaction ends.
   * @returns undefined when the user is gone or denied.
   */
  async hold(tx: Tx, id: number): Promise<string | undefined> {
    const [row] = await tx.query<{ password_hash: string }>({
      prepare: true,
      text: 'SELECT password_hash FROM users WHERE id = $1 AND NOT login_denied FOR SHARE',
      values: [id],
    });
    return row?.password_hash;
  }
}
