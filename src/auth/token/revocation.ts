import { Injectable } from '@nestjs/common';
import { type AccessClaims, AccessTokenVerifier, TokenRefused } from '../access-token.verifier.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';
import { type TokenAnswer, type TokenRequest, TokenService } from './token.service.js';

/** The provider refuses structured tokens, so it is shown this one, which nobody has. */
const NO_TOKEN = '-';

/** Token revocation (RFC 7009) of refresh tokens, and of access tokens, which the provider cannot revoke. */
@Injectable()
export class Revocation {
  constructor(
    private readonly tokens: TokenService,
    private readonly verifier: AccessTokenVerifier,
    private readonly sessions: SessionsRepository,
  ) {}

  async answer(request: TokenRequest & { form: ReadonlyMap<string, string> }): Promise<TokenAnswer> {
    const token = request.form.get('token') ?? '';
    if (!token.includes('.')) return this.tokens.answer(request);
    // The provider still authenticates the client, and refuses a request that is not in order.
    const answer = await this.tokens.answer({
      ...request,
      form: new Map([...request.form, ['token', NO_TOKEN]]),
    });
    if (answer.status !== 200) return answer;
    const claims = await this.claimsOf(token);
    if (claims !== undefined && claims.client_id === answer.clientId)
      await this.sessions.endOne(claims.sid, { reason: 'revoked' });
    return answer;
  }

  /** @returns undefined for a token that is no good: it needs no revoking. */
  private async claimsOf(token: string): Promise<AccessClaims | undefined> {
    try {
      return await this.verifier.verify(token);
    } catch (error) {
      if (error instanceof TokenRefused) return undefined;
      throw error;
    }
  }
}
