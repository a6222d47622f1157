import type { Tx } from '../../platform/database/database.js';

interface Carried {
  /** What is inside the subtree, as it is counted: may be below zero. */
  inside: number;
  /** The spaces that contained it and no longer do. */
  left: readonly string[];
  /** The spaces that contain it from now on. */
  entered: readonly string[];
}

/**
 * Takes the people of a subtree along, out of the spaces that it leaves and into those that it enters: numbers,
 * ledger and marks for the roll-ups. The caller holds the trees. A space that is about to be deleted only leaves.
 */
export async function carrySubtree(tx: Tx, { inside, left, entered }: Carried): Promise<void> {
  if (inside === 0 || left.length + entered.length === 0) return;
  await tx.query({
    text: `WITH step AS MATERIALIZED (SELECT gen_random_uuid() AS event_id, clock_timestamp() AS at),
             carried AS (
               SELECT space_id, -$3::bigint AS delta FROM unnest($1::uuid[]) space_id
               UNION ALL SELECT space_id, $3::bigint FROM unnest($2::uuid[]) space_id),
             counted AS (
               UPDATE space_counts SET inside = inside + delta, seq = seq + 1, changed_at = at
               FROM carried, step WHERE space_counts.space_id = carried.space_id),
             marked AS (INSERT INTO rollup_marks (space_id, since) SELECT space_id, at FROM carried, step)
           INSERT INTO space_events (event_id, space_id, at, kind, delta, target)
           SELECT event_id, space_id, at, 'carry', delta, false FROM carried, step`,
    values: [left, entered, inside],
  });
}

/** Lets whoever watches a space know that its capacity or its thresholds are others. The caller holds its tree. */
export async function settingsChanged(tx: Tx, spaceId: string): Promise<void> {
  await tx.query({
    text: 'UPDATE space_counts SET seq = seq + 1, changed_at = now() WHERE space_id = $1',
    values: [spaceId],
  });
}
