import { type CryptoKey, importJWK, type JWK } from 'jose';

export const ALGORITHMS = ['ES256', 'RS256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface SigningKey {
  kid: string;
  algorithm: Algorithm;
  private_jwk: JWK;
  public_jwk: JWK;
}

export interface VerificationKey {
  algorithm: string;
  key: CryptoKey;
}

/** The keys of this installation, opened: first those that sign, then those that will, then those that did. */
export class KeyRing {
  private constructor(
    /** Tells one set of keys and states from another. */
    readonly version: string,
    /** Private keys as a JWK Set, for the provider alone: it signs with the first of an algorithm. */
    readonly jwks: { keys: JWK[] },
    /** Signs the provider's cookies, the same on every instance. */
    readonly cookieKey: string,
    private readonly verification: ReadonlyMap<string, VerificationKey>,
  ) {}

  static async of(version: string, keys: SigningKey[], cookieKey: string): Promise<KeyRing> {
    const verification = new Map<string, VerificationKey>();
    for (const { kid, algorithm, public_jwk } of keys) {
      verification.set(kid, { algorithm, key: (await importJWK(public_jwk, algorithm)) as CryptoKey });
    }
    const jwks = {
      keys: keys.map(({ kid, algorithm, private_jwk }) => ({
        ...private_jwk,
        kid,
        alg: algorithm,
        use: 'sig',
      })),
    };
    return new KeyRing(version, jwks, cookieKey, verification);
  }

  /** The public key that a token may name. */
  find(kid: string): VerificationKey | undefined {
    return this.verification.get(kid);
  }
}
