import type { FastifyRequest } from 'fastify';
import type { AccessRule } from '../../access/access.decorators.js';

/** A user who watches with an access token. */
export interface UserViewer {
  kind: 'user';
  user_id: number;
  session_id: string;
  /** What the route asks. */
  rule: AccessRule | undefined;
  /** When the token expires, in milliseconds since the epoch. */
  expires_at: number;
}

/** A wall screen with a link of its own. */
export interface DisplayViewer {
  kind: 'display';
  display_token_id: string;
}

/** By which right somebody watches. */
export type Viewer = UserViewer | DisplayViewer;

/** The user of a request that the guards let in. */
export function userViewer({ user, accessRule, tokenExpiresAt }: FastifyRequest): UserViewer {
  if (user === undefined || tokenExpiresAt === undefined)
    throw new Error('a stream was asked for without a token');
  return {
    kind: 'user',
    user_id: user.id,
    session_id: user.session_id,
    rule: accessRule,
    expires_at: tokenExpiresAt,
  };
}
