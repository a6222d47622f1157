import { everyPermission, type Permission } from './permissions.js';

/** What a principal may do: what was granted to it, cut by the scope of the token that it came with. */
export interface Rights {
  readonly granted: ReadonlySet<Permission>;
  /** undefined: the token cuts nothing. */
  readonly scope: ReadonlySet<Permission> | undefined;
}

interface Common {
  /** As the audit names it. */
  readonly name: string;
  /** The OAuth client that it came through, or what stands for one; null for what Frontdesk does by itself. */
  readonly client_id: string | null;
  /** Nobody acts on a user whose rank is higher. */
  readonly rank: number;
  readonly rights: Rights;
}

/** Somebody who signed in, as the database knew them when the request was let in. */
export interface UserPrincipal extends Common {
  readonly type: 'user';
  readonly id: number;
  readonly roles: readonly string[];
  readonly disabled: boolean;
  readonly must_change_password: boolean;
  readonly session_id: string;
  readonly client_id: string;
  /** When the token expires, in milliseconds since the epoch. */
  readonly token_expires_at: number;
}

/** A device that calls with its own secret. */
export interface DevicePrincipal extends Common {
  readonly type: 'device';
  readonly id: string;
  /** The doors it may post for. */
  readonly door_ids: readonly string[];
  readonly last_seen_at: string | null;
}

/** A wall screen with a link of its own, which shows one space. */
export interface DisplayPrincipal extends Common {
  readonly type: 'display';
  readonly id: string;
  readonly space_id: string;
}

/** Whoever needs no credentials: somebody without a token, an operator at the command line, or Frontdesk itself. */
export interface NamelessPrincipal extends Common {
  readonly type: 'visitor' | 'operator' | 'system';
  readonly id: null;
}

/** Whoever acts, from the guard to the last line that asks. */
export type Principal = UserPrincipal | DevicePrincipal | DisplayPrincipal | NamelessPrincipal;

/** Just these, whatever the token. */
export const rightsTo = (...permissions: Permission[]): Rights => ({
  granted: new Set(permissions),
  scope: undefined,
});

const everything: Rights = { granted: everyPermission, scope: undefined };

/** Whoever may run our commands on the machine may do everything. */
export const operator: Principal = {
  type: 'operator',
  id: null,
  name: '(operator)',
  client_id: 'command-line',
  rank: Number.POSITIVE_INFINITY,
  rights: everything,
};

/** Frontdesk, where it does something by itself because of something that happened. */
export const system: Principal = {
  type: 'system',
  id: null,
  name: '(frontdesk)',
  client_id: null,
  rank: Number.POSITIVE_INFINITY,
  rights: everything,
};

/** The id of the user who acts; null where it is no user. */
export const userIdOf = (principal: Principal): number | null =>
  principal.type === 'user' ? principal.id : null;
