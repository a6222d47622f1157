import type { Actor } from '../access/actor.js';
import type { Permission, PermissionTable } from '../access/permissions.js';
import { forbidden, invalid } from '../platform/errors/problem.js';
import type { UserRow } from './user.repository.js';
import type { UserPatch } from './user.schemas.js';

/** The permission that each field of a patch needs, whether or not its value changes. */
const FIELD_PERMISSIONS: Record<keyof UserPatch, Permission> = {
  username: 'user:update_username',
  first_name: 'user:update_contacts',
  last_name: 'user:update_contacts',
  phone: 'user:update_contacts',
  email: 'user:update_contacts',
  roles: 'user:update_roles',
  disabled: 'user:update_disabled',
  login_denied: 'user:update_login_denied',
};

/** @throws Problem 403 naming the first field that the actor may not change. */
export function assertMayPatch(actor: Actor, patch: UserPatch): void {
  for (const field of Object.keys(patch) as (keyof UserPatch)[]) {
    const permission = FIELD_PERMISSIONS[field];
    if (!actor.permissions.has(permission)) {
      throw forbidden(`Changing ${field} needs the permission ${permission}, which none of your roles has.`);
    }
  }
}

/** Nobody acts on a user who stands above them. @throws Problem 403. */
export function assertReaches(
  actor: Actor,
  target: Pick<UserRow, 'roles' | 'username'>,
  table: PermissionTable,
): void {
  if (table.rankOf(target.roles) > actor.rank) {
    throw forbidden(`${target.username} has a higher rank than you, so you may not change them.`);
  }
}

/**
 * Nobody gives a role above their own rank, or one with a permission that they do not hold themselves, and nobody a role
 * that does not exist. Taking a role away gives nobody anything: it needs `user:update_roles` alone.
 * @param roles all that the user is to have.
 * @param held what the user has already, which is not given.
 * @throws Problem 403, naming what is missing, or 422.
 */
export function assertMayGive(
  actor: Actor,
  roles: readonly string[],
  table: PermissionTable,
  held: readonly string[] = [],
): void {
  const unknown = roles.find((role) => !table.roleNames.includes(role));
  if (unknown !== undefined) {
    throw invalid(
      'roles',
      `there is no role ${unknown}; the roles are ${table.roleNames.join(', ')}`,
      undefined,
      'role',
    );
  }
  if (table.rankOf(roles) > actor.rank) throw forbidden('You may not give a role that ranks above your own.');
  const given = roles.filter((role) => !held.includes(role));
  const missing = [...table.permissionsOf(given)].filter((permission) => !actor.permissions.has(permission));
  if (missing.length > 0) {
    throw forbidden(
      `You may not give ${given.join(', ')}: nobody gives a permission that they do not hold, and none of your roles has ${missing.join(', ')}.`,
    );
  }
}
