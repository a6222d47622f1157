import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../context.js';
import type { Queryable, Tx } from '../../platform/database/database.js';
import { Problem } from '../../platform/errors/problem.js';
import { Settings } from '../../platform/settings/settings.js';
import type { RequestFingerprint } from './request.fingerprint.js';
import { SecretHasher } from './secret.hasher.js';

declare module '../../platform/errors/problem.js' {
  interface ProblemCodes {
    idempotency_in_progress: 409;
    idempotency_mismatch: 422;
  }
}

/** A request whose instance was killed keeps its key for as long as PostgreSQL takes to notice: some milliseconds. */
const PAUSES_MS = [30, 100, 300];

const BATCH = 1_000;

/** Held until the transaction ends, so whoever gets it sees what an earlier request with the key has committed. */
async function lock(tx: Tx, name: string): Promise<boolean> {
  for (const pause of [0, ...PAUSES_MS]) {
    if (pause > 0) await delay(pause);
    const [row] = await tx.query<{ free: boolean }>({
      text: 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 20251122)) AS free',
      values: [name],
    });
    if (row?.free) return true;
  }
  return false;
}

/** Length of a SHA-256; what follows it in `body_hash` is the slow hash of the secrets. */
const DIGEST_BYTES = 32;

/** A request with a key, as it is stored to be recognised. */
export interface KeyedRequest extends RequestFingerprint {
  key: string;
  stored: Buffer;
}

/** What the work returned, now or under the same key before. */
interface Outcome<T> {
  result: T;
  /** Of a repetition: the hash that the secrets of this request must match before the result is given. */
  secretsMustMatch?: string;
}

const anotherRequest = (): Problem =>
  new Problem(
    422,
    'idempotency_mismatch',
    'This Idempotency-Key was used with another request. Take a new key.',
  );

/** Answers to POST and DELETE requests that carried an Idempotency-Key, kept in the transaction that did the work. */
@Injectable()
export class IdempotencyKeys {
  constructor(
    private readonly settings: Settings,
    private readonly hasher: SecretHasher,
  ) {}

  /**
   * What `once` stores of a request. Secrets are hashed slowly and with a salt, so that a stolen table makes a password
   * no easier to guess than the hash of the account does; before the transaction, which is not to be held open meanwhile.
   */
  async identify(context: RequestContext, key: string): Promise<KeyedRequest> {
    const { digest, secrets } = context.fingerprint();
    const hash = secrets === undefined ? '' : await this.hasher.hash(secrets);
    return { key, digest, secrets, stored: Buffer.concat([digest, Buffer.from(hash)]) };
  }

  /**
   * The result for whoever sent the request; of a repetition only when the secrets are those of the first, since an
   * account that was made with another password is not what was asked for. After the transaction, for it takes time.
   * @throws Problem 422.
   */
  async resultFor<T>({ secrets }: KeyedRequest, { result, secretsMustMatch }: Outcome<T>): Promise<T> {
    if (secretsMustMatch === undefined || secrets === undefined) return result;
    if (!(await this.hasher.verify(secretsMustMatch, secrets))) throw anotherRequest();
    return result;
  }

  /**
   * Does the work once for each principal, route and key.
   * @param kept what of the result is stored and answered again.
   * @returns what is to be given to `resultFor`.
   * @throws Problem 409 while the first request with this key still runs, 422 when it was another, by its URL or its body.
   */
  async once<T>(
    tx: Tx,
    context: RequestContext,
    request: KeyedRequest,
    work: () => Promise<T>,
    kept: (result: T) => T = (result) => result,
  ): Promise<Outcome<T>> {
    const { type, id, client_id } = context.principal;
    const scope = [type, String(id), context.route, request.key];
    if (!(await lock(tx, scope.join(' ')))) {
      throw new Problem(
        409,
        'idempotency_in_progress',
        'The first request with this Idempotency-Key is still running.',
        {
          headers: { 'retry-after': '1' },
        },
      );
    }
    const [stored] = await tx.query<{ body_hash: Buffer; result: T }>({
      text: `SELECT body_hash, result FROM idempotency_keys
             WHERE principal_type = $1 AND principal_id = $2 AND route = $3 AND key = $4 AND expires_at > now()`,
      values: scope,
    });
    if (stored) {
      if (!stored.body_hash.subarray(0, DIGEST_BYTES).equals(request.digest)) throw anotherRequest();
      const hash = stored.body_hash.subarray(DIGEST_BYTES).toString();
      return { result: (stored.result ?? undefined) as T, ...(hash !== '' && { secretsMustMatch: hash }) };
    }
    const result = await work();
    // Not for somebody who has just deleted the own account.
    await tx.query({
      text: `INSERT INTO idempotency_keys
               (principal_type, principal_id, route, key, client_id, body_hash, result, expires_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, now() + make_interval(hours => $8)
             WHERE $1 <> 'user' OR EXISTS (SELECT FROM users WHERE id::text = $2)
             ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO UPDATE
             SET client_id = excluded.client_id, body_hash = excluded.body_hash, result = excluded.result,
                 expires_at = excluded.expires_at`,
      values: [
        ...scope,
        client_id,
        request.stored,
        JSON.stringify(kept(result) ?? null),
        this.settings.current.limits.idempotency_hours,
      ],
    });
    return { result };
  }

  /** Removes some that have run out. @returns whether there may be more. */
  async sweep(db: Queryable): Promise<boolean> {
    const rows = await db.query({
      text: `DELETE FROM idempotency_keys WHERE (principal_type, principal_id, route, key) IN (
               SELECT principal_type, principal_id, route, key FROM idempotency_keys WHERE expires_at <= now()
               ORDER BY expires_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
             RETURNING 1`,
    });
    return rows.length === BATCH;
  }
}
