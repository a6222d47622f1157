import { forbidden, Problem } from '../platform/errors/problem.js';
import { isPermission, type Permission, withImplied } from './permissions.js';
import type { Principal, Rights, UserPrincipal } from './principal.js';

declare module '../platform/errors/problem.js' {
  interface ProblemCodes {
    insufficient_scope: 403;
  }
}

/** The scope of a token that cuts nothing from the rights of its user. */
export const FULL_SCOPE = 'api';

/**
 * What the scope of a token (RFC 6749, 3.3) leaves of its user's rights.
 * @returns undefined for the whole; of a token without a scope nothing is left.
 */
export function scopeOf(scope: string): Rights['scope'] {
  if (scope === FULL_SCOPE) return undefined;
  const words = scope.split(' ');
  return words.includes(FULL_SCOPE) ? undefined : withImplied(words.filter(isPermission));
}

/** Whether it was granted, and is within the scope of the token. */
export const may = (
  { rights: { granted, scope } }: Pick<Principal, 'rights'>,
  permission: Permission,
): boolean => granted.has(permission) && (scope === undefined || scope.has(permission));

/** RFC 6750, 3.1: the challenge names what the token lacks. */
export const insufficientScope = (detail: string, scope: string): Problem =>
  new Problem(403, 'insufficient_scope', detail, {
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });

/**
 * Why a principal may not do what needs a permission; undefined when it may. What no role gives is told first: another
 * token would not help.
 * @param what that needs it, as the beginning of a sentence.
 */
export function refusalOf(principal: Principal, permission: Permission, what = 'This'): Problem | undefined {
  if (may(principal, permission)) return undefined;
  if (!principal.rights.granted.has(permission))
    return forbidden(`${what} needs the permission ${permission}, which none of your roles has.`);
  return insufficientScope(
    `${what} needs the permission ${permission}, which the scope of this token leaves out.`,
    permission,
  );
}

/** @throws Problem 403 unless one of them is had; of what no role gives the first is named. */
export function assertMayAny(principal: Principal, permissions: readonly Permission[]): void {
  if (permissions.some((permission) => may(principal, permission))) return;
  const nearest = permissions.find((permission) => principal.rights.granted.has(permission));
  const named = nearest ?? permissions[0];
  if (named !== undefined) assertMay(principal, named);
}

/** The user who acts. @throws Problem 403 where it is no user. */
export function asUser(principal: Principal): UserPrincipal {
  if (principal.type === 'user') return principal;
  throw forbidden('This is for a user who has signed in.');
}

/** @throws Problem 403 `forbidden` or `insufficient_scope`. */
export function assertMay(principal: Principal, permission: Permission, what?: string): void {
  const refusal = refusalOf(principal, permission, what);
  if (refusal !== undefined) throw refusal;
}
