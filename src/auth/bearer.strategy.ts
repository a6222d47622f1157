import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { Strategy, type VerifiedCallback } from 'passport-jwt';
import type { UserPrincipal } from '../access/principal.js';
import { Database } from '../platform/database/database.js';
import { UserCredentials } from '../users/user.credentials.js';
import { PrincipalCache } from './sessions/principal.cache.js';
import { principalOf, SessionsRepository, tokenPartOf } from './sessions/sessions.repository.js';
import { type AccessClaims, AccessTokenVerifier, TokenRefused } from './access-token.verifier.js';

type Verify = (
  token: string,
  verifier: AccessTokenVerifier,
  options: unknown,
  done: (error: unknown, claims?: AccessClaims) => void,
) => void;

/*
 * The library's own verifier (passport-jwt 4 calls jsonwebtoken 9) is replaced. Of a token with a good signature it takes
 * what RFC 9068 and RFC 7515 refuse, and has no option against it: one without exp, sub or jti, of any typ (an ID token,
 * too), issued in the future, with an extension that `crit` names, or in a second spelling of its base64url. It reads the
 * header only after it was given the key, so holds no kid to its algorithm, and knows no clock but the system's.
 * There is one verifier for the process: what the library calls "secret or key" is therefore the AccessTokenVerifier of
 * the application that asks, so that several in one process keep to their own keys.
 */
(Strategy as unknown as { JwtVerifier: Verify }).JwtVerifier = (token, verifier, _options, done) => {
  verifier.verify(token).then((claims) => done(null, claims), done);
};

/**
 * Methods that change nothing: their callers may be known from the cache. A write reads its principal again in its own
 * transaction, but a route that forgot to would not notice a stale one: so each says of itself that it does.
 */
const SAFE = new Set(['GET', 'HEAD']);

const CREDENTIALS = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The token of an Authorization header (RFC 6750, 2.1).
 * @returns undefined when the header says nothing about bearer tokens, `malformed` when it does so wrongly.
 */
export function bearerToken(header: string | undefined): { token: string } | 'malformed' | undefined {
  if (header === undefined || !/^bearer\b/i.test(header)) return undefined;
  const token = CREDENTIALS.exec(header)?.[1];
  return token === undefined ? 'malformed' : { token };
}

function tokenOf(request: FastifyRequest): string | null {
  const given = bearerToken(request.headers.authorization);
  return typeof given === 'object' ? given.token : null;
}

let strategies = 0;

/** passport-jwt, with a strict verifier; the caller's state comes from the session the token names. */
@Injectable()
export class BearerStrategy {
  /**
   * Passport's registry, which AuthGuard of @nestjs/passport asks by name, is one for the process. Under one name a second
   * application in it (a test's other instance) would check the tokens of the first, with its own keys and database.
   */
  readonly name = `jwt-${(strategies += 1)}`;

  constructor(
    verifier: AccessTokenVerifier,
    private readonly cache: PrincipalCache,
    private readonly sessions: SessionsRepository,
    private readonly database: Database,
    private readonly credentials: UserCredentials,
  ) {
    const strategy = new Strategy(
      {
        jwtFromRequest: tokenOf,
        secretOrKeyProvider: (_request, _token, done) => done(null, verifier as unknown as Buffer),
        passReqToCallback: true,
      },
      (request: FastifyRequest, claims: AccessClaims, done: VerifiedCallback) => {
        this.principalOf(request, claims).then((principal) => done(null, principal), done);
      },
    );
    passport.use(this.name, strategy);
  }

  private async principalOf(request: FastifyRequest, claims: AccessClaims): Promise<UserPrincipal> {
    const { sid, sub } = claims;
    const session =
      SAFE.has(request.method) || request.readsPrincipalAgain
        ? await this.cache.sessionOf(sid)
        : await this.sessions.read(this.database, sid);
    if (session === undefined || String(session.user.id) !== sub) throw await this.refusalOf(sub);
    return principalOf(session, tokenPartOf(claims));
  }

  /** Why a token names no session that lasts. */
  private async refusalOf(sub: string): Promise<TokenRefused> {
    const isThere = await this.credentials.isThere(Number(sub));
    return new TokenRefused(
      'The session of this token has ended.',
      undefined,
      isThere ? undefined : 'unknown_user',
    );
  }
}
