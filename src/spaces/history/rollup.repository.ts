import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../platform/database/database.js';
import { HOUR, MINUTE, type Micros, micros, toIso } from '../counting/instant.js';
import type { Change, RollUp } from './minute.fold.js';
import type { Piece } from './series.builder.js';
import type { Span } from './time.steps.js';

const PAGE = 5_000;
/** First half of the advisory locks' keys; the second is the space, hashed. */
const LOCK_CLASS = 20251202;

/** Between which moments the events lie that the roll-ups of a space miss. */
export interface Marked {
  since: Micros;
  until: Micros;
}

const NUMBERS = 'entered, departed, min, max, last, person_seconds';
const PEOPLE = `kind IN ('passage', 'admission')`;

/** A table of roll-ups, and how long they are. */
export interface Grain {
  table: string;
  column: string;
  width: Micros;
}

export const QUARTER = 15 * MINUTE;

export const MINUTES: Grain = { table: 'space_minutes', column: 'minute', width: MINUTE };
export const QUARTERS: Grain = { table: 'space_quarters', column: 'quarter', width: QUARTER };
export const HOURS: Grain = { table: 'space_hours', column: 'hour', width: HOUR };

/** The condition for the page after an id, which is the second value of the statement; none for the first page. */
export const afterId = (column: string, id: string | undefined): string =>
  id === undefined ? '' : `WHERE ${column} > $2`;

/** The SQL of the roll-ups, and of the ledger as they read it. */
@Injectable()
export class RollUpRepository {
  constructor(private readonly database: Database) {}

  /** The next spaces after this id whose roll-ups miss events, in the order of ids. */
  async marked(after: string | undefined, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ space_id: string }>({
      prepare: true,
      text: `SELECT DISTINCT space_id FROM rollup_marks ${afterId('space_id', after)} ORDER BY space_id LIMIT $1`,
      values: [limit, ...(after === undefined ? [] : [after])],
    });
    return rows.map(({ space_id }) => space_id);
  }

  /** Locks the roll-ups of a space until the end of the transaction. @returns false when another transaction has the lock. */
  async lock(tx: Queryable, spaceId: string): Promise<boolean> {
    const [row] = await tx.query<{ locked: boolean }>({
      prepare: true,
      text: 'SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS locked',
      values: [LOCK_CLASS, spaceId],
    });
    return row?.locked ?? false;
  }

  /** Deletes the marks of a space. @returns the time that they cover. */
  async takeMarks(tx: Queryable, spaceId: string): Promise<Marked | undefined> {
    const [row] = await tx.query<{ since: Micros | null; until: Micros }>({
      prepare: true,
      text: `WITH taken AS (DELETE FROM rollup_marks WHERE space_id = $1 RETURNING since, until)
             SELECT ${micros('min(since)')} AS since, ${micros('max(until)')} AS until FROM taken`,
      values: [spaceId],
    });
    return row === undefined || row.since === null ? undefined : { since: row.since, until: row.until };
  }

  /** From when on the roll-ups of a space may miss events. */
  async earliestMark(db: Queryable, spaceId: string): Promise<Micros> {
    const [row] = await db.query<{ since: Micros | null }>({
      prepare: true,
      text: `SELECT ${micros('min(since)')} AS since FROM rollup_marks WHERE space_id = $1`,
      values: [spaceId],
    });
    return row?.since ?? Infinity;
  }

  /** Before when single events of a space may be gone. */
  async purgedBefore(db: Queryable, spaceId: string): Promise<Micros> {
    const [row] = await db.query<{ purged_before: Micros | null }>({
      prepare: true,
      text: `SELECT ${micros('purged_before')} AS purged_before FROM space_counts WHERE space_id = $1`,
      values: [spaceId],
    });
    return row?.purged_before ?? -Infinity;
  }

  /** The count at the end of the last minute before a moment in which something happened. */
  async lastBefore(db: Queryable, spaceId: string, moment: Micros): Promise<number> {
    const [row] = await db.query<{ last: number }>({
      prepare: true,
      text: `SELECT last FROM space_minutes WHERE space_id = $1 AND minute < $2 ORDER BY minute DESC LIMIT 1`,
      values: [spaceId, toIso(moment)],
    });
    return row?.last ?? 0;
  }

  /**
   * What happened in a space, instant by instant in the order of time, page by page. Of two recounts of one
   * instant the higher is taken, so that it does not matter which was written first.
   */
  async *changes(db: Queryable, spaceId: string, from: Micros, to: Micros): AsyncGenerator<Change[]> {
    for (let next = from; ;) {
      const page = await db.query<Change>({
        prepare: true,
        text: `SELECT ${micros('at')} AS at, max(value) AS set,
                 coalesce(sum(delta) FILTER (WHERE kind = 'carry'), 0)::bigint AS propagated,
                 coalesce(sum(delta) FILTER (WHERE ${PEOPLE} AND delta > 0), 0)::bigint AS entered,
                 coalesce(-sum(delta) FILTER (WHERE ${PEOPLE} AND delta < 0), 0)::bigint AS departed
               FROM space_events WHERE space_id = $1 AND at >= $2 AND at < $3
               GROUP BY space_events.at ORDER BY space_events.at LIMIT $4`,
        values: [spaceId, toIso(next), to === Infinity ? 'infinity' : toIso(to), PAGE],
      });
      if (page.length > 0) yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      next = last.at + 1;
    }
  }

  /** Roll-ups that begin in these spans of time, in order. */
  pieces(
    db: Queryable,
    { table, column, width }: Grain,
    spaceId: string,
    spans: readonly Span[],
  ): Promise<Piece[]> {
    return db.query({
      prepare: true,
      // OFFSET 0 keeps the planner from joining: each span is a range of the index, and nothing else is read.
      text: `SELECT r.* FROM unnest($2::timestamptz[], $3::timestamptz[]) AS span (since, until), LATERAL (
               SELECT ${micros(column)} AS at, ${width} AS width, ${NUMBERS} FROM ${table}
               WHERE space_id = $1 AND ${column} >= span.since AND ${column} < span.until
               ORDER BY ${column} OFFSET 0) AS r ORDER BY at`,
      values: [spaceId, spans.map(([since]) => toIso(since)), spans.map(([, until]) => toIso(until))],
    });
  }

  /** The counts at the ends of these minutes as they are stored. */
  async lasts(db: Queryable, spaceId: string, minutes: Micros[]): Promise<Map<Micros, number>> {
    const rows = await db.query<{ at: Micros; last: number }>({
      prepare: true,
      text: `SELECT ${micros('minute')} AS at, last FROM space_minutes WHERE space_id = $1 AND minute = ANY ($2)`,
      values: [spaceId, minutes.map(toIso)],
    });
    return new Map(rows.map(({ at, last }) => [at, last]));
  }

  /** Computes again who came and went through which door, in whole quarters of an hour. */
  async saveDoors(tx: Queryable, spaceId: string, from: Micros, to: Micros): Promise<void> {
    await tx.query({
      prepare: true,
      text: `INSERT INTO door_quarters AS d (space_id, quarter, door_id, entered, departed)
             SELECT space_id, date_bin('15 minutes', at, 'epoch'), door_id, coalesce(sum(delta) FILTER (WHERE delta > 0), 0),
               coalesce(-sum(delta) FILTER (WHERE delta < 0), 0)
             FROM space_events WHERE space_id = $1 AND at >= $2 AND at < $3 AND door_id IS NOT NULL AND ${PEOPLE}
             GROUP BY 1, 2, 3
             ON CONFLICT (space_id, quarter, door_id) DO UPDATE SET entered = excluded.entered, departed = excluded.departed
             WHERE (d.entered, d.departed) <> (excluded.entered, excluded.departed)`,
      values: [spaceId, toIso(from), toIso(to)],
    });
  }

  async save(
    tx: Queryable,
    { table, column }: Grain,
    spaceId: string,
    rows: readonly RollUp[],
  ): Promise<void> {
    if (rows.length === 0) return;
    await tx.query({
      prepare: true,
      text: `INSERT INTO ${table} (space_id, ${column}, ${NUMBERS})
             SELECT $1, * FROM unnest($2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::float8[])
             ON CONFLICT (space_id, ${column}) DO UPDATE SET entered = excluded.entered, departed = excluded.departed,
               min = excluded.min, max = excluded.max, last = excluded.last, person_seconds = excluded.person_seconds`,
      values: [
        spaceId,
        rows.map(({ at }) => toIso(at)),
        rows.map(({ entered }) => entered),
        rows.map(({ departed }) => departed),
        rows.map(({ min }) => min),
        rows.map(({ max }) => max),
        rows.map(({ last }) => last),
        rows.map(({ person_seconds }) => person_seconds),
      ],
    });
  }
}
