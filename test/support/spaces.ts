import { randomUUID } from 'node:crypto';
import type { Queryable } from '../../src/platform/database/database.js';

/** A space by SQL, for tests of what stands below the API of spaces. */
export async function insertSpace(
  db: Queryable,
  fields: Partial<{
    parent: { id: string; path: string[] };
    capacity: number;
    over_capacity: 'allow' | 'refuse';
    counting_since: string;
    accept_late_days: number | null;
    keep_events_days: number | null;
    reset_at: string;
    time_zone: string;
    kind: string;
  }> = {},
): Promise<{ id: string; path: string[] }> {
  const id = randomUUID();
  const path = [...(fields.parent?.path ?? []), id];
  const since = fields.counting_since ?? '2026-01-01T00:00:00Z';
  await db.query({
    text: `INSERT INTO spaces (id, parent_id, path, kind, name, capacity, over_capacity, counting_since, accept_late_days,
             keep_events_days, reset_at, reset_since, time_zone)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    values: [
      id,
      fields.parent?.id ?? null,
      path,
      fields.kind ?? 'room',
      `Space ${id.slice(0, 4)}`,
      fields.capacity ?? null,
      fields.over_capacity ?? 'allow',
      since,
      fields.accept_late_days === undefined ? 7 : fields.accept_late_days,
      fields.keep_events_days === undefined ? 90 : fields.keep_events_days,
      fields.reset_at ?? null,
      fields.reset_at === undefined ? null : since,
      fields.time_zone ?? null,
    ],
  });
  await db.query({ text: 'INSERT INTO space_counts (space_id) VALUES ($1)', values: [id] });
  return { id, path };
}

/** A door by SQL; null stands for outside. */
export async function insertDoor(
  db: Queryable,
  from: { id: string } | null,
  to: { id: string } | null,
): Promise<string> {
  const id = randomUUID();
  await db.query({
    text: 'INSERT INTO doors (id, name, from_space_id, to_space_id) VALUES ($1, $2, $3, $4)',
    values: [id, 'Door', from?.id ?? null, to?.id ?? null],
  });
  return id;
}
