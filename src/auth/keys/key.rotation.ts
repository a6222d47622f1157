import { z } from 'zod';
import type { Config } from '../../../config/env.js';
import { operatorContext } from '../../access/context.js';
import { type AuditActions, type AuditSource, sourceOf, writeAudit } from '../../access/audit/audit.js';
import type { Database, Queryable, Tx } from '../../platform/database/database.js';
import { enqueue } from '../../platform/jobs/enqueue.js';
import { task } from '../../platform/jobs/task.js';
import { type Algorithm, ALGORITHMS } from './key.ring.js';
import { acceptedMinutes, createKey, lockKeys, openKeyRing } from './key.store.js';
import { readSealingKey } from './sealing-key.js';

declare module '../../access/audit/audit.js' {
  interface AuditActions {
    signing_key: 'create' | 'activate' | 'retire' | 'delete';
  }
}

/**
 * How long a key is published before it signs: verifiers may keep the key set for 300 s, and take it from a proxy
 * that has kept it for another 300 s.
 */
const PUBLISHED_MINUTES = 15;

export const ACTIVATE = task('keys.activate', z.object({ kids: z.array(z.string()) }));

/** A signing key as an operator sees it; times are ISO 8601. */
export interface KeyState {
  kid: string;
  algorithm: Algorithm;
  state: 'next' | 'active' | 'retired';
  created_at: string;
  age_seconds: number;
  /** Of a `next` key: when a worker makes it the active one. */
  active_from: string | null;
  /** Of a `retired` key: until when tokens that it signed are taken. */
  accepted_until: string | null;
}

/** All keys in the database, the active ones first. */
export const listKeys = (config: Config, db: Queryable): Promise<KeyState[]> =>
  db.query<KeyState>({
    text: `SELECT kid, algorithm, state, created_at, extract(epoch FROM now() - created_at)::integer AS age_seconds,
             CASE state WHEN 'next' THEN created_at + make_interval(mins => $1) END AS active_from,
             CASE state WHEN 'retired' THEN retired_at + make_interval(mins => $2) END AS accepted_until
           FROM signing_keys
           ORDER BY array_position(ARRAY['active', 'next', 'retired'], state), created_at DESC, algorithm`,
    values: [PUBLISHED_MINUTES, acceptedMinutes(config)],
  });

/**
 * Makes the next key of each algorithm, unless there is one, to become active once every verifier can know it.
 * @param at_once whether the next keys become active now.
 * @throws StartupError when the sealing key is not the one of the keys there are.
 */
export async function rotateKeys(config: Config, database: Database, at_once: boolean): Promise<KeyState[]> {
  // A key sealed otherwise than its fellows would stop every instance.
  await openKeyRing(config, database);
  const sealingKey = await readSealingKey(config, false);
  const source = sourceOf(operatorContext('keys rotate'));
  return database.transaction(async (tx) => {
    await lockKeys(tx);
    await removeExpired(config, tx, source);
    const made: string[] = [];
    const before = await listKeys(config, tx);
    for (const algorithm of ALGORITHMS) {
      if (before.some((key) => key.state === 'next' && key.algorithm === algorithm)) continue;
      const kid = await createKey(tx, sealingKey, algorithm, 'next');
      record(tx, source, 'create', kid, undefined, 'next');
      made.push(kid);
    }
    const after = await listKeys(config, tx);
    const next = after.filter(({ state }) => state === 'next');
    if (at_once)
      await activate(
        tx,
        source,
        next.map(({ kid }) => kid),
      );
    else if (made.length > 0) {
      const run_at = next.find(({ kid }) => kid === made[0])?.active_from;
      enqueue(tx, ACTIVATE, { kids: made }, run_at ? { run_at } : {});
    }
    return listKeys(config, tx);
  });
}

/** Makes those of these keys active that still wait for it, and retires the ones they follow. */
export async function activate(tx: Tx, source: AuditSource, kids: string[]): Promise<void> {
  const waiting = await tx.query<{ kid: string; algorithm: Algorithm }>({
    text: `SELECT kid, algorithm FROM signing_keys WHERE state = 'next' AND kid = ANY ($1)`,
    values: [kids],
  });
  const retired = await tx.query<{ kid: string }>({
    text: `UPDATE signing_keys SET state = 'retired', retired_at = now()
           WHERE state = 'active' AND algorithm = ANY ($1) RETURNING kid`,
    values: [waiting.map(({ algorithm }) => algorithm)],
  });
  await tx.query({
    text: `UPDATE signing_keys SET state = 'active' WHERE kid = ANY ($1)`,
    values: [waiting.map(({ kid }) => kid)],
  });
  for (const { kid } of retired) record(tx, source, 'retire', kid, 'active', 'retired');
  for (const { kid } of waiting) record(tx, source, 'activate', kid, 'next', 'active');
}

/** Keys whose last token has run out are of use to nobody but a thief. */
async function removeExpired(config: Config, tx: Tx, source: AuditSource): Promise<void> {
  const removed = await tx.query<{ kid: string }>({
    text: `DELETE FROM signing_keys
           WHERE state = 'retired' AND retired_at <= now() - make_interval(mins => $1) RETURNING kid`,
    values: [acceptedMinutes(config)],
  });
  for (const { kid } of removed) record(tx, source, 'delete', kid, 'retired', undefined);
}

function record(
  tx: Tx,
  source: AuditSource,
  verb: AuditActions['signing_key'],
  kid: string,
  before: KeyState['state'] | undefined,
  after: KeyState['state'] | undefined,
): void {
  writeAudit(tx, source, {
    action: `signing_key.${verb}`,
    subject_type: 'signing_key',
    subject_id: kid,
    ...(before && { before: { state: before } }),
    ...(after && { after: { state: after } }),
  });
}
