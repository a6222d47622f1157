import { type KoaContextWithOIDC, Provider } from 'oidc-provider';

/** Why a session ends, as the audit keeps it. */
export interface EndReason {
  reason: string;
  /** What an operator or the author of the client can do about it. */
  advice?: string;
}

const REUSED: EndReason = {
  reason: 'refresh token used twice',
  advice:
    'Either the token was stolen, or a client used it twice: let one tab refresh for all and share the new token; after a lost answer sign in again instead of repeating the request.',
};

const reused = new WeakSet<KoaContextWithOIDC>();

/** Keeps of the request in progress that its refresh token was used before. */
export function noteReuse(): void {
  if (Provider.ctx !== undefined) reused.add(Provider.ctx);
}

/** Whether the refresh token of a request was used before. */
export const wasReused = (ctx: KoaContextWithOIDC): boolean => reused.has(ctx);

/** The provider ends a grant when it is told to, and when a refresh token comes a second time. */
export function reasonToEnd(): EndReason {
  if (Provider.ctx?.oidc.route === 'revocation') return { reason: 'revoked' };
  noteReuse();
  return REUSED;
}
