import type { Permission } from './permissions.js';

/** Who acts in a request, as the database knew them when the request was let in. */
export interface Actor {
  /** 0 for an operator at the command line and for a visitor, who are no users. */
  id: number;
  username: string;
  roles: readonly string[];
  rank: number;
  permissions: ReadonlySet<Permission>;
  disabled: boolean;
  must_change_password: boolean;
  /** The session: the grant that the token names; empty for those who are no users. */
  session_id: string;
  client_id: string;
}

/** Whether nothing about the actor can change meanwhile, for no user and no session stand behind it. */
export const hasNoSession = ({ session_id }: Actor): boolean => session_id === '';
