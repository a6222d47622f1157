import { Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.js';
import { RequestPrincipal } from '../access/principals.js';
import { Database } from '../platform/database/database.js';
import { type AccessClaims, AccessTokenVerifier, TokenRefused } from './access-token.verifier.js';
import { bearerToken } from './bearer.strategy.js';
import { principalOf, SessionsRepository, tokenPartOf } from './sessions/sessions.repository.js';

/** Whoever calls, by the bearer token, for what is decided before any route. */
@Injectable()
export class BearerRequestPrincipal extends RequestPrincipal {
  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly sessions: SessionsRepository,
    private readonly database: Database,
  ) {
    super();
  }

  override async of({ headers }: Parameters<RequestPrincipal['of']>[0]): Promise<Principal | undefined> {
    const given = bearerToken(headers.authorization);
    const claims = typeof given === 'object' ? await this.claimsOf(given.token) : undefined;
    if (claims === undefined) return undefined;
    const session = await this.sessions.read(this.database, claims.sid);
    if (session === undefined || String(session.user.id) !== claims.sub) return undefined;
    return principalOf(session, tokenPartOf(claims));
  }

  private async claimsOf(token: string): Promise<AccessClaims | undefined> {
    try {
      return await this.verifier.verify(token);
    } catch (error) {
      if (error instanceof TokenRefused) return undefined;
      throw error;
    }
  }
}
