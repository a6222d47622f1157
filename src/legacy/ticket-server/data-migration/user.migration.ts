import { z } from 'zod';
import type { PermissionTable } from '../../../access/permission.table.js';
import { readRow, SeenKeys } from '../../../platform/bulk/bulk.import.js';
import type { Queryable } from '../../../platform/database/database.js';
import { shapeOf } from '../../../platform/fields/description.js';
import { idInBody } from '../../../platform/validation/text.js';
import { isReadable } from '../../../users/password.hasher.js';
import type { UserCreation } from '../../../users/user.entity.js';
import { USER_FIELDS } from '../../../users/user.fields.js';
import type { UserLookup } from '../../../users/user.lookup.js';
import { type CheckedRows, type MigratedRow, sourceTime, versionAndTimes } from './migrated.rows.js';

type MigratedUser = UserCreation & { id: number };

const rowSchema = z.strictObject({
  ...shapeOf(USER_FIELDS, 'created'),
  id: idInBody,
  hashed_password: z.string().refine(isReadable, 'is not an argon2id hash that could be verified'),
  created: sourceTime,
  updated: sourceTime.optional(),
});

function read({ id, values }: MigratedRow, table: PermissionTable): MigratedUser | string {
  const found = readRow(rowSchema, { line: id, values: { ...values, id } });
  if ('error' in found) return found.error;
  const { created, updated, hashed_password, ...user } = found.data;
  const unknown = user.roles.find((role) => !table.roleNames.includes(role));
  if (unknown !== undefined)
    return `roles: there is no role ${unknown}; the roles are ${table.roleNames.join(', ')}`;
  return {
    ...user,
    password_hash: hashed_password,
    must_change_password: false,
    ...versionAndTimes({ created, updated }),
  };
}

/** Of rows that share a name, an e-mail or a phone the one with the lowest id is good. */
export async function checkUsers(
  db: Queryable,
  lookup: UserLookup,
  table: PermissionTable,
  rows: MigratedRow[],
): Promise<CheckedRows<MigratedUser>> {
  const checked: CheckedRows<MigratedUser> = { good: [], bad: [] };
  const candidates: MigratedUser[] = [];
  for (const row of rows) {
    const user = read(row, table);
    if (typeof user === 'string') checked.bad.push({ line: row.id, error: user });
    else candidates.push(user);
  }
  const keys = await lookup.takenKeys(db, candidates);
  const seen = new SeenKeys();
  for (const [index, user] of candidates.entries()) {
    const unique = { username: keys[index]?.username_key, email: keys[index]?.email_key, phone: user.phone };
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
export function hasActingAdmin(users: MigratedUser[], table: PermissionTable): boolean {
  const roles = table.rolesWith('user:update_roles');
  return users.some(
    (user) => !user.disabled && !user.login_denied && user.roles.some((role) => roles.includes(role)),
  );
}
