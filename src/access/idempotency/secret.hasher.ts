/** Hashes what is worth guessing: slow and salted. Implemented by the feature that keeps passwords. */
export abstract class SecretHasher {
  /** @throws Problem 503 when very many wait for a hash. */
  abstract hash(secret: string): Promise<string>;

  /** @throws Problem 503 when the line is full. */
  abstract verify(stored: string, secret: string): Promise<boolean>;
}
