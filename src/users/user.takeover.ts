import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Config } from '../../config/env.js';
import { operatorContext } from '../access/context.js';
import { PermissionTable } from '../access/permissions.js';
import { writeAuditBatch } from '../access/audit/audit.batch.js';
import { sourceOf } from '../access/audit/audit.js';
import { readRow, SeenKeys } from '../platform/bulk/bulk.import.js';
import {
  type CheckedRows,
  formerMoment,
  type FormerRow,
  versionAndTimes,
} from '../platform/bulk/former.rows.js';
import { CONFIG } from '../platform/settings/config.js';
import type { Queryable, Tx } from '../platform/database/database.js';
import { idInBody } from '../platform/validation/text.js';
import { forgetInitialPassword } from './initial-passwords.js';
import { isReadable } from './password.hasher.js';
import { type FormerUser, UserBulkRepository } from './user.bulk.repository.js';
import { newUserSchema } from './user.schemas.js';

/** Whom the first start makes. Untouched they hold nobody's work and may give way. */
const FIRST_USERS = ['admin', 'manager', 'support'];

const formerSchema = z.strictObject({
  ...newUserSchema.omit({ password: true }).shape,
  id: idInBody,
  hashed_password: z.string().refine(isReadable, 'is not an argon2id hash that could be verified'),
  created: formerMoment,
  updated: formerMoment.optional(),
});

/** Users of an older installation, with their ids and the hashes of their passwords. */
@Injectable()
export class UserDataMigration {
  constructor(
    private readonly users: UserBulkRepository,
    private readonly table: PermissionTable,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Whether there are no users but those of the first start, who have neither signed in nor been changed. */
  async isUnused(db: Queryable): Promise<boolean> {
    return !(await this.users.someoneUsed(db, FIRST_USERS));
  }

  /** Of rows that share a name, an e-mail or a phone the one with the lowest id is good. */
  async check(db: Queryable, rows: FormerRow[]): Promise<CheckedRows<FormerUser>> {
    const checked: CheckedRows<FormerUser> = { good: [], bad: [] };
    const candidates: FormerUser[] = [];
    for (const row of rows) {
      const user = this.read(row);
      if (typeof user === 'string') checked.bad.push({ line: row.id, error: user });
      else candidates.push(user);
    }
    const keys = await this.users.takenKeys(db, candidates);
    const seen = new SeenKeys();
    for (const [index, user] of candidates.entries()) {
      const unique = {
        username: keys[index]?.username_key,
        email: keys[index]?.email_key,
        phone: user.phone,
      };
      const named = Object.entries(unique).flatMap(([field, key]) =>
        typeof key === 'string' ? [{ field, key }] : [],
      );
      const double = named.find(({ field, key }) => seen.holder(field, key, user.id) !== undefined);
      if (double === undefined) {
        for (const { field, key } of named) seen.claim(field, key, user.id);
        checked.good.push(user);
      } else {
        const holder = seen.holder(double.field, double.key, user.id);
        checked.bad.push({ line: user.id, error: `${double.field}: user ${holder} has it already` });
      }
    }
    return checked;
  }

  /** Whether one of these users could give roles. */
  hasActingAdmin(users: FormerUser[]): boolean {
    const roles = this.table.rolesWith('user:update_roles');
    return users.some(
      (user) => !user.disabled && !user.login_denied && user.roles.some((role) => roles.includes(role)),
    );
  }

  /** Removes the users of the first start, and forgets their passwords once that is committed. */
  async removeFirstUsers(tx: Tx, command: string): Promise<void> {
    const removed = await this.users.removeAll(tx);
    const entries = removed.map(({ id, ...before }) => ({
      action: 'user.delete',
      subject_type: 'user',
      subject_id: id,
      before,
    }));
    await writeAuditBatch(tx, sourceOf(operatorContext(command)), entries);
    tx.afterCommit(async () => {
      for (const { username } of removed) await forgetInitialPassword(this.config.dataDir, username);
    });
  }

  async add(tx: Tx, command: string, users: FormerUser[]): Promise<void> {
    await this.users.insertFormer(tx, users);
    const entries = users.map(({ password_hash: _, version: __, ...after }) => ({
      action: 'user.create',
      subject_type: 'user',
      subject_id: after.id,
      after,
    }));
    await writeAuditBatch(tx, sourceOf(operatorContext(command)), entries);
  }

  continueBehind(tx: Tx, highestId: number): Promise<void> {
    return this.users.continueBehind(tx, highestId);
  }

  private read({ id, values }: FormerRow): FormerUser | string {
    const read = readRow(formerSchema, { line: id, values: { ...values, id } });
    if ('error' in read) return read.error;
    const { created, updated, hashed_password, ...user } = read.data;
    const unknown = user.roles.find((role) => !this.table.roleNames.includes(role));
    if (unknown !== undefined)
      return `roles: there is no role ${unknown}; the roles are ${this.table.roleNames.join(', ')}`;
    return { ...user, password_hash: hashed_password, ...versionAndTimes({ created, updated }) };
  }
}
