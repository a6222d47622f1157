import { type CryptoKey, importJWK, type JWK } from 'jose';

export type Algorithm = 'ES256' | 'RS256';

export interface SigningKey {
  kid: string;
  algorithm: Algorithm;
  private_jwk: JWK;
  public_jwk: JWK;
}

interface VerificationKey {
  algorithm: string;
  key: CryptoKey;
}

/** The keys of this installation, opened. */
export class KeyRing {
  private constructor(
    /** Private keys as a JWK Set, for the provider alone. */
    readonly jwks: { keys: JWK[] },
    /** Signs the provider's cookies, the same on every instance. */
    readonly cookieKey: string,
    private readonly verification: ReadonlyMap<string, VerificationKey>,
  ) {}

  static async of(keys: SigningKey[], cookieKey: string): Promise<KeyRing> {
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
    return new KeyRing(jwks, cookieKey, verification);
  }

  /** The public key that a token may name; nothing is fetched for a name we do not know. */
  find(kid: string): VerificationKey | undefined {
    return this.verification.get(kid);
  }
}
