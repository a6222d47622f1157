import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config/env.js';
import type { RequestContext } from '../access/context.js';
import { type Permission, PermissionTable } from '../access/permissions.js';
import { asUser } from '../access/rights.js';
import { Sessions } from '../access/sessions.js';
import { Writer } from '../access/writer.js';
import { setValuesApart } from '../access/audit/audit.values.js';
import { changedFields, sourceOf, writeAudit } from '../access/audit/audit.js';
import { CONFIG } from '../platform/settings/config.js';
import type { Queryable, Tx } from '../platform/database/database.js';
import { inUseWhenReferred } from '../platform/errors/constraint.js';
import { conflict, invalid, notFound, Problem, signInAgain } from '../platform/errors/problem.js';
import { assertMatches } from '../platform/http/representation.js';
import type { Page } from '../platform/pagination/page.js';
import { forgetInitialPassword, renameInitialPassword } from './initial-passwords.js';
import { AccountLocks } from './account.locks.js';
import { PasswordAttempts } from './password.attempts.js';
import { PasswordHasher } from './password.hasher.js';
import { assertGoodPassword } from './password.policy.js';
import { UserCredentials } from './user.credentials.js';
import { assertMayGive, assertMayPatch, assertReaches } from './user.policy.js';
import { type UserChanges, UserRepository, type UserRow } from './user.repository.js';
import type { NewUser, UserPatch, UserQuery } from './user.schemas.js';

/** A new user whose password is hashed already. */
type HashedUser = Omit<NewUser, 'password'> & { password_hash: string; must_change_password: boolean };

/** How long after a sign-in the password may be replaced without the old one. */
const RECENT_SECONDS = 5 * 60;

setValuesApart('user', { personal: ['first_name', 'last_name', 'phone', 'email'] });

/** Fields whose change decides who may act as an admin. */
const DECISIVE = ['roles', 'disabled', 'login_denied'] as const;

@Injectable()
export class UserService {
  constructor(
    private readonly users: UserRepository,
    private readonly credentials: UserCredentials,
    private readonly hasher: PasswordHasher,
    private readonly attempts: PasswordAttempts,
    private readonly locks: AccountLocks,
    private readonly writer: Writer,
    private readonly sessions: Sessions,
    private readonly table: PermissionTable,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  list(query: UserQuery): Promise<Page<UserRow>> {
    return this.users.page(query);
  }

  async read(id: number): Promise<UserRow> {
    const user = await this.users.find(id);
    if (user === undefined) throw notFound('user', id);
    return user;
  }

  async readBy(field: 'username' | 'phone' | 'email', value: string): Promise<UserRow> {
    const { items } = await this.users.page({ [field]: value, limit: 1, sort: '-id', count: false });
    const [user] = items;
    if (user === undefined) throw notFound('user', value);
    return user;
  }

  /** The own account. */
  readMe({ principal }: RequestContext): Promise<UserRow> {
    return this.read(asUser(principal).id);
  }

  statusOf({ principal }: RequestContext): { status: 'ok' | 'disabled' } {
    return { status: asUser(principal).disabled ? 'disabled' : 'ok' };
  }

  /** Why this user cannot be given work that needs the permission; undefined when they can. */
  async reasonNotToAct(db: Queryable, id: number, permission: Permission): Promise<string | undefined> {
    const user = await this.users.find(id, db);
    if (user === undefined) return 'there is no such user';
    if (user.disabled || user.login_denied) return 'this user is disabled or may not sign in';
    if (!this.table.permissionsOf(user.roles).has(permission))
      return `none of this user's roles has ${permission}`;
    return undefined;
  }

  async create(context: RequestContext, input: NewUser, mustChangePassword = false): Promise<UserRow> {
    assertMayGive(context.principal, input.roles, this.table);
    const hashed = await this.hashed(input, mustChangePassword);
    return this.writer.run(context, (tx, now) => this.createIn(tx, now, hashed));
  }

  /** For `createIn`: a hash takes so long that nobody is to hold a transaction open meanwhile. */
  async hashed({ password, ...user }: NewUser, must_change_password: boolean): Promise<HashedUser> {
    assertGoodPassword(password, user.username, this.config.profile);
    return { ...user, must_change_password, password_hash: await this.hasher.hash(password) };
  }

  /** The same as `create` in a transaction that does more than this. */
  async createIn(tx: Tx, now: RequestContext, hashed: HashedUser): Promise<UserRow> {
    const { password_hash: _, must_change_password: __, ...after } = hashed;
    assertMayGive(now.principal, hashed.roles, this.table);
    const row = await this.users.insert(tx, hashed);
    writeAudit(tx, sourceOf(now), {
      action: 'user.create',
      subject_type: 'user',
      subject_id: row.id,
      after,
    });
    return row;
  }

  patch(context: RequestContext, id: number, patch: UserPatch): Promise<UserRow> {
    return this.writer.run(context, async (tx, now) => {
      assertMayPatch(now.principal, patch);
      const decisive = DECISIVE.some((field) => patch[field] !== undefined);
      const user = await this.lockForChange(tx, now, id, decisive);
      if (patch.roles) assertMayGive(now.principal, patch.roles, this.table, user.roles);
      return this.change(tx, now, user, patch, decisive);
    });
  }

  /** The user's own names and phone; everything else needs a permission. */
  patchMe(
    context: RequestContext,
    patch: Pick<UserPatch, 'first_name' | 'last_name' | 'phone'>,
  ): Promise<UserRow> {
    return this.writer.run(context, async (tx, now) => {
      const user = await this.lockForChange(tx, now, asUser(now.principal).id, false);
      return this.change(tx, now, user, patch, false);
    });
  }

  /** Ends every session of the user, and whatever failed sign-ins have locked. */
  async setPassword(context: RequestContext, id: number, password: string): Promise<void> {
    const { username } = await this.read(id);
    assertGoodPassword(password, username, this.config.profile);
    const hash = await this.hasher.hash(password);
    await this.writer.run(context, async (tx, now) => {
      const user = await this.lockForChange(tx, now, id, false);
      await this.storePassword(tx, now, user, hash);
      await this.sessions.end(tx, id);
      await this.locks.clear(tx, now, user.username, 'password reset');
    });
  }

  /** Forgets the failed sign-ins of the user, so that the right password is taken again at once, everywhere. */
  unlock(context: RequestContext, id: number): Promise<void> {
    return this.writer.run(context, async (tx, now) => {
      const user = await this.lockForChange(tx, now, id, false);
      await this.locks.clear(tx, now, user.username, 'unlock');
      writeAudit(tx, sourceOf(now), { action: 'user.unlock', subject_type: 'user', subject_id: id });
    });
  }

  /**
   * Needs the old password; ends every session but the caller's.
   * @throws Problem 422 when it is wrong or not changed, 429 after too many that were wrong in this session.
   */
  async changeOwnPassword(context: RequestContext, oldPassword: string, password: string): Promise<void> {
    const { id, name, session_id } = asUser(context.principal);
    const attempt = await this.attempts.takeOwnPassword(name, session_id);
    let present: 'old' | 'new' | undefined;
    try {
      present = await this.presentOf(id, oldPassword, password);
    } catch (error) {
      await attempt.refund();
      throw error;
    }
    if (present === undefined) {
      throw new Problem(422, 'wrong_password', 'The old password is not right.', {
        errors: [{ path: 'old_password', message: 'is not right' }],
      });
    }
    await attempt.refund();
    if (oldPassword === password) throw invalid('password', 'must be another one than the present');
    // It was sent again because the first answer was lost: it is done already.
    if (present === 'new') return;
    await this.replaceOwnPassword(context, password);
  }

  /** Which of the two is the password that the user has. */
  private async presentOf(id: number, old: string, password: string): Promise<'old' | 'new' | undefined> {
    const stored = await this.credentials.hashOf(id);
    if (stored === undefined) return undefined;
    if (await this.hasher.verify(stored, old)) return 'old';
    return old !== password && (await this.hasher.verify(stored, password)) ? 'new' : undefined;
  }

  /**
   * Asks for no old password, as the ticket server did not, but for a sign-in just before: whoever has got hold of a
   * token cannot lock its owner out. Ends every session but the caller's.
   * @throws Problem 401 when the sign-in is longer ago than 5 minutes.
   */
  async replaceOwnPasswordAfterSignIn(context: RequestContext, password: string): Promise<void> {
    if (!(await this.sessions.beganWithin(asUser(context.principal).session_id, RECENT_SECONDS))) {
      throw signInAgain('Sign in again first: this needs a sign-in of the last 5 minutes.', RECENT_SECONDS);
    }
    await this.replaceOwnPassword(context, password);
  }

  private async replaceOwnPassword(context: RequestContext, password: string): Promise<void> {
    const { id, name, session_id } = asUser(context.principal);
    assertGoodPassword(password, name, this.config.profile);
    const hash = await this.hasher.hash(password);
    await this.writer.run(context, async (tx, now) => {
      const user = await this.lockForChange(tx, now, id, false);
      await this.storePassword(tx, now, user, hash);
      await this.sessions.end(tx, id, session_id);
    });
  }

  remove(context: RequestContext, id: number): Promise<void> {
    return this.writer.run(context, async (tx, now) => {
      const user = await this.lockForChange(tx, now, id, true);
      await inUseWhenReferred(this.users.remove(tx, id), {
        tickets:
          'Tickets refer to this user. Disable the user instead, or reassign and delete those tickets first.',
        spaces:
          'Spaces open tickets in the name of this user. Disable the user instead, or set their ticket_for anew first.',
      });
      await this.assertSomeoneCanAct(tx);
      const { version: _, ...before } = user;
      writeAudit(tx, sourceOf(now), {
        action: 'user.delete',
        subject_type: 'user',
        subject_id: id,
        before,
      });
      tx.afterCommit(() => forgetInitialPassword(this.config.dataDir, user.username));
    });
  }

  private async lockForChange(
    tx: Tx,
    context: RequestContext,
    id: number,
    decisive: boolean,
  ): Promise<UserRow> {
    // Before the row, always: two changes that lock in this order cannot wait for each other.
    if (decisive) await this.users.lockAdmins(tx);
    const user = await this.users.findForChange(tx, id);
    if (user === undefined) throw notFound('user', id);
    assertReaches(context.principal, user, this.table);
    assertMatches(context.if_match, user.version);
    tx.afterCommit(() => this.sessions.settle());
    return user;
  }

  private async change(
    tx: Tx,
    context: RequestContext,
    user: UserRow,
    patch: UserChanges,
    decisive: boolean,
  ): Promise<UserRow> {
    const { before, after } = changedFields<UserRow>(user, patch);
    if (Object.keys(after).length === 0) return user;
    const row = await this.users.update(tx, user.id, after);
    if (decisive) await this.assertSomeoneCanAct(tx);
    if (after.username !== undefined) {
      tx.afterCommit(() => renameInitialPassword(this.config.dataDir, user.username, row.username));
    }
    if (after.login_denied) await this.sessions.end(tx, user.id);
    writeAudit(tx, sourceOf(context), {
      action: 'user.update',
      subject_type: 'user',
      subject_id: user.id,
      before,
      after,
    });
    return row;
  }

  private async storePassword(
    tx: Tx,
    context: RequestContext,
    user: UserRow,
    password_hash: string,
  ): Promise<void> {
    await this.users.update(tx, user.id, { password_hash, must_change_password: false });
    writeAudit(tx, sourceOf(context), {
      action: 'user.password',
      subject_type: 'user',
      subject_id: user.id,
    });
    tx.afterCommit(() => forgetInitialPassword(this.config.dataDir, user.username));
  }

  private async assertSomeoneCanAct(tx: Tx): Promise<void> {
    if (await this.users.someoneCanAct(tx, this.table.rolesWith('user:update_roles'))) return;
    throw conflict('last_admin', 'This is the last admin who can act. Make another admin first.');
  }
}
