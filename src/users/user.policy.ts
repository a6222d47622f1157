import type { PermissionTable } from '../access/permission.table.js';
import type { Principal } from '../access/principal.js';
import { assertMay } from '../access/rights.js';
import { forbidden, invalid } from '../platform/errors/problem.js';
import type { User } from './user.entity.js';
import { USER_FIELDS } from './user.fields.js';
import type { UserPatch } from './user.schemas.js';

/** @throws Problem 403 naming the first field that the principal may not change. */
export function assertMayPatch(principal: Principal, patch: UserPatch): void {
  for (const field of Object.keys(patch) as (keyof UserPatch)[])
    assertMay(principal, USER_FIELDS[field].needs, `Changing ${field}`);
}

/** Nobody acts on a user who stands above them. @throws Problem 403. */
export function assertReaches(
  principal: Principal,
  target: Pick<User, 'roles' | 'username'>,
  table: PermissionTable,
): void {
  if (table.rankOf(target.roles) > principal.rank) {
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
  principal: Principal,
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
  if (table.rankOf(roles) > principal.rank)
    throw forbidden('You may not give a role that ranks above your own.');
  const given = roles.filter((role) => !held.includes(role));
  const { granted } = principal.rights;
  const inRoles = [...table.permissionsOf(given)];
  const missing = inRoles.filter((permission) => !granted.has(permission));
  if (missing.length > 0) {
    throw forbidden(
      `You may not give ${given.join(', ')}: nobody gives a permission that they do not hold, and none of your roles has ${missing.join(', ')}.`,
    );
  }
  for (const permission of inRoles) assertMay(principal, permission, `Giving ${given.join(', ')}`);
}
