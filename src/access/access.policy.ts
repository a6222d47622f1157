import { forbidden, Problem } from '../platform/errors/problem.js';
import type { AccessRule } from './access.decorators.js';
import type { Actor } from './actor.js';

/** Those who end a maintenance work through it. */
export const worksThroughMaintenance = (caller: Actor | undefined): boolean =>
  caller !== undefined && caller.permissions.has('user:update_roles') && !caller.disabled;

/**
 * Asks the rule of a route of its caller.
 * @throws Problem 403 saying what stands in the way: the account's state first, then the missing permission.
 */
export function assertMayPass(rule: AccessRule | undefined, actor: Actor): void {
  if (rule === undefined) throw forbidden('This operation declares no access rule, so nobody may use it.');
  if (rule.kind === 'public') return;
  if (!(rule.kind === 'authenticated' && rule.authenticationSection)) {
    if (actor.disabled) {
      throw new Problem(
        403,
        'account_disabled',
        'This account is disabled. An admin or manager can enable it.',
      );
    }
    if (actor.must_change_password) {
      throw new Problem(
        403,
        'password_change_required',
        'Set a new password first: PUT /api/v1/me/password.',
      );
    }
  }
  if (rule.kind !== 'permission') return;
  const { permission, shows = permission } = rule;
  const missing = [permission, shows].find((needed) => !actor.permissions.has(needed));
  if (missing !== undefined) {
    throw forbidden(`This needs the permission ${missing}, which none of your roles has.`);
  }
}
