import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config/env.js';
import { type BatchEntry, writeAudits } from '../access/audit/audit.batch.js';
import { changedFields, sourceOf, writeAudit } from '../access/audit/audit.js';
import type { RequestContext } from '../access/context.js';
import { Sessions } from '../access/sessions.js';
import type { Tx } from '../platform/database/database.js';
import { inUseWhenReferred } from '../platform/errors/constraint.js';
import { conflict, notFound } from '../platform/errors/problem.js';
import { assertMatches } from '../platform/http/representation.js';
import { CONFIG } from '../platform/settings/config.js';
import { Settings } from '../platform/settings/settings.js';
import { forgetInitialPassword, renameInitialPassword } from './initial-passwords.js';
import type { User, UserCreation } from './user.entity.js';
import { assertMayGive, assertReaches } from './user.policy.js';
import { UserRepository } from './user.repository.js';
import type { UserPatch } from './user.schemas.js';

/** Fields whose change decides who may act as an admin. */
const DECISIVE = ['roles', 'disabled', 'login_denied'] as const;

/** The one way in which users are written, together with the audit: by the APIs, commands, imports and data migrations. */
@Injectable()
export class UserWrites {
  constructor(
    private readonly users: UserRepository,
    private readonly sessions: Sessions,
    private readonly settings: Settings,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @returns the new users in the order of those given. @throws Problem 403, 409 or 422. */
  async create(tx: Tx, context: RequestContext, creations: readonly UserCreation[]): Promise<User[]> {
    if (creations.length === 0) return [];
    for (const { roles } of creations)
      assertMayGive(context.principal, roles, this.settings.current.permissions);
    const users = await this.users.insert(tx, creations);
    const entries = users.map(({ id }, index): BatchEntry => {
      const creation = creations[index] as UserCreation;
      const { password_hash: _, must_change_password: __, version: ___, ...after } = creation;
      return { action: 'user.create', subject_type: 'user', subject_id: id, after };
    });
    await writeAudits(tx, sourceOf(context), entries);
    return users;
  }

  /** @throws Problem 403, 404, 409, 412 or 422. */
  async update(tx: Tx, context: RequestContext, id: number, patch: UserPatch): Promise<User> {
    const decisive = DECISIVE.some((field) => patch[field] !== undefined);
    const user = await this.lock(tx, context, id, { decisive });
    if (patch.roles)
      assertMayGive(context.principal, patch.roles, this.settings.current.permissions, user.roles);
    const { before, after } = changedFields<User>(user, patch);
    if (Object.keys(after).length === 0) return user;
    const row = await this.users.update(tx, id, after);
    if (decisive) await this.assertSomeoneCanAct(tx);
    if (after.username !== undefined) {
      tx.afterCommit(() => renameInitialPassword(this.config.dataDir, user.username, row.username));
    }
    if (after.login_denied) await this.sessions.end(tx, id);
    writeAudit(tx, sourceOf(context), {
      action: 'user.update',
      subject_type: 'user',
      subject_id: id,
      before,
      after,
    });
    return row;
  }

  /** Ends every session of the user, but the one to keep. @throws Problem 403, 404 or 412. */
  async setPassword(
    tx: Tx,
    context: RequestContext,
    id: number,
    { password_hash, keepSessionId }: { password_hash: string; keepSessionId?: string },
  ): Promise<User> {
    const user = await this.lock(tx, context, id);
    await this.users.update(tx, id, { password_hash, must_change_password: false });
    writeAudit(tx, sourceOf(context), { action: 'user.password', subject_type: 'user', subject_id: id });
    tx.afterCommit(() => forgetInitialPassword(this.config.dataDir, user.username));
    await this.sessions.end(tx, id, keepSessionId);
    return user;
  }

  /**
   * @param options replaced: somebody else who can act follows in the same transaction.
   * @throws Problem 403, 404, 409 or 412.
   */
  async remove(tx: Tx, context: RequestContext, id: number, { replaced = false } = {}): Promise<void> {
    const user = await this.lock(tx, context, id, { decisive: true });
    await inUseWhenReferred(this.users.remove(tx, id), {
      tickets:
        'Tickets refer to this user. Disable the user instead, or reassign and delete those tickets first.',
      spaces:
        'Spaces open tickets in the name of this user. Disable the user instead, or set their ticket_for anew first.',
    });
    if (!replaced) await this.assertSomeoneCanAct(tx);
    const { version: _, ...before } = user;
    writeAudit(tx, sourceOf(context), {
      action: 'user.delete',
      subject_type: 'user',
      subject_id: id,
      before,
    });
    tx.afterCommit(() => forgetInitialPassword(this.config.dataDir, user.username));
  }

  /**
   * The user as nobody else can change them before the transaction ends.
   * @throws Problem 403, 404 or 412.
   */
  async lock(tx: Tx, context: RequestContext, id: number, { decisive = false } = {}): Promise<User> {
    // Before the row, always: two changes that lock in this order cannot wait for each other.
    if (decisive) await this.users.lockAdmins(tx);
    const user = await this.users.lock(tx, context.principal, id);
    if (user === undefined) throw notFound('user', id);
    assertReaches(context.principal, user, this.settings.current.permissions);
    assertMatches(context.if_match, user.version);
    tx.afterCommit(() => this.sessions.settle());
    return user;
  }

  private async assertSomeoneCanAct(tx: Tx): Promise<void> {
    if (await this.users.someoneCanAct(tx, this.settings.current.permissions.rolesWith('user:update_roles')))
      return;
    throw conflict('last_admin', 'This is the last admin who can act. Make another admin first.');
  }
}
