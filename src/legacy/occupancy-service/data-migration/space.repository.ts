import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../../platform/database/database.js';

/** A space of the legacy occupancy service with its numbers and times. */
export interface LegacySpace {
  id: string;
  name: string | null;
  capacity: number;
  inside: number;
  level: 'free' | 'amber' | 'full';
  created_at: string;
  changed_at: string;
  event_id: string;
}

const ROWS = `jsonb_to_recordset($1) AS migrated(id uuid, name text, capacity integer, inside bigint, level text,
  created_at timestamptz, changed_at timestamptz, event_id uuid)`;

/** Spaces by the hundred, as they were elsewhere. */
@Injectable()
export class LegacySpaceRepository {
  /** What was counted before is one recount: the number that it came to. */
  async insert(tx: Queryable, spaces: LegacySpace[], reason: string): Promise<void> {
    const values = [JSON.stringify(spaces)];
    await tx.query({
      text: `INSERT INTO spaces (id, path, kind, name, capacity, over_capacity, public, counting_since, created_at, updated_at)
             SELECT id, ARRAY[id], 'room', name, capacity, 'refuse', true, created_at, created_at, changed_at FROM ${ROWS}`,
      values,
    });
    await tx.query({
      text: `INSERT INTO space_counts (space_id, inside, seq, level, level_since, anchored_at, changed_at)
             SELECT id, inside, 1, level, changed_at, changed_at, changed_at FROM ${ROWS}`,
      values,
    });
    await tx.query({
      text: `INSERT INTO space_events (event_id, space_id, at, kind, delta, value, target, reason)
             SELECT event_id, id, changed_at, 'anchor', inside, inside, true, $2 FROM ${ROWS}`,
      values: [...values, reason],
    });
    await tx.query({
      text: `INSERT INTO rollup_marks (space_id, since, until) SELECT id, changed_at, changed_at FROM ${ROWS}`,
      values,
    });
  }
}
