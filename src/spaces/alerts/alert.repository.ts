import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../platform/database/database.js';
import { type Page, readPage } from '../../platform/pagination/page.js';
import { type ListQuery, where } from '../../platform/pagination/page.reading.js';
import { toIso } from '../counting/instant.js';
import type { LevelChange } from '../counting/count.hooks.js';
import type { Level } from '../counting/level.js';

/** A level above `free` that a space rose to while it was open. */
export interface SpaceAlert {
  id: number;
  space_id: string;
  level: Exclude<Level, 'free'>;
  occupancy: number;
  capacity: number;
  raised_at: string;
  cleared_at: string | null;
  delivered_at: string | null;
  ticket_id: number | null;
}

/** What the tickets about a space need to know of it. */
export interface TicketedSpace {
  id: string;
  name: string | null;
  ticket_for: number | null;
  ticket_created_by: number | null;
  level: Level;
  /** The zone in which the ticket writes times. */
  time_zone: string;
}

const COLUMNS = 'id, space_id, level, occupancy, capacity, raised_at, cleared_at, delivered_at, ticket_id';

const LIST = {
  from: 'space_alerts',
  columns: COLUMNS,
  sorts: { id: { column: 'id', type: 'bigint' } },
} as const;

@Injectable()
export class AlertRepository {
  constructor(private readonly database: Database) {}

  page(spaceId: string, query: Omit<ListQuery, 'sort'>): Promise<Page<SpaceAlert>> {
    return readPage<SpaceAlert>(this.database, LIST, [where('space_id = ?', spaceId)], {
      ...query,
      sort: '-id',
    });
  }

  /** Which of these spaces want tickets. */
  async ticketed(tx: Queryable, spaceIds: string[]): Promise<Set<string>> {
    const rows = await tx.query<{ id: string }>({
      prepare: true,
      text: 'SELECT id FROM spaces WHERE id = ANY ($1) AND ticket_for IS NOT NULL',
      values: [spaceIds],
    });
    return new Set(rows.map(({ id }) => id));
  }

  /** @returns the ids of the new alerts, in the order of the changes. */
  async raise(
    tx: Queryable,
    changes: LevelChange[],
  ): Promise<{ id: number; space_id: string; level: Level }[]> {
    return tx.query({
      prepare: true,
      text: `INSERT INTO space_alerts (space_id, level, occupancy, capacity, raised_at)
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::integer[], $5::timestamptz[])
             RETURNING id, space_id, level`,
      values: [
        changes.map(({ space_id }) => space_id),
        changes.map(({ to }) => to),
        changes.map(({ occupancy }) => occupancy),
        changes.map(({ capacity }) => capacity),
        changes.map(({ at }) => toIso(at)),
      ],
    });
  }

  /** Clears the alerts of levels that the spaces have left. */
  async clear(tx: Queryable, changes: LevelChange[]): Promise<void> {
    await tx.query({
      prepare: true,
      text: `UPDATE space_alerts a SET cleared_at = n.at
             FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS n (space_id, level, at)
             WHERE a.space_id = n.space_id AND a.cleared_at IS NULL AND (n.level = 'free' OR a.level = 'full')`,
      values: [
        changes.map(({ space_id }) => space_id),
        changes.map(({ to }) => to),
        changes.map(({ at }) => toIso(at)),
      ],
    });
  }

  /**
   * Locks the settings of a space, so that one job at a time changes its ticket; counting goes on.
   * @returns false when the space is gone.
   */
  async lockSpace(tx: Queryable, spaceId: string): Promise<boolean> {
    const rows = await tx.query({
      text: 'SELECT FROM spaces WHERE id = $1 FOR NO KEY UPDATE',
      values: [spaceId],
    });
    return rows.length > 0;
  }

  async ticketedSpace(tx: Queryable, spaceId: string): Promise<Omit<TicketedSpace, 'time_zone'> | undefined> {
    const [row] = await tx.query<TicketedSpace>({
      text: `SELECT s.id, s.name, s.ticket_for, s.ticket_created_by, c.level
             FROM spaces s JOIN space_counts c ON c.space_id = s.id WHERE s.id = $1`,
      values: [spaceId],
    });
    return row;
  }

  async find(tx: Queryable, id: number): Promise<SpaceAlert | undefined> {
    const [row] = await tx.query<SpaceAlert>({
      text: `SELECT ${COLUMNS} FROM space_alerts WHERE id = $1`,
      values: [id],
    });
    return row;
  }

  /** The ticket that was opened last for an alert of a space. */
  async latestTicket(tx: Queryable, spaceId: string): Promise<number | undefined> {
    const [row] = await tx.query<{ ticket_id: number }>({
      text: `SELECT ticket_id FROM space_alerts WHERE space_id = $1 AND ticket_id IS NOT NULL
             ORDER BY id DESC LIMIT 1`,
      values: [spaceId],
    });
    return row?.ticket_id;
  }

  async linkTicket(tx: Queryable, id: number, ticketId: number): Promise<void> {
    await tx.query({
      text: 'UPDATE space_alerts SET ticket_id = $2 WHERE id = $1',
      values: [id, ticketId],
    });
  }
}
