import { createHash } from 'node:crypto';
import { separateSecrets } from '../../platform/http/secret.fields.js';

/** What tells a request from another one that comes under the same Idempotency-Key. */
export interface RequestFingerprint {
  /** SHA-256 over the URL and the parsed body, which knows nothing of the body's secrets. */
  digest: Buffer;
  /** The secrets of the body as one text, never to be stored as it is; undefined without any. */
  secrets: string | undefined;
}

export function fingerprintOf({ url, body }: { url: string; body?: unknown }): RequestFingerprint {
  const { rest, secrets } = separateSecrets(body);
  return {
    digest: createHash('sha256').update(url).update('\0').update(JSON.stringify(rest)).digest(),
    secrets: secrets.length === 0 ? undefined : JSON.stringify(secrets),
  };
}
