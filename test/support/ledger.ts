import { randomUUID } from 'node:crypto';
import type { Queryable } from '../../src/platform/database/database.js';
import { toIso } from '../../src/spaces/counting/instant.js';
import type { Entry } from './brute-force.js';

/** An entry as a test writes it. */
export type LedgerEntry = Entry & { door_id?: string };

/** Rows of the ledger and their mark, as one transaction that counts leaves them. */
export async function addEntries(
  db: Queryable,
  spaceId: string,
  entries: readonly LedgerEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const moments = entries.map(({ at }) => at);
  await db.query({
    text: `WITH entry AS (
             INSERT INTO space_events (event_id, space_id, at, kind, delta, value, target, door_id)
             SELECT e.event_id, $1, e.at, e.kind, e.delta, e.value, false, e.door_id
             FROM unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::bigint[], $6::bigint[], $7::uuid[])
               AS e (event_id, at, kind, delta, value, door_id))
           INSERT INTO rollup_marks (space_id, since, until) VALUES ($1, $8, $9)`,
    values: [
      spaceId,
      entries.map(() => randomUUID()),
      moments.map(toIso),
      entries.map(({ kind }) => kind),
      entries.map(({ delta }) => delta),
      entries.map(({ value }) => value),
      entries.map(({ door_id }) => door_id ?? null),
      toIso(moments.reduce((a, b) => Math.min(a, b))),
      toIso(moments.reduce((a, b) => Math.max(a, b))),
    ],
  });
}
