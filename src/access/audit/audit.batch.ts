import type { Queryable, Tx } from '../../platform/database/database.js';
import { type AuditEntry, type AuditSource, writeAudit } from './audit.js';
import { setApart } from './audit.values.js';

/** An entry of a batch. `at` and `by` are given only for what happened elsewhere or earlier. */
export interface BatchEntry extends AuditEntry {
  at?: string;
  /** The user who did it. */
  by?: { id: number; username: string };
}

const COLUMNS = `at, action, subject_type, subject_id, principal_type, principal_id, actor_username, client_id, address,
  request_id, before, after, apart`;

/** Adds the audit rows of many writes in one statement, in the writes' own transaction. */
export async function writeAuditBatch(
  tx: Queryable,
  source: AuditSource,
  entries: BatchEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ by, ...entry }) => ({
    ...source,
    ...(by && { principal_type: 'user', principal_id: String(by.id), actor_username: by.username }),
    ...entry,
    ...setApart(entry),
    subject_id: String(entry.subject_id),
  }));
  await tx.query({
    text: `WITH entry AS MATERIALIZED (
             SELECT * FROM ROWS FROM (jsonb_to_recordset($1) AS (at timestamptz, action text, subject_type text, subject_id text,
               principal_type text, principal_id text, actor_username text, client_id text, address text, request_id text,
               before jsonb, after jsonb, apart jsonb)) WITH ORDINALITY AS entry(${COLUMNS}, position)),
           added AS (
             INSERT INTO audit (at, action, subject_type, subject_id, principal_type, principal_id, actor_username, client_id,
               address, request_id, before, after)
             SELECT coalesce(at, now()), action, subject_type, subject_id, principal_type, principal_id, actor_username, client_id,
               address, request_id, before, after FROM entry ORDER BY position RETURNING id)
           INSERT INTO audit_values (audit_id, field, before, after, salt)
           SELECT numbered.id, v.field, v.before, v.after, decode(v.salt, 'hex')
           -- Identities are drawn in the order of the rows.
           FROM (SELECT id, row_number() OVER (ORDER BY id) AS position FROM added) numbered JOIN entry USING (position),
             jsonb_to_recordset(entry.apart) AS v(field text, before jsonb, after jsonb, salt text)`,
    values: [JSON.stringify(rows)],
  });
}

/** Adds the audit rows of one or many writes: a single one goes along with the commit, many go in one statement. */
export async function writeAudits(tx: Tx, source: AuditSource, entries: BatchEntry[]): Promise<void> {
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && only.at === undefined && only.by === undefined)
    writeAudit(tx, source, only);
  else await writeAuditBatch(tx, source, entries);
}
