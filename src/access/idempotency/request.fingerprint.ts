import { createHash } from 'node:crypto';
import { separateSecrets, wasRead } from '../../platform/validation/secret.fields.js';

/** What tells a request from another one that comes under the same Idempotency-Key. */
export interface RequestFingerprint {
  /** SHA-256 over what was read of the request: its path, its query, and its parsed body without secrets. */
  digest: Buffer;
  /** The secrets of the body as one text, never to be stored as it is; undefined without any. */
  secrets: string | undefined;
}

interface Request {
  url: string;
  query: unknown;
  body?: unknown;
}

export function fingerprintOf({ url, query, body }: Request): RequestFingerprint {
  const [path = ''] = url.split('?', 1);
  const { rest, secrets } = separateSecrets(body);
  return {
    digest: createHash('sha256')
      .update(wasRead(query) ? url : path)
      .update('\0')
      .update(JSON.stringify(rest))
      .digest(),
    secrets: secrets.length === 0 ? undefined : JSON.stringify(secrets),
  };
}
