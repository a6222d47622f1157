import { hash } from 'node:crypto';
import { type CryptoKey, errors, jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Config } from '../../config/env.js';
import type { Clock } from '../platform/clock.js';
import type { TokenReason } from '../platform/errors/problem.js';
import type { KeyWatch } from './keys/key.watch.js';

/** What a token says; everything else about the caller is asked of the database. */
export interface AccessClaims {
  sub: string;
  client_id: string;
  sid: string;
  /** Words apart by blanks (RFC 6749, 3.3); empty when the token has none, which means nothing. */
  scope: string;
  iat: number;
  exp: number;
}

/** Why a token is no good; the message is for the client. */
export class TokenRefused extends Error {
  constructor(
    message: string,
    options?: ErrorOptions,
    readonly reason?: TokenReason,
  ) {
    super(message, options);
  }
}

const LONGEST_TOKEN = 8_192;
const LONGEST_KID = 200;
/** Seconds that two clocks may differ. */
const TOLERANCE = 5;
const MOST_TOKENS = 5_000;
const REQUIRED = ['iss', 'aud', 'sub', 'client_id', 'sid', 'iat', 'exp', 'jti'];

/** Base64url has spellings that decode alike; only the one that encoding gives is taken, so that a token has one spelling. */
const isCanonical = (part: string): boolean => Buffer.from(part, 'base64url').toString('base64url') === part;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Verifies access tokens of this installation (RFC 9068) and remembers the good ones until they expire. */
export class AccessTokenVerifier {
  private readonly audience: string;
  private readonly longestLife: number;
  private readonly verified = new LRUCache<string, AccessClaims>({ max: MOST_TOKENS });

  constructor(
    private readonly config: Config,
    private readonly keys: KeyWatch,
    private readonly clock: Clock,
  ) {
    this.audience = `${config.publicUrl}/api/v1`;
    this.longestLife = config.accessTokenMinutes * 60;
  }

  /** @throws TokenRefused saying what is wrong. */
  async verify(token: string): Promise<AccessClaims> {
    if (token.length > LONGEST_TOKEN) throw new TokenRefused('This is too long for a token of this server.');
    const key = hash('sha256', token, 'base64url');
    const known = this.verified.get(key);
    if (known !== undefined) {
      if (this.seconds() < known.exp + TOLERANCE) return known;
      this.verified.delete(key);
    }
    const claims = await this.check(token);
    this.verified.set(key, claims);
    return claims;
  }

  private async check(token: string): Promise<AccessClaims> {
    const parts = token.split('.');
    if (parts.length !== 3 || !parts.every(isCanonical))
      throw new TokenRefused('This is not a token of this server.');
    const payload = await this.checkSignature(token);
    const { iss, aud, sub, client_id, sid, scope = '', iat = 0, exp = 0, jti } = payload;
    if (![iss, aud, sub, client_id, sid, jti].every(isText) || typeof scope !== 'string')
      throw new TokenRefused('A claim of the token is no text.');
    if (iat > this.seconds() + TOLERANCE) throw new TokenRefused('The token was issued in the future.');
    if (exp - iat > this.longestLife)
      throw new TokenRefused('The token lives longer than this server allows.');
    return { sub, client_id, sid, scope, iat, exp } as AccessClaims;
  }

  private async checkSignature(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.keyOf(header), {
        issuer: this.config.publicUrl,
        audience: this.audience,
        typ: 'at+jwt',
        requiredClaims: REQUIRED,
        clockTolerance: TOLERANCE,
        currentDate: new Date(this.clock.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw new TokenRefused('The token has expired.', { cause: error }, 'expired_token');
      if (error instanceof errors.JOSEError) {
        throw new TokenRefused('This is not a token of this server.', { cause: error });
      }
      throw error;
    }
  }

  /** Only keys of ours, by name and for their own algorithm; keys and addresses that a token brings are not looked at. */
  private async keyOf({ kid, alg }: JWTHeaderParameters): Promise<CryptoKey> {
    const known = isText(kid) && kid.length < LONGEST_KID ? await this.keys.find(kid) : undefined;
    if (known === undefined || known.algorithm !== alg)
      throw new TokenRefused('The token is signed with no key of this server.');
    return known.key;
  }

  private seconds(): number {
    return this.clock.now() / 1_000;
  }
}
