import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config/env.js';
import { sourceOf, writeAudit } from '../access/audit/audit.js';
import type { RequestContext } from '../access/context.js';
import type { Principal } from '../access/principal.js';
import { asUser } from '../access/rights.js';
import { Sessions } from '../access/sessions.js';
import { Writer } from '../access/writer.js';
import type { Tx } from '../platform/database/database.js';
import { invalid, notFound, Problem, signInAgain } from '../platform/errors/problem.js';
import type { Page } from '../platform/pagination/page.js';
import { CONFIG } from '../platform/settings/config.js';
import { Settings } from '../platform/settings/settings.js';
import { AccountLocks } from './account.locks.js';
import { PasswordAttempts } from './password.attempts.js';
import { PasswordHasher } from './password.hasher.js';
import { assertGoodPassword } from './password.policy.js';
import { UserCredentials } from './user.credentials.js';
import type { User, UserCreation } from './user.entity.js';
import { assertMayGive, assertMayPatch } from './user.policy.js';
import { UserRepository } from './user.repository.js';
import type { NewUser, UserPatch, UserQuery } from './user.schemas.js';
import { UserWrites } from './user.writes.js';

/** A new user whose password is hashed already. */
type HashedUser = Omit<NewUser, 'password'> & Pick<UserCreation, 'password_hash' | 'must_change_password'>;

/** How long after a sign-in the password may be replaced without the old one. */
const RECENT_SECONDS = 5 * 60;

@Injectable()
export class UserService {
  constructor(
    private readonly users: UserRepository,
    private readonly writes: UserWrites,
    private readonly credentials: UserCredentials,
    private readonly hasher: PasswordHasher,
    private readonly attempts: PasswordAttempts,
    private readonly locks: AccountLocks,
    private readonly writer: Writer,
    private readonly sessions: Sessions,
    private readonly settings: Settings,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  list(principal: Principal, query: UserQuery): Promise<Page<User>> {
    return this.users.page(principal, query);
  }

  async read(principal: Principal, id: number): Promise<User> {
    const user = await this.users.find(principal, id);
    if (user === undefined) throw notFound('user', id);
    return user;
  }

  async readBy(principal: Principal, field: 'username' | 'phone' | 'email', value: string): Promise<User> {
    const query = { [field]: value, limit: 1, sort: '-id', count: false } as const;
    const [user] = (await this.users.page(principal, query)).items;
    if (user === undefined) throw notFound('user', value);
    return user;
  }

  /** The own account. */
  readMe({ principal }: RequestContext): Promise<User> {
    return this.read(principal, asUser(principal).id);
  }

  statusOf({ principal }: RequestContext): { status: 'ok' | 'disabled' } {
    return { status: asUser(principal).disabled ? 'disabled' : 'ok' };
  }

  async create(context: RequestContext, input: NewUser, mustChangePassword = false): Promise<User> {
    assertMayGive(context.principal, input.roles, this.settings.current.permissions);
    const hashed = await this.hashed(input, mustChangePassword);
    return this.writer.run(context, (tx, now) => this.createIn(tx, now, hashed));
  }

  /** For `createIn`: a hash takes so long that nobody is to hold a transaction open meanwhile. */
  async hashed({ password, ...user }: NewUser, must_change_password: boolean): Promise<HashedUser> {
    assertGoodPassword(password, user.username, this.config.profile);
    return { ...user, must_change_password, password_hash: await this.hasher.hash(password) };
  }

  /** The same as `create` in a transaction that does more than this. */
  async createIn(tx: Tx, now: RequestContext, hashed: HashedUser): Promise<User> {
    const [user] = await this.writes.create(tx, now, [hashed]);
    if (user === undefined) throw new Error('a user was added and not returned');
    return user;
  }

  patch(context: RequestContext, id: number, patch: UserPatch): Promise<User> {
    return this.writer.run(context, (tx, now) => {
      assertMayPatch(now.principal, patch);
      return this.writes.update(tx, now, id, patch);
    });
  }

  /** The user's own names and phone; everything else needs a permission. */
  patchMe(
    context: RequestContext,
    patch: Pick<UserPatch, 'first_name' | 'last_name' | 'phone'>,
  ): Promise<User> {
    return this.writer.run(context, (tx, now) =>
      this.writes.update(tx, now, asUser(now.principal).id, patch),
    );
  }

  /** Ends every session of the user, and whatever failed sign-ins have locked. */
  async setPassword(context: RequestContext, id: number, password: string): Promise<void> {
    const { username } = await this.read(context.principal, id);
    assertGoodPassword(password, username, this.config.profile);
    const password_hash = await this.hasher.hash(password);
    await this.writer.run(context, async (tx, now) => {
      const user = await this.writes.setPassword(tx, now, id, { password_hash });
      await this.locks.clear(tx, now, user.username, 'password reset');
    });
  }

  /** Forgets the failed sign-ins of the user, so that the right password is taken again at once, everywhere. */
  unlock(context: RequestContext, id: number): Promise<void> {
    return this.writer.run(context, async (tx, now) => {
      const user = await this.writes.lock(tx, now, id);
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
    const password_hash = await this.hasher.hash(password);
    await this.writer.run(context, async (tx, now) => {
      await this.writes.setPassword(tx, now, id, { password_hash, keepSessionId: session_id });
    });
  }

  remove(context: RequestContext, id: number): Promise<void> {
    return this.writer.run(context, (tx, now) => this.writes.remove(tx, now, id));
  }
}
