import { Injectable } from '@nestjs/common';
import { changeRow } from '../../platform/database/change.js';
import { Database, type Queryable } from '../../platform/database/database.js';
import { meaningOf } from '../../platform/errors/postgres.js';
import { conflict, invalid } from '../../platform/errors/problem.js';
import { literalInLike, type Page, readPage } from '../../platform/pagination/page.js';
import { alsoOneOf, where } from '../../platform/pagination/page.reading.js';
import type { Space, SpaceKind } from './space.entity.js';
import type { SpaceQuery } from './space.schemas.js';
import type { Principal } from '../../access/principal.js';
import { visibleSpaces } from './space.visibility.js';

/** A space and how many are inside it, as shown: never below zero. */
export type SpaceView = Space & { occupancy: number };

export type SpaceValues = Omit<
  Space,
  'version' | 'created_at' | 'updated_at' | 'counting_since' | 'reset_since'
> & {
  /** undefined: now. */
  counting_since: string | undefined;
};

const COLUMNS = `id, parent_id, path, kind, name, time_zone, capacity, over_capacity, opening_hours, tags, amber_percent,
  full_percent, hysteresis_percent, ticket_for, ticket_created_by, counting_since, accept_late_days, keep_events_days,
  reset_at, reset_since, public, version, created_at, updated_at,
  coalesce((SELECT greatest(inside, 0) FROM space_counts WHERE space_id = spaces.id), 0) AS occupancy`;

const LIST = {
  from: 'spaces',
  columns: COLUMNS,
  ids: 'uuid',
  sorts: {
    id: { column: 'id', type: 'uuid' },
    name: { column: `(coalesce(name, '')) COLLATE "C"`, type: 'text' },
    created_at: { column: 'created_at', type: 'timestamptz' },
  },
} as const;

meaningOf('spaces_pkey', () => conflict('id_taken', 'There is a space with this id.'));
meaningOf('spaces_ticket_for_fkey', (cause) => invalid('ticket_for', 'there is no such employee', cause));

@Injectable()
export class SpaceRepository {
  constructor(private readonly database: Database) {}

  async find(
    principal: Principal,
    id: string,
    db: Queryable = this.database,
  ): Promise<SpaceView | undefined> {
    const visible = alsoOneOf(visibleSpaces(principal), 2);
    const [row] = await db.query<SpaceView>({
      prepare: true,
      pipelined: true,
      text: `SELECT ${COLUMNS} FROM spaces WHERE id = $1${visible.sql}`,
      values: [id, ...visible.values],
    });
    return row;
  }

  async findForChange(tx: Queryable, principal: Principal, id: string): Promise<SpaceView | undefined> {
    const visible = alsoOneOf(visibleSpaces(principal), 2);
    const [row] = await tx.query<SpaceView>({
      text: `SELECT ${COLUMNS} FROM spaces WHERE id = $1${visible.sql} FOR NO KEY UPDATE`,
      values: [id, ...visible.values],
    });
    return row;
  }

  /** Whether there is still history of a deleted space with this id. */
  async isRemembered(tx: Queryable, id: string): Promise<boolean> {
    const [row] = await tx.query<{ remembered: boolean }>({
      prepare: true,
      text: `SELECT EXISTS (SELECT FROM space_events WHERE space_id = $1)
               OR EXISTS (SELECT FROM space_minutes WHERE space_id = $1) AS remembered`,
      values: [id],
    });
    return row?.remembered ?? false;
  }

  page(principal: Principal, query: SpaceQuery): Promise<Page<SpaceView>> {
    const { parent_id, within, kind, tag, q } = query;
    return readPage<SpaceView>(
      this.database,
      LIST,
      [
        ...(parent_id === undefined
          ? []
          : [parent_id === 'none' ? where('parent_id IS NULL') : where('parent_id = ?', parent_id)]),
        ...(within === undefined ? [] : [where('path @> ARRAY[?::uuid] AND id <> ?', within, within)]),
        ...(kind === undefined ? [] : [where('kind = ?', kind)]),
        ...(tag === undefined ? [] : [where('tags @> ARRAY[?]', tag)]),
        ...(q === undefined ? [] : [where(`lower(name) LIKE '%' || lower(?) || '%'`, literalInLike(q))]),
      ],
      query,
      visibleSpaces(principal),
    );
  }

  /** Inserts a space and its count of 0. A schedule of resets applies from when it counts. */
  async insert(tx: Queryable, { counting_since, ...space }: SpaceValues): Promise<SpaceView> {
    const names = Object.keys(space);
    const since = `coalesce($1::timestamptz, now())`;
    const [row] = await tx.query<SpaceView>({
      text: `INSERT INTO spaces (counting_since, reset_since, ${names.join(', ')})
             VALUES (${since}, ${space.reset_at === null ? 'NULL' : since}, ${names.map((_, index) => `$${index + 2}`).join(', ')})
             RETURNING ${COLUMNS}`,
      values: [counting_since, ...Object.values(space)],
    });
    await tx.query({ text: 'INSERT INTO space_counts (space_id) VALUES ($1)', values: [space.id] });
    return row as SpaceView;
  }

  /** A new schedule of resets applies from now on. */
  update(tx: Queryable, id: string, changes: Partial<Space>): Promise<SpaceView> {
    const { reset_at } = changes;
    return changeRow<SpaceView>(tx, {
      table: 'spaces',
      columns: COLUMNS,
      id,
      changes,
      ...(reset_at !== undefined && { also: [`reset_since = ${reset_at === null ? 'NULL' : 'now()'}`] }),
    });
  }

  async kindsIn(tx: Queryable, id: string): Promise<SpaceKind[]> {
    const rows = await tx.query<{ kind: SpaceKind }>({
      text: 'SELECT DISTINCT kind FROM spaces WHERE parent_id = $1',
      values: [id],
    });
    return rows.map(({ kind }) => kind);
  }

  /** Replaces the beginning of the paths of everything within a space by its new path. @param depth how long its path was. */
  async repath(tx: Queryable, id: string, path: readonly string[], depth: number): Promise<void> {
    await tx.query({
      text: `UPDATE spaces SET path = $2::uuid[] || path[$3:] WHERE path @> ARRAY[$1::uuid] AND id <> $1`,
      values: [id, path, depth + 1],
    });
  }

  /** The space and everything within it, the root first. */
  subtree(tx: Queryable, id: string): Promise<Space[]> {
    return tx.query<Space>({
      text: `SELECT ${COLUMNS} FROM spaces WHERE path @> ARRAY[$1::uuid] ORDER BY cardinality(path), id`,
      values: [id],
    });
  }

  async removeAll(tx: Queryable, ids: readonly string[]): Promise<void> {
    await tx.query({ text: 'DELETE FROM spaces WHERE id = ANY($1)', values: [ids] });
  }
}
