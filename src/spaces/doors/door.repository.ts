import { Injectable } from '@nestjs/common';
import { changeRow } from '../../platform/database/change.js';
import { Database, type Queryable } from '../../platform/database/database.js';
import { meaningOf } from '../../platform/errors/postgres.js';
import { conflict, invalid } from '../../platform/errors/problem.js';
import { type Page, readPage } from '../../platform/pagination/page.js';
import { alsoOneOf, where } from '../../platform/pagination/page.reading.js';
import type { Door } from './door.entity.js';
import type { DoorPatch, DoorQuery } from './door.schemas.js';
import type { Principal } from '../../access/principal.js';
import { visibleDoors } from './door.visibility.js';

const COLUMNS = 'id, name, from_space_id, to_space_id, version, created_at, updated_at';

const LIST = {
  from: 'doors',
  columns: COLUMNS,
  ids: 'uuid',
  sorts: {
    id: { column: 'id', type: 'uuid' },
    name: { column: 'name COLLATE "C"', type: 'text' },
    created_at: { column: 'created_at', type: 'timestamptz' },
  },
} as const;

meaningOf('doors_pkey', () => conflict('id_taken', 'There is a door with this id.'));
for (const end of ['from_space_id', 'to_space_id'])
  meaningOf(`doors_${end}_fkey`, (cause) => invalid(end, 'there is no such space', cause, 'space'));

@Injectable()
export class DoorRepository {
  constructor(private readonly database: Database) {}

  async find(principal: Principal, id: string): Promise<Door | undefined> {
    const visible = alsoOneOf(visibleDoors(principal), 2);
    const [row] = await this.database.query<Door>({
      prepare: true,
      pipelined: true,
      text: `SELECT ${COLUMNS} FROM doors WHERE id = $1${visible.sql}`,
      values: [id, ...visible.values],
    });
    return row;
  }

  async findForChange(tx: Queryable, principal: Principal, id: string): Promise<Door | undefined> {
    const visible = alsoOneOf(visibleDoors(principal), 2);
    const [row] = await tx.query<Door>({
      text: `SELECT ${COLUMNS} FROM doors WHERE id = $1${visible.sql} FOR UPDATE`,
      values: [id, ...visible.values],
    });
    return row;
  }

  page(principal: Principal, query: DoorQuery): Promise<Page<Door>> {
    const { space_id } = query;
    return readPage<Door>(
      this.database,
      LIST,
      space_id === undefined ? [] : [where('(from_space_id = ? OR to_space_id = ?)', space_id, space_id)],
      query,
      visibleDoors(principal),
    );
  }

  /** Locks the doors that lead into or out of any of these spaces. */
  leadingTo(tx: Queryable, spaceIds: readonly string[]): Promise<Door[]> {
    return tx.query<Door>({
      text: `SELECT ${COLUMNS} FROM doors WHERE from_space_id = ANY($1) OR to_space_id = ANY($1) ORDER BY id FOR UPDATE`,
      values: [spaceIds],
    });
  }

  async insert(tx: Queryable, door: Omit<Door, 'version' | 'created_at' | 'updated_at'>): Promise<Door> {
    const [row] = await tx.query<Door>({
      text: `INSERT INTO doors (id, name, from_space_id, to_space_id) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
      values: [door.id, door.name, door.from_space_id, door.to_space_id],
    });
    return row as Door;
  }

  update(tx: Queryable, id: string, changes: DoorPatch): Promise<Door> {
    return changeRow<Door>(tx, { table: 'doors', columns: COLUMNS, id, changes });
  }

  /** Deletes doors; devices that served them lose them, which is a change of the devices. */
  async removeAll(tx: Queryable, ids: readonly string[]): Promise<void> {
    await tx.query({
      text: `UPDATE devices SET version = version + 1, updated_at = now()
             WHERE id IN (SELECT device_id FROM device_doors WHERE door_id = ANY ($1))`,
      values: [ids],
    });
    await tx.query({ text: 'DELETE FROM doors WHERE id = ANY($1)', values: [ids] });
  }
}
