import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../platform/database/database.js';
import { afterId } from './rollup.repository.js';

const BATCH = 5_000;

/**
 * Tables that hold rows of a space without a foreign key to it, in the order in which they are emptied. The marks go
 * first: no roll-up is computed again from what is still there. The minutes and the events go last: while there are any,
 * nobody can take the id of the space for a new one, which would inherit the rest.
 */
export const TABLES_OF_SPACES = [
  'rollup_marks',
  'space_quarters',
  'space_hours',
  'door_quarters',
  'space_minutes',
  'space_events',
] as const;

type Table = (typeof TABLES_OF_SPACES)[number];

/** The SQL that deletes rows whose time is over. */
@Injectable()
export class RetentionRepository {
  constructor(private readonly database: Database) {}

  /** The next spaces after this id, in the order of ids. */
  async spacesAfter(after: string | undefined, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>({
      prepare: true,
      text: `SELECT id FROM spaces ${afterId('id', after)} ORDER BY id LIMIT $1`,
      values: [limit, ...(after === undefined ? [] : [after])],
    });
    return rows.map(({ id }) => id);
  }

  /**
   * Before when the events of a space can be deleted: their days are over, with an hour of margin for counts in progress, and
   * they are rolled up. Whole hours, since the roll-up of an hour needs all of its events.
   * @returns undefined when there are none from before.
   */
  async purgeable(tx: Queryable, spaceId: string): Promise<string | undefined> {
    const [row] = await tx.query<{ before: string | null }>({
      prepare: true,
      text: `WITH bound AS (
               SELECT date_trunc('hour', least(now() - make_interval(days => keep_events_days, hours => 1),
                 (SELECT min(since) FROM rollup_marks WHERE space_id = $1))) AS before
               FROM spaces WHERE id = $1 AND keep_events_days IS NOT NULL)
             SELECT before FROM bound
             WHERE EXISTS (SELECT FROM space_events WHERE space_id = $1 AND at < bound.before)`,
      values: [spaceId],
    });
    return row?.before ?? undefined;
  }

  async setPurgedBefore(tx: Queryable, spaceId: string, before: string): Promise<void> {
    await tx.query({
      prepare: true,
      text: `UPDATE space_counts SET purged_before = $2
             WHERE space_id = $1 AND (purged_before IS NULL OR purged_before < $2)`,
      values: [spaceId, before],
    });
  }

  /** @returns whether there may be more. */
  purge(tx: Queryable, spaceId: string, before: string): Promise<boolean> {
    return this.remove(tx, 'space_events', 'space_id = $1 AND at < $2', [spaceId, before]);
  }

  /** The ids of spaces that are gone and have rows in a table: from one id of its index to the next. */
  async gone(table: Table): Promise<string[]> {
    const rows = await this.database.query<{ space_id: string }>({
      text: `WITH RECURSIVE found AS (
               (SELECT space_id FROM ${table} ORDER BY space_id LIMIT 1)
               UNION ALL
               SELECT (SELECT space_id FROM ${table} WHERE space_id > found.space_id ORDER BY space_id LIMIT 1)
               FROM found WHERE found.space_id IS NOT NULL)
             SELECT space_id FROM found
             WHERE space_id IS NOT NULL AND NOT EXISTS (SELECT FROM spaces WHERE id = found.space_id)`,
    });
    return rows.map(({ space_id }) => space_id);
  }

  /** @returns whether there may be more. */
  forget(table: Table, spaceId: string): Promise<boolean> {
    return this.remove(this.database, table, 'space_id = $1', [spaceId]);
  }

  private async remove(db: Queryable, table: Table, condition: string, values: string[]): Promise<boolean> {
    const rows = await db.query({
      prepare: true,
      text: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${BATCH})) RETURNING 1`,
      values,
    });
    return rows.length === BATCH;
  }
}
