import { describe, expect, it } from '@jest/globals';
import { assertMayPass } from '../../src/access/access.policy.js';
import type { Permission } from '../../src/access/permissions.js';
import type { UserPrincipal } from '../../src/access/principal.js';
import { assertMay, may, scopeOf } from '../../src/access/rights.js';
import type { Problem } from '../../src/platform/errors/problem.js';
import { assertMayGive, assertMayPatch } from '../../src/users/user.policy.js';
import { PermissionTable } from '../../src/access/permission.table.js';
import '../support/declarations.js';

const user = (granted: Permission[], scope = 'api'): UserPrincipal => ({
  type: 'user',
  id: 7,
  name: 'dora',
  roles: [],
  rank: 30,
  disabled: false,
  must_change_password: false,
  session_id: 's',
  client_id: 'frontdesk',
  token_expires_at: 0,
  rights: { granted: new Set(granted), scope: scopeOf(scope) },
});

const codeOf = (work: () => void): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as Problem).code;
  }
};

describe('the scope of a token', () => {
  it.each([
    ['api', true],
    ['ticket:read api', true],
    ['ticket:read', true],
    ['ticket:update', false],
    ['', false],
    ['nonsense', false],
  ])('"%s" cuts ticket:read: %s', (scope, expected) => {
    expect(may(user(['ticket:read'], scope), 'ticket:read')).toBe(expected);
  });

  it('gives nothing that no role gives', () => {
    expect(may(user([], 'ticket:read'), 'ticket:read')).toBe(false);
  });

  it('reads what is implied as well', () => {
    expect(scopeOf('ticket:read')?.has('ticket:read_own')).toBe(true);
  });

  it('is told apart from a missing role, at the guard, at a field, and where a role is given', () => {
    const rule = { kind: 'permission', anyOf: ['user:read'] } as const;
    const cut = user(['user:read', 'user:update_roles', 'ticket:read'], 'ticket:read');
    expect(codeOf(() => assertMayPass(rule, user([])))).toBe('forbidden');
    expect(codeOf(() => assertMayPass(rule, cut))).toBe('insufficient_scope');
    expect(codeOf(() => assertMayPatch(user([]), { roles: [] }))).toBe('forbidden');
    expect(codeOf(() => assertMayPatch(cut, { roles: [] }))).toBe('insufficient_scope');
    const table = new PermissionTable({
      giver: { rank: 5, permissions: ['user:update_roles'] },
      given: { rank: 1, permissions: ['ticket:delete'] },
    });
    expect(codeOf(() => assertMayGive(cut, ['given'], table))).toBe('forbidden');
    expect(codeOf(() => assertMayGive(user(['ticket:delete'], 'ticket:read'), ['given'], table))).toBe(
      'insufficient_scope',
    );
  });

  it('is challenged as RFC 6750 says', () => {
    try {
      assertMay(user(['user:read'], 'ticket:read'), 'user:read');
      throw new Error('it may');
    } catch (error) {
      expect((error as Problem).headers['www-authenticate']).toBe(
        'Bearer error="insufficient_scope", scope="user:read"',
      );
    }
  });

  it('leaves of the own account no more than who that is', () => {
    const own = { kind: 'authenticated', authenticationSection: true } as const;
    const cut = user([], 'ticket:read');
    expect(codeOf(() => assertMayPass({ ...own, anyScope: false }, cut))).toBe('insufficient_scope');
    expect(codeOf(() => assertMayPass({ ...own, anyScope: true }, cut))).toBeUndefined();
    expect(codeOf(() => assertMayPass({ ...own, anyScope: false }, user([])))).toBeUndefined();
  });
});
