import type { Permission } from './permissions.js';

/** Who acts in a request, as the database knew them when the request was let in. */
export interface Actor {
  /** 0 for an operator at the command line, who is no user. */
  id: number;
  username: string;
  roles: readonly string[];
  rank: number;
  permissions: ReadonlySet<Permission>;
  disabled: boolean;
  must_change_password: boolean;
  /** The session: the grant that the token names. */
  session_id: string;
  client_id: string;
}
