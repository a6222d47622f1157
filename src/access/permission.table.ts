import { z } from 'zod';
import { ConfigError } from '../../config/env.js';
import { readConfigFile } from '../../config/files.js';
import { declareSetting } from '../platform/settings/settings.js';
import { everyPermission, neededPermissions, type Permission, withImplied } from './permissions.js';

const tableSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'a role is a lower-case word of up to 32 characters'),
  z.strictObject({ rank: z.int().min(1).max(1_000), permissions: z.array(z.string()) }),
);

interface Role {
  rank: number;
  permissions: ReadonlySet<Permission>;
}

function expand(pattern: string): Permission[] {
  const all = [...everyPermission];
  if (pattern === '*') return all;
  const [subject, verb, more] = pattern.split(':');
  if (more !== undefined) return [];
  if (verb === '*') return all.filter((name) => name.startsWith(`${subject}:`));
  if (subject === '*') return all.filter((name) => name.endsWith(`:${verb}`));
  return all.filter((name) => name === pattern);
}

declare module '../platform/settings/settings.js' {
  interface Snapshot {
    readonly permissions: PermissionTable;
  }
}

/** config/permissions.json: what each role may do, and how high it stands. */
export class PermissionTable {
  private readonly roles: ReadonlyMap<string, Role>;

  /** @throws ConfigError naming a permission that does not exist, or one that some role must have. */
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
    if (problems.length === 0) {
      for (const [permission, because] of neededPermissions())
        if (this.rolesWith(permission).length === 0)
          problems.push(`permissions.json: no role has ${permission}, so ${because}`);
    }
    if (problems.length > 0) throw new ConfigError(problems);
  }

  static read(): PermissionTable {
    return new PermissionTable(readConfigFile('permissions.json', tableSchema));
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

declareSetting('permissions', () => PermissionTable.read());
