import type { Actor } from './actor.js';
import type { RequestContext } from './context.js';
import { type Permission, PERMISSIONS } from './permissions.js';

/** Whoever may run our commands on the machine may do everything; no user stands behind it. */
const operator: Actor = {
  id: 0,
  username: '(operator)',
  roles: [],
  rank: Number.POSITIVE_INFINITY,
  permissions: new Set(Object.keys(PERMISSIONS) as Permission[]),
  disabled: false,
  must_change_password: false,
  session_id: '',
  client_id: 'command-line',
};

/** The context of work that a command does. @param command the name under which the audit keeps it. */
export const operatorContext = (command: string): RequestContext => ({
  actor: operator,
  rule: { kind: 'authenticated', authenticationSection: false },
  request_id: null,
  address: null,
  route: command,
  idempotency_key: undefined,
  if_match: undefined,
  fingerprint: () => ({ digest: Buffer.alloc(0), secrets: undefined }),
});
