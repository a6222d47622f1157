import { forbidden, Problem } from '../platform/errors/problem.js';
import type { AccessRule } from './access.decorators.js';
import type { Principal } from './principal.js';
import { assertMay, assertMayAny, FULL_SCOPE, insufficientScope, may } from './rights.js';

declare module '../platform/errors/problem.js' {
  interface ProblemCodes {
    account_disabled: 403;
    password_change_required: 403;
  }
}

/** Those who end a maintenance work through it. */
export const worksThroughMaintenance = (principal: Principal | undefined): boolean =>
  principal?.type === 'user' && !principal.disabled && may(principal, 'user:update_roles');

/** @throws Problem 403 for an account that must do something else first. */
function assertActive(principal: Principal): void {
  if (principal.type !== 'user') return;
  if (principal.disabled)
    throw new Problem(
      403,
      'account_disabled',
      'This account is disabled. An admin or manager can enable it.',
    );
  if (principal.must_change_password)
    throw new Problem(403, 'password_change_required', 'Set a new password first: PUT /api/v1/me/password.');
}

/**
 * Asks the rule of a route of whoever calls.
 * @throws Problem 403 saying what stands in the way: the account's state first, then the missing permission.
 */
export function assertMayPass(rule: AccessRule | undefined, principal: Principal): void {
  if (rule === undefined) throw forbidden('This operation declares no access rule, so nobody may use it.');
  if (rule.kind === 'public') return;
  if (!(rule.kind === 'authenticated' && rule.authenticationSection)) assertActive(principal);
  if (rule.kind === 'authenticated') {
    if (principal.rights.scope !== undefined && !rule.anyScope)
      throw insufficientScope('This needs a token of the whole scope of your account.', FULL_SCOPE);
    return;
  }
  assertMayAny(principal, rule.anyOf);
  if (rule.shows !== undefined) assertMay(principal, rule.shows);
}
