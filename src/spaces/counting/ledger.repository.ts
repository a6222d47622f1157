import { Injectable } from '@nestjs/common';
import type { Queryable, Sql } from '../../platform/database/database.js';
import { meaningOf } from '../../platform/errors/postgres.js';
import { conflict, type Problem } from '../../platform/errors/problem.js';
import type { CountedSpace } from './counted.space.js';
import { type Micros, micros, toIso } from './instant.js';
import type { Visible } from '../../access/visibility.js';
import { alsoOneOf } from '../../platform/pagination/page.reading.js';

export const eventMismatch = (): Problem =>
  conflict(
    'event_mismatch',
    'This event_id was counted with another content. Take a new one for each event.',
  );

meaningOf('space_events_event_id_key', eventMismatch);

/**
 * What one event did to one space; see `space_events`. `anchor` and `reset` are recounts, which set the count to `value`;
 * `carry` is a delta that a recount or a move of another space propagates.
 */
export interface LedgerRow {
  event_id: string;
  space_id: string;
  at: Micros;
  kind: 'passage' | 'admission' | 'anchor' | 'reset' | 'carry';
  delta: number;
  value: number | null;
  target: boolean;
  door_id: string | null;
  device_id: string | null;
  user_id: number | null;
  reason: string | null;
  recorded_at: Micros;
}

/** A counted event as it was sent, to distinguish a repetition from another event with the same id. */
export interface KnownEvent {
  event_id: string;
  space_id: string;
  door_id: string | null;
  kind: LedgerRow['kind'];
  delta: number;
  at: Micros;
  recorded_at: Micros;
}

export interface DoorEnds {
  id: string;
  from_space_id: string | null;
  to_space_id: string | null;
}

// Arrays, since the planner estimates few elements; for a join of unknown size it would scan all spaces.
const TARGETS = `ARRAY (
  SELECT unnest($1::uuid[])
  UNION ALL SELECT from_space_id FROM doors WHERE id = ANY ($2)
  UNION ALL SELECT to_space_id FROM doors WHERE id = ANY ($2))`;

const COUNTED = `
  SELECT s.id, s.path, s.name, s.time_zone, s.capacity, s.over_capacity, s.amber_percent, s.full_percent,
    s.hysteresis_percent, s.version, ${micros('s.counting_since')} AS counting_since, s.accept_late_days, s.reset_at,
    ${micros('s.reset_since')} AS reset_since, c.inside, c.seq, c.level, ${micros('c.level_since')} AS level_since,
    ${micros('c.anchored_at')} AS anchored_at, ${micros('c.purged_before')} AS purged_before,
    ${micros('c.changed_at')} AS changed_at,
    ${micros('clock_timestamp()')} AS read_at
  FROM spaces s JOIN space_counts c ON c.space_id = s.id`;

/** The SQL of counting: what is read under the lock of a tree, and what is written with the commit. */
@Injectable()
export class LedgerRepository {
  /** Locks the roots of the trees of these spaces and doors, always in the same order, as every count must. */
  lockRoots(tx: Queryable, spaceIds: string[], doorIds: string[]): Promise<{ space_id: string }[]> {
    return tx.query({
      prepare: true,
      text: `SELECT space_id FROM space_counts
             WHERE space_id = ANY (ARRAY (SELECT s.path[1] FROM spaces s WHERE s.id = ANY (${TARGETS})))
             ORDER BY space_id FOR NO KEY UPDATE`,
      values: [spaceIds, doorIds],
    });
  }

  /** The spaces, the ends of the doors, and all that contain them. */
  spaces(tx: Queryable, spaceIds: string[], doorIds: string[]): Promise<CountedSpace[]> {
    return tx.query({
      prepare: true,
      text: `${COUNTED} WHERE s.id = ANY (ARRAY (SELECT DISTINCT unnest(t.path) FROM spaces t WHERE t.id = ANY (${TARGETS})))`,
      values: [spaceIds, doorIds],
    });
  }

  doors(tx: Queryable, ids: string[]): Promise<DoorEnds[]> {
    return tx.query({
      prepare: true,
      text: 'SELECT id, from_space_id, to_space_id FROM doors WHERE id = ANY ($1)',
      values: [ids],
    });
  }

  knownEvents(tx: Queryable, eventIds: string[]): Promise<KnownEvent[]> {
    return tx.query({
      prepare: true,
      text: `SELECT event_id, space_id, door_id, kind, delta, ${micros('at')} AS at, ${micros('recorded_at')} AS recorded_at
             FROM space_events WHERE event_id = ANY ($1) AND target`,
      values: [eventIds],
    });
  }

  /** The moments of the recounts of these spaces from a moment on, in order. */
  recounts(tx: Queryable, spaceIds: string[], from: Micros): Promise<{ space_id: string; at: Micros }[]> {
    return tx.query({
      prepare: true,
      text: `SELECT space_id, ${micros('at')} AS at FROM space_events
             WHERE space_id = ANY ($1) AND value IS NOT NULL AND at >= $2 ORDER BY at`,
      values: [spaceIds, toIso(from)],
    });
  }

  /** The count of a space just before a recount at this moment would set it. */
  async valueBefore(tx: Queryable, spaceId: string, moment: Micros): Promise<number> {
    const [row] = await tx.query<{ value: number }>({
      prepare: true,
      text: `WITH recount AS (
               SELECT at, value FROM space_events WHERE space_id = $1 AND value IS NOT NULL AND at < $2
               ORDER BY at DESC LIMIT 1)
             SELECT coalesce((SELECT value FROM recount), 0) + coalesce((
               SELECT sum(delta) FROM space_events
               WHERE space_id = $1 AND value IS NULL
                 AND at >= coalesce((SELECT at FROM recount), '-infinity') AND at <= $2
                 AND (kind <> 'carry' OR at > coalesce((SELECT at FROM recount), '-infinity'))
                 AND (kind = 'carry' OR at < $2)), 0)::bigint AS value`,
      values: [spaceId, toIso(moment)],
    });
    return row?.value ?? 0;
  }

  /** The sum of what was counted from where `valueBefore` ends, where no recount lies in that time. */
  async countedFrom(tx: Queryable, spaceId: string, moment: Micros): Promise<number> {
    const [row] = await tx.query<{ sum: number }>({
      prepare: true,
      text: `SELECT coalesce(sum(delta), 0)::bigint AS sum FROM space_events
             WHERE space_id = $1 AND at >= $2 AND (kind <> 'carry' OR at > $2)`,
      values: [spaceId, toIso(moment)],
    });
    return row?.sum ?? 0;
  }

  insertRows(tx: Queryable, rows: LedgerRow[]): Promise<unknown> {
    return tx.query(insertion(rows));
  }

  /** Spaces as they are now, without a lock. */
  states(db: Queryable, sees: Visible, ids: string[]): Promise<CountedSpace[]> {
    const visible = alsoOneOf(sees, 2);
    return db.query({
      prepare: true,
      pipelined: true,
      text: `${COUNTED} WHERE s.id = ANY ($1)${visible.sql}`,
      values: [ids, ...visible.values],
    });
  }

  /** The signed count of a space, which may be below zero. */
  async insideOf(tx: Queryable, id: string): Promise<number> {
    const [row] = await tx.query<{ inside: number }>({
      text: 'SELECT inside FROM space_counts WHERE space_id = $1',
      values: [id],
    });
    return row?.inside ?? 0;
  }

  /** The ids of the spaces that are reset each day. */
  async scheduled(db: Queryable): Promise<string[]> {
    const rows = await db.query<{ id: string }>({
      text: 'SELECT id FROM spaces WHERE reset_at IS NOT NULL ORDER BY id',
    });
    return rows.map((row) => row.id);
  }

  /** The ids of all that lies in a space, the innermost first. */
  async partsOf(db: Queryable, id: string): Promise<string[]> {
    const rows = await db.query<{ id: string }>({
      prepare: true,
      text: 'SELECT id FROM spaces WHERE path @> ARRAY[$1::uuid] AND id <> $1 ORDER BY cardinality(path) DESC, id',
      values: [id],
    });
    return rows.map((row) => row.id);
  }
}

/** The statements that write what was counted. */
export function writesOf(spaces: CountedSpace[], rows: LedgerRow[], marks: Marks): Sql[] {
  const writes: Sql[] = [];
  if (rows.length > 0) writes.push(insertion(rows));
  if (spaces.length > 0) writes.push(counts(spaces));
  if (marks.size > 0) writes.push(stale(marks));
  return writes;
}

/** Between which moments the roll-ups of a space have to be computed again. */
export type Marks = Map<string, { since: Micros; until: Micros }>;

const insertion = (rows: LedgerRow[]): Sql => ({
  prepare: true,
  text: `INSERT INTO space_events (event_id, space_id, at, kind, delta, value, target, door_id, device_id, user_id, reason, recorded_at)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::bigint[], $6::bigint[],
           $7::boolean[], $8::uuid[], $9::uuid[], $10::bigint[], $11::text[], $12::timestamptz[])`,
  values: [
    rows.map(({ event_id }) => event_id),
    rows.map(({ space_id }) => space_id),
    rows.map(({ at }) => toIso(at)),
    rows.map(({ kind }) => kind),
    rows.map(({ delta }) => delta),
    rows.map(({ value }) => value),
    rows.map(({ target }) => target),
    rows.map(({ door_id }) => door_id),
    rows.map(({ device_id }) => device_id),
    rows.map(({ user_id }) => user_id),
    rows.map(({ reason }) => reason),
    rows.map(({ recorded_at }) => toIso(recorded_at)),
  ],
});

const counts = (spaces: CountedSpace[]): Sql => ({
  prepare: true,
  text: `UPDATE space_counts c SET inside = n.inside, seq = n.seq, level = n.level, level_since = n.level_since,
           anchored_at = n.anchored_at, changed_at = n.changed_at
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
           AS n (space_id, inside, seq, level, level_since, anchored_at, changed_at)
         WHERE c.space_id = n.space_id`,
  values: [
    spaces.map(({ id }) => id),
    spaces.map(({ inside }) => inside),
    spaces.map(({ seq }) => seq),
    spaces.map(({ level }) => level),
    spaces.map(({ level_since }) => toIso(level_since)),
    spaces.map(({ anchored_at }) => (anchored_at === null ? null : toIso(anchored_at))),
    spaces.map(({ changed_at }) => toIso(changed_at)),
  ],
});

const stale = (marks: Marks): Sql => ({
  prepare: true,
  text: `INSERT INTO rollup_marks (space_id, since, until)
         SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[])`,
  values: [
    [...marks.keys()],
    [...marks.values()].map(({ since }) => toIso(since)),
    [...marks.values()].map(({ until }) => toIso(until)),
  ],
});
