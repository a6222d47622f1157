import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from '../../config/env.js';
import { PermissionTable } from '../../src/access/permission.table.js';
import { everyPermission, type Permission } from '../../src/access/permissions.js';
import '../support/declarations.js';

const ALL = [...everyPermission];
const admin = { rank: 30, permissions: ['*'] };

const linesOf = (roles: Record<string, { rank: number; permissions: string[] }>): string[] => {
  try {
    new PermissionTable(roles);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
};

const sorted = (permissions: Iterable<string>): string[] => [...permissions].sort();

describe('the table of permissions', () => {
  const shipped = PermissionTable.read();

  test('as shipped: admin may all, manager and support what the contract says', () => {
    expect(sorted(shipped.permissionsOf(['admin']))).toEqual(sorted(ALL));
    const tickets = ALL.filter((name) => name.startsWith('ticket:'));
    expect(sorted(shipped.permissionsOf(['support']))).toEqual(
      sorted(['employee:read', 'space:read', 'space:watch', 'space:count', 'space:correct', ...tickets]),
    );
    const users = ['user:read', 'user:update_contacts', 'user:update_disabled', 'user:update_login_denied'];
    const employees = ALL.filter((name) => name.startsWith('employee:'));
    const spaces = ALL.filter((name) => /^(space|door|device|display):/.test(name));
    expect(sorted(shipped.permissionsOf(['manager']))).toEqual(
      sorted([...users, ...employees, ...spaces, ...tickets]),
    );
    expect(['admin', 'manager', 'support'].map((role) => shipped.rankOf([role]))).toEqual([30, 20, 10]);
  });

  test('patterns mean what they say: all of one subject, or one verb of all', () => {
    const table = new PermissionTable({
      admin,
      auditor: { rank: 5, permissions: ['*:read'] },
      clerk: { rank: 5, permissions: ['employee:*'] },
    });
    expect(sorted(table.permissionsOf(['auditor']))).toEqual([
      'device:read',
      'display:read',
      'employee:read',
      'space:read',
      'ticket:read',
      'ticket:read_own',
      'user:read',
    ]);
    expect([...table.permissionsOf(['clerk'])].every((name) => name.startsWith('employee:'))).toBe(true);
  });

  test('a name that means nothing is refused by role and name, each with its line', () => {
    const unknown = fc
      .string()
      .filter(
        (name) => name !== '*' && !ALL.includes(name as Permission) && !/^([a-z]+:\*|\*:[a-z_]+)$/.test(name),
      );
    fc.assert(
      fc.property(
        fc.uniqueArray(unknown, { minLength: 1, maxLength: 4 }),
        fc.subarray(ALL),
        (wrong, right) => {
          const lines = linesOf({ admin, clerk: { rank: 5, permissions: [...right, ...wrong] } });
          expect(lines).toEqual(
            wrong.map((name) => `permissions.json: role clerk names the unknown permission ${name}`),
          );
        },
      ),
    );
    expect(
      linesOf({ admin, clerk: { rank: 5, permissions: ['*:fly', 'plane:*', 'user:*:*', '__proto__'] } }),
    ).toHaveLength(4);
  });

  test('in which nobody can give roles is refused', () => {
    const others = ALL.filter((name) => name !== 'user:update_roles');
    expect(linesOf({ clerk: { rank: 5, permissions: others } })).toEqual([
      expect.stringContaining('no role has user:update_roles'),
    ]);
    expect(linesOf({})).toHaveLength(1);
    expect(linesOf({ clerk: { rank: 5, permissions: ['user:update_roles'] } })).toEqual([]);
  });

  test('roles together may what any of them may, and stand as high as the highest', () => {
    const roles = fc.uniqueArray(
      fc.constantFrom('admin', 'manager', 'support', 'gone', 'constructor', '__proto__'),
    );
    fc.assert(
      fc.property(roles, (held) => {
        const together = shipped.permissionsOf(held);
        for (const permission of ALL) {
          const anyOf = held.some((role) => shipped.permissionsOf([role]).has(permission));
          expect(together.has(permission)).toBe(anyOf);
        }
        expect(shipped.rankOf(held)).toBe(Math.max(0, ...held.map((role) => shipped.rankOf([role]))));
      }),
    );
    expect(shipped.permissionsOf([]).size + shipped.permissionsOf(['gone']).size).toBe(0);
  });
});
