import type { Actor } from './actor.js';

/** Somebody without a token, on the few routes and for the spaces that are open to everybody. No user stands behind it. */
export const visitor: Actor = {
  id: 0,
  username: '(visitor)',
  roles: [],
  rank: 0,
  permissions: new Set(['space:read', 'space:count', 'space:create', 'space:update']),
  disabled: false,
  must_change_password: false,
  session_id: '',
  client_id: 'public-spaces',
};

export const isVisitor = (actor: Actor): boolean => actor === visitor;
