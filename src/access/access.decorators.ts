import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import { type Permission } from './permissions.js';

/** What a route asks of its caller. A route without a rule is refused to everybody. */
export type AccessRule =
  | { kind: 'public' }
  | { kind: 'authenticated'; authenticationSection: boolean; anyScope: boolean }
  | { kind: 'permission'; anyOf: readonly Permission[]; shows?: Permission };

export const ACCESS_RULE = 'frontdesk:access-rule';

/** Name of the security scheme in the OpenAPI document. */
export const SECURITY_SCHEME = 'oauth2';

const rule = (value: AccessRule, describe: readonly string[]): MethodDecorator =>
  applyDecorators(
    SetMetadata(ACCESS_RULE, value),
    ApiExtension('x-permission', describe),
    ...(value.kind === 'public' ? [] : [ApiSecurity(SECURITY_SCHEME)]),
  );

/** Open to anybody, signed in or not. */
export const Public = (): MethodDecorator => rule({ kind: 'public' }, ['public']);

/**
 * Open to every signed-in user, whatever the roles.
 * `authenticationSection: true` keeps it open for a disabled user and for one who must change the password;
 * `anyScope: true` for a token that was given a part of its user's rights only, since it reads no more than who that is.
 */
export const Authenticated = ({ authenticationSection = false, anyScope = false } = {}): MethodDecorator =>
  applyDecorators(
    rule({ kind: 'authenticated', authenticationSection, anyScope }, ['authenticated']),
    ...(authenticationSection ? [ApiExtension('x-while-disabled', true)] : []),
  );

export const READS_PRINCIPAL_AGAIN = 'frontdesk:reads-principal-again';

/**
 * Beside the rule of a route that changes something, and whose service reads the caller's state in the transaction that
 * does so: the guard may then know the caller from the cache. For routes that are called by the thousand.
 */
export const ReadsPrincipalAgain = (): MethodDecorator => SetMetadata(READS_PRINCIPAL_AGAIN, true);

/**
 * Open to users one of whose roles has the permission.
 * @param permission several: one of them is enough, and what the service shows depends on which.
 * @param options shows: a second permission that is needed, since the answer shows what it protects.
 */
export const RequirePermission = (
  permission: Permission | readonly Permission[],
  { shows }: { shows?: Permission } = {},
): MethodDecorator =>
  applyDecorators(
    rule({ kind: 'permission', anyOf: [permission].flat(), ...(shows && { shows }) }, [permission].flat()),
    ...(shows ? [ApiExtension('x-permission-shows', shows)] : []),
  );
