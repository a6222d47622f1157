import { Injectable } from '@nestjs/common';
import { writeAudit } from '../access/audit/audit.js';
import { Database } from '../platform/database/database.js';
import { normalise, ruleOf } from '../platform/validation/text.js';
import { AccountLocks } from '../users/account.locks.js';
import { KnownAddresses } from '../users/known.addresses.js';
import { type Attempt, PasswordAttempts } from '../users/password.attempts.js';
import { PasswordHasher } from '../users/password.hasher.js';
import { type Credentials, UserCredentials } from '../users/user.credentials.js';
import { auditSource, requestSource } from './request.source.js';
import { SessionsRepository } from './sessions/sessions.repository.js';

/** How much of what was given for a username is kept: enough for any, and not what an index cannot hold. */
const longestUsername = (): number => Math.max(64, ruleOf('username').max);

/** One spelling for each account, so that counting by it counts by account. */
const loginNameOf = (username: string): string => normalise(username).toLowerCase();

const requestAddress = (): string => requestSource.getStore()?.address ?? 'unknown';

/** Every path through here verifies one argon2id hash, so that none is faster than another. */
@Injectable()
export class SignIn {
  constructor(
    private readonly database: Database,
    private readonly credentials: UserCredentials,
    private readonly hasher: PasswordHasher,
    private readonly attempts: PasswordAttempts,
    private readonly locks: AccountLocks,
    private readonly addresses: KnownAddresses,
    private readonly sessions: SessionsRepository,
  ) {}

  /**
   * Checks a user's password.
   * @returns undefined when anything about it is wrong: the caller must not learn what.
   * @throws Problem 429 after too many failures, 503 when too many passwords are being checked.
   */
  async authenticate(username: string, password: string, clientId: string): Promise<Credentials | undefined> {
    const loginName = loginNameOf(username);
    const attempt = await this.attempts.takeSignIn(loginName, requestAddress());
    let user: Credentials | undefined;
    try {
      user = await this.verify(loginName, password);
      if (user === undefined) await this.refuse(username, clientId, attempt);
    } catch (error) {
      // Whoever is told nothing has guessed nothing.
      await attempt.refund();
      throw error;
    }
    if (user === undefined) return undefined;
    await attempt.refund();
    return this.renewHash(user, password);
  }

  /**
   * Opens the session of a grant, or discards the grant when the password or the right to sign in was changed since
   * it was verified: a session must not outlive a change that ended all others.
   */
  async open(user: Credentials, password: string, grantId: string, clientId: string): Promise<boolean> {
    let verified = user.password_hash;
    for (;;) {
      const stored = await this.database.transaction(async (tx) => {
        const current = await this.credentials.hold(tx, user.id);
        if (current === verified) {
          this.sessions.recordStart(tx, user, grantId, clientId);
          this.addresses.record(tx, user.id, requestAddress());
        }
        return current;
      });
      if (stored === verified) return true;
      // Another hash of the same password is a renewal by a sign-in beside this one.
      if (stored === undefined || !(await this.hasher.verify(stored, password))) break;
      verified = stored;
    }
    await this.sessions.discard(grantId);
    await this.refuse(user.username, clientId);
    return false;
  }

  private async verify(loginName: string, password: string): Promise<Credentials | undefined> {
    // Of any length: users keep a name that was made when a longer one was allowed.
    const wellFormed = loginName.isWellFormed() && !loginName.includes('\0');
    const user = wellFormed ? await this.credentials.find(loginName) : undefined;
    if (user === undefined) {
      await this.hasher.verifyDummy(password);
      return undefined;
    }
    const matches = await this.hasher.verify(user.password_hash, password);
    return matches && !user.login_denied ? user : undefined;
  }

  /** Brings a hash of a legacy installation up to today's parameters. */
  private async renewHash(user: Credentials, password: string): Promise<Credentials> {
    if (!this.hasher.needsRehash(user.password_hash)) return user;
    const renewed = await this.hasher.hash(password);
    await this.credentials.storeRehash(user.id, user.password_hash, renewed);
    return { ...user, password_hash: renewed };
  }

  private async refuse(username: string, clientId: string, failed?: Attempt): Promise<void> {
    const attempted = username
      .toWellFormed()
      .replace(/\p{Cc}/gu, '\uFFFD')
      .slice(0, longestUsername());
    const source = auditSource(undefined, clientId);
    await this.database.transaction(async (tx) => {
      writeAudit(tx, source, {
        action: 'session.refused',
        subject_type: 'username',
        subject_id: attempted,
      });
      for (const counter of failed?.usedUp ?? [])
        await this.locks.begin(tx, source, counter, { loginName: loginNameOf(username), attempted });
    });
  }
}
