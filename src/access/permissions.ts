import { z } from 'zod';
import { ConfigError } from '../../config/env.js';
import { readConfigFile } from '../../config/files.js';

/** Every permission there is, and what it opens. config/permissions.json may name no other. */
export const PERMISSIONS = {
  'user:read': 'see users',
  'user:create': 'create users',
  'user:delete': 'delete users',
  'user:update_contacts': "change a user's names, phone and e-mail",
  'user:update_disabled': 'disable and enable users',
  'user:update_login_denied': 'deny and allow sign-in',
  'user:update_username': "change a user's username",
  'user:update_roles': "change a user's roles",
  'user:update_password': "set another user's password",
  'employee:read': 'see employees',
  'employee:create': 'create employees',
  'employee:update': 'change employees',
  'employee:delete': 'delete employees',
  'space:read': 'see spaces, their doors, numbers and history',
  'space:watch': 'watch a space live',
  'space:count': 'count people: events, increments and decrements',
  'space:correct': 'correct a count: recounts and resets',
  'space:create': 'create spaces',
  'space:update': 'change spaces: capacity, hours, thresholds, and what happens at the capacity',
  'space:delete': 'delete spaces',
  'door:manage': 'create, change and delete doors',
  'device:read': 'see devices',
  'device:manage': 'create, change, rotate, revoke and delete devices',
  'display:read': 'see which displays a space has',
  'display:manage': 'make and revoke the tokens of displays',
  'ticket:read': 'see tickets and their history',
  'ticket:read_own': 'see the tickets that you opened or are assigned to, and their history',
  'ticket:create': 'open tickets',
  'ticket:update': 'change tickets, and be their assignee',
  'ticket:delete': 'delete tickets',
} as const;

export type Permission = keyof typeof PERMISSIONS;

const ALL = Object.keys(PERMISSIONS) as Permission[];

/** A permission that says all that another one says, and so is held wherever this is. */
const IMPLIED: Partial<Record<Permission, Permission>> = { 'ticket:read': 'ticket:read_own' };

/** These permissions, and those that they imply. */
export const withImplied = (permissions: readonly Permission[]): ReadonlySet<Permission> =>
  new Set(permissions.flatMap((permission) => [permission, IMPLIED[permission] ?? permission]));

const tableSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'a role is a lower-case word of up to 32 characters'),
  z.strictObject({ rank: z.int().min(1).max(1_000), permissions: z.array(z.string()) }),
);

interface Role {
  rank: number;
  permissions: ReadonlySet<Permission>;
}

function expand(pattern: string): Permission[] {
  if (pattern === '*') return ALL;
  const [subject, verb, more] = pattern.split(':');
  if (more !== undefined) return [];
  if (verb === '*') return ALL.filter((name) => name.startsWith(`${subject}:`));
  if (subject === '*') return ALL.filter((name) => name.endsWith(`:${verb}`));
  return ALL.filter((name) => name === pattern);
}

/** Roles as data: what each role may do, and how high it stands. */
export class PermissionTable {
  private roles: ReadonlyMap<string, Role>;

  /** @throws ConfigError naming a permission that does not exist, or the lack of a role that can give roles. */
  constructor(table: z.infer<typeof tableSchema>) {
    const problems: string[] = [];
    const roles = new Map<string, Role>();
    for (const [name, { rank, permissions }] of Object.entries(table)) {
      for (const pattern of permissions) {
        if (expand(pattern).length === 0) {
          problems.push(`permissions.json: role ${name} names the unknown permission ${pattern}`);
        }
      }
      roles.set(name, { rank, permissions: withImplied(permissions.flatMap(expand)) });
    }
    this.roles = roles;
    if (problems.length === 0 && this.rolesWith('user:update_roles').length === 0) {
      problems.push('permissions.json: no role has user:update_roles, so nobody could ever give a role');
    }
    if (problems.length > 0) throw new ConfigError(problems);
  }

  static read(): PermissionTable {
    return new PermissionTable(readConfigFile('permissions.json', tableSchema));
  }

  /** Takes over what another table says. */
  become({ roles }: PermissionTable): void {
    this.roles = roles;
  }

  get roleNames(): string[] {
    return [...this.roles.keys()];
  }

  rolesWith(permission: Permission): string[] {
    return this.roleNames.filter((name) => this.roles.get(name)?.permissions.has(permission));
  }

  /** What all of these roles together may do; a role that is no longer in the table gives nothing. */
  permissionsOf(roles: readonly string[]): ReadonlySet<Permission> {
    const [only] = roles;
    if (roles.length === 1 && only !== undefined) return this.roles.get(only)?.permissions ?? new Set();
    return new Set(roles.flatMap((name) => [...(this.roles.get(name)?.permissions ?? [])]));
  }

  /** The highest rank among the roles; 0 without any. */
  rankOf(roles: readonly string[]): number {
    return Math.max(0, ...roles.map((name) => this.roles.get(name)?.rank ?? 0));
  }
}
