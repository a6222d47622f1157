import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../access/actor.js';
import { Callers } from '../access/callers.js';
import { Database } from '../platform/database/database.js';
import { type AccessClaims, AccessTokenVerifier, TokenRefused } from './access-token.verifier.js';
import { bearerToken } from './bearer.strategy.js';
import { SessionsRepository } from './sessions/sessions.repository.js';

/** The callers by their bearer tokens, for what is decided before any route. */
@Injectable()
export class BearerCallers extends Callers {
  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly sessions: SessionsRepository,
    private readonly database: Database,
  ) {
    super();
  }

  override async of({ headers }: FastifyRequest): Promise<Actor | undefined> {
    const given = bearerToken(headers.authorization);
    const claims = typeof given === 'object' ? await this.claimsOf(given.token) : undefined;
    if (claims === undefined) return undefined;
    const actor = await this.sessions.actorOf(this.database, claims.sid);
    return String(actor?.id) === claims.sub ? actor : undefined;
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
