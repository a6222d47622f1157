import type { RequestContext } from '../context.js';
import { setApart } from './audit.values.js';
import { type Principal, system } from '../principal.js';
import type { Tx } from '../../platform/database/database.js';

/** Who did it and through what. */
export interface AuditSource {
  /** null for nobody who is known, such as whoever tried a wrong password. */
  principal_type: Principal['type'] | null;
  principal_id: string | null;
  /** The principal's name: the column keeps its older word. */
  actor_username: string | null;
  client_id: string | null;
  address: string | null;
  request_id: string | null;
}

/**
 * What is written down: kinds of subjects with what is done to them. The feature that does it adds its own by
 * declaration merging: `ticket: 'create' | 'update'`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- features fill it
export interface AuditActions {}

/** `ticket.create`, `user.update`, `session.start` ... */
export type AuditAction = {
  [Kind in keyof AuditActions]: `${Kind}.${AuditActions[Kind]}`;
}[keyof AuditActions];

export interface AuditEntry {
  action: AuditAction;
  subject_type: string;
  subject_id: string | number;
  /** The changed fields only, never a secret. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
}

const principalOf = ({ type, id, name, client_id }: Principal) => ({
  principal_type: type,
  principal_id: id === null ? null : String(id),
  actor_username: name,
  client_id,
});

export const sourceOf = ({ principal, address, request_id }: RequestContext): AuditSource => ({
  ...principalOf(principal),
  address,
  request_id,
});

/** What Frontdesk does by itself, because of something that happened. */
export const ownSource: AuditSource = { ...principalOf(system), address: null, request_id: null };

const COLUMNS = `action, subject_type, subject_id, principal_type, principal_id, actor_username, client_id, address,
  request_id, before, after`;

/** Adds the one audit row of a write, together with the commit of its transaction. */
export function writeAudit(tx: Tx, source: AuditSource, entry: AuditEntry): void {
  const { before, after, apart } = setApart(entry);
  const values = [
    entry.action,
    entry.subject_type,
    String(entry.subject_id),
    source.principal_type,
    source.principal_id,
    source.actor_username,
    source.client_id,
    source.address,
    source.request_id,
    before === undefined ? null : JSON.stringify(before),
    after === undefined ? null : JSON.stringify(after),
  ];
  const insert = `INSERT INTO audit (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
  if (apart.length === 0) return tx.atCommit({ prepare: true, text: insert, values });
  tx.atCommit({
    prepare: true,
    text: `WITH added AS (${insert} RETURNING id)
           INSERT INTO audit_values (audit_id, field, before, after, salt)
           SELECT added.id, v.field, v.before, v.after, decode(v.salt, 'hex')
           FROM added, jsonb_to_recordset($12) AS v(field text, before jsonb, after jsonb, salt text)`,
    values: [...values, JSON.stringify(apart)],
  });
}

/** The fields of `patch` whose value differs from the row's, before and after. */
export function changedFields<T extends object>(
  row: T,
  patch: Partial<T>,
): { before: Partial<T>; after: Partial<T> } {
  const before: Partial<T> = {};
  const after: Partial<T> = {};
  for (const key of Object.keys(patch) as (keyof T)[]) {
    if (JSON.stringify(row[key]) === JSON.stringify(patch[key])) continue;
    before[key] = row[key];
    after[key] = patch[key];
  }
  return { before, after };
}
