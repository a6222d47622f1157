import type { Queryable } from '../../platform/database/database.js';
import type { AuditEntry, AuditSource } from './audit.js';

/** An entry of a batch. `at` and the source are given only for what happened elsewhere or earlier. */
export interface BatchEntry extends AuditEntry {
  at?: string;
  actor_id?: number | null;
  actor_username?: string | null;
}

/** Adds the audit rows of many writes in one statement, in the writes' own transaction. */
export async function writeAuditBatch(
  tx: Queryable,
  source: AuditSource,
  entries: BatchEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => ({ ...source, ...entry, subject_id: String(entry.subject_id) }));
  await tx.query({
    text: `INSERT INTO audit (at, action, subject_type, subject_id, actor_id, actor_username, client_id, address, request_id, before, after)
           SELECT coalesce(at, now()), action, subject_type, subject_id, actor_id, actor_username, client_id, address, request_id, before, after
           FROM ROWS FROM (jsonb_to_recordset($1) AS (at timestamptz, action text, subject_type text, subject_id text, actor_id bigint,
             actor_username text, client_id text, address text, request_id text, before jsonb, after jsonb)) WITH ORDINALITY AS entry(
             at, action, subject_type, subject_id, actor_id, actor_username, client_id, address, request_id, before, after, position)
           ORDER BY position`,
    values: [JSON.stringify(rows)],
  });
}
