/** The names of all permissions; the feature that owns one adds it here by declaration merging. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- features fill it
export interface PermissionNames {}

export type Permission = keyof PermissionNames;

interface Meaning {
  description: string;
  /** A permission that this one says too, and that so is held wherever this is. */
  implies?: string;
  /** What goes wrong in an installation where no role has it. */
  neededBecause?: string;
}

const meanings = new Map<string, Meaning>();
const names = new Set<Permission>();

/** All permissions; config/permissions.json may name no other. It grows while features are loaded, and never after. */
export const everyPermission: ReadonlySet<Permission> = names;

/**
 * Declares permissions of a feature: `'ticket:read': 'see tickets'`, or more than the description.
 * @returns what was given, from which the feature adds their names to `PermissionNames`.
 */
export function declarePermissions<T extends Record<string, string | Meaning>>(permissions: T): T {
  for (const [name, meaning] of Object.entries(permissions)) {
    meanings.set(name, typeof meaning === 'string' ? { description: meaning } : meaning);
    names.add(name as Permission);
  }
  return permissions;
}

export const isPermission = (word: string): word is Permission => meanings.has(word);

/** What a permission opens. */
export const descriptionOf = (permission: Permission): string => meanings.get(permission)?.description ?? '';

/** These permissions, and those that they imply. */
export const withImplied = (permissions: readonly Permission[]): ReadonlySet<Permission> =>
  new Set(
    permissions.flatMap((permission) => {
      const implied = meanings.get(permission)?.implies;
      return implied !== undefined && isPermission(implied) ? [permission, implied] : [permission];
    }),
  );

/** Permissions that some role must have, each with what goes wrong without. */
export const neededPermissions = (): [permission: Permission, because: string][] =>
  [...names].flatMap((name) => {
    const because = meanings.get(name)?.neededBecause;
    return because === undefined ? [] : [[name, because] satisfies [Permission, string]];
  });
