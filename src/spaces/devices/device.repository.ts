import { Injectable } from '@nestjs/common';
import { type DevicePrincipal, type Principal, rightsTo } from '../../access/principal.js';
import { changeRow } from '../../platform/database/change.js';
import { Database, type Queryable } from '../../platform/database/database.js';
import { meaningOf } from '../../platform/errors/postgres.js';
import { conflict, invalid } from '../../platform/errors/problem.js';
import { newUuid } from '../../platform/new-uuid.js';
import { type Page, readPage } from '../../platform/pagination/page.js';
import { alsoOneOf, where } from '../../platform/pagination/page.reading.js';
import type { Device } from './device.entity.js';
import type { DeviceQuery, DeviceState, NewDevice } from './device.schemas.js';
import { visibleDevices } from './device.visibility.js';

/** What a device may do, at its own doors. */
const RIGHTS = rightsTo('space:count');

/** A device with its doors, and how it stands now. */
export type DeviceView = Omit<Device, 'offline_at'> & { door_ids: string[]; state: DeviceState };

const CONDITIONS: Record<DeviceState, string> = {
  revoked: 'revoked_at IS NOT NULL',
  offline: 'revoked_at IS NULL AND offline_at <= now()',
  online: 'revoked_at IS NULL AND offline_at > now()',
};

type PrincipalRow = Pick<DevicePrincipal, 'id' | 'name' | 'door_ids' | 'last_seen_at'>;

const principalOf = ({ id, name, door_ids, last_seen_at }: PrincipalRow): DevicePrincipal => ({
  type: 'device',
  id,
  name,
  client_id: null,
  rank: 0,
  rights: RIGHTS,
  door_ids,
  last_seen_at,
});

const DOORS = 'array(SELECT door_id FROM device_doors WHERE device_id = devices.id ORDER BY door_id)';

const COLUMNS = `id, name, offline_after_minutes, last_seen_at, clock_skew_seconds, revoked_at, version, created_at,
  updated_at, ${DOORS} AS door_ids,
  CASE WHEN ${CONDITIONS.revoked} THEN 'revoked' WHEN ${CONDITIONS.offline} THEN 'offline' ELSE 'online' END AS state`;

const LIST = {
  from: 'devices',
  columns: COLUMNS,
  ids: 'uuid',
  sorts: {
    id: { column: 'id', type: 'uuid' },
    name: { column: 'name COLLATE "C"', type: 'text' },
    created_at: { column: 'created_at', type: 'timestamptz' },
  },
} as const;

const LIVE = '(expires_at IS NULL OR expires_at > now())';

meaningOf('devices_pkey', () => conflict('id_taken', 'There is a device with this id.'));
meaningOf('device_doors_door_id_fkey', (cause) =>
  invalid('door_ids', 'names a door that is not there', cause, 'door'),
);

@Injectable()
export class DeviceRepository {
  constructor(private readonly database: Database) {}

  async find(
    principal: Principal,
    id: string,
    db: Queryable = this.database,
  ): Promise<DeviceView | undefined> {
    const visible = alsoOneOf(visibleDevices(principal), 2);
    const [row] = await db.query<DeviceView>({
      prepare: true,
      pipelined: true,
      text: `SELECT ${COLUMNS} FROM devices WHERE id = $1${visible.sql}`,
      values: [id, ...visible.values],
    });
    return row;
  }

  async findForChange(tx: Queryable, principal: Principal, id: string): Promise<DeviceView | undefined> {
    const visible = alsoOneOf(visibleDevices(principal), 2);
    const [row] = await tx.query<DeviceView>({
      text: `SELECT ${COLUMNS} FROM devices WHERE id = $1${visible.sql} FOR UPDATE`,
      values: [id, ...visible.values],
    });
    return row;
  }

  /** A device and the hashes of its valid secrets; undefined when it is not there or revoked. */
  async findWithHashes(id: string): Promise<{ device: DevicePrincipal; hashes: Buffer[] } | undefined> {
    const rows = await this.database.query<PrincipalRow & { hash: Buffer }>({
      prepare: true,
      pipelined: true,
      text: `SELECT devices.id, name, last_seen_at, ${DOORS} AS door_ids, hash
             FROM devices JOIN device_secrets ON device_id = devices.id
             WHERE devices.id = $1 AND revoked_at IS NULL AND ${LIVE}`,
      values: [id],
    });
    const [first] = rows;
    return first && { device: principalOf(first), hashes: rows.map(({ hash }) => hash) };
  }

  /** Devices as they are now, in the order of their ids as given; undefined for one that is not there or revoked. */
  async principals(db: Queryable, ids: readonly string[]): Promise<(DevicePrincipal | undefined)[]> {
    const rows = await db.query<PrincipalRow>({
      prepare: true,
      text: `SELECT id, name, last_seen_at, ${DOORS} AS door_ids FROM devices WHERE id = ANY ($1) AND revoked_at IS NULL`,
      values: [ids],
    });
    const found = new Map(rows.map((row) => [row.id, principalOf(row)]));
    return ids.map((id) => found.get(id));
  }

  page(principal: Principal, query: DeviceQuery): Promise<Page<DeviceView>> {
    const { state, door_id } = query;
    return readPage<DeviceView>(
      this.database,
      LIST,
      [
        ...(state === undefined ? [] : [where(CONDITIONS[state])]),
        ...(door_id === undefined
          ? []
          : [where('id IN (SELECT device_id FROM device_doors WHERE door_id = ?)', door_id)]),
      ],
      query,
      visibleDevices(principal),
    );
  }

  async insert(tx: Queryable, device: NewDevice & { id: string }): Promise<void> {
    await tx.query({
      text: 'INSERT INTO devices (id, name, offline_after_minutes) VALUES ($1, $2, $3)',
      values: [device.id, device.name, device.offline_after_minutes],
    });
    await this.setDoors(tx, device.id, device.door_ids);
  }

  async setDoors(tx: Queryable, id: string, doorIds: readonly string[]): Promise<void> {
    await tx.query({
      text: 'DELETE FROM device_doors WHERE device_id = $1 AND NOT door_id = ANY($2)',
      values: [id, doorIds],
    });
    await tx.query({
      text: `INSERT INTO device_doors (device_id, door_id) SELECT $1, unnest($2::uuid[])
             ON CONFLICT ON CONSTRAINT device_doors_pkey DO NOTHING`,
      values: [id, doorIds],
    });
  }

  /** A new `offline_after_minutes` counts from when it was last seen. */
  update(
    tx: Queryable,
    id: string,
    changes: Partial<Pick<Device, 'name' | 'offline_after_minutes'>>,
  ): Promise<DeviceView> {
    const { offline_after_minutes: minutes } = changes;
    const also =
      minutes === undefined
        ? []
        : [`offline_at = coalesce(last_seen_at + make_interval(mins => ${minutes}), offline_at)`];
    return changeRow<DeviceView>(tx, { table: 'devices', columns: COLUMNS, id, changes, also });
  }

  /** Inserts a new secret. The newest one before it stays valid for some minutes, all others are deleted. */
  async replaceSecret(tx: Queryable, id: string, hash: Buffer, overlapMinutes: number): Promise<void> {
    await tx.query({
      text: `DELETE FROM device_secrets WHERE device_id = $1 AND ($2 = 0 OR expires_at IS NOT NULL)`,
      values: [id, overlapMinutes],
    });
    await tx.query({
      text: `UPDATE device_secrets SET expires_at = now() + make_interval(mins => $2) WHERE device_id = $1`,
      values: [id, overlapMinutes],
    });
    await tx.query({
      text: 'INSERT INTO device_secrets (id, device_id, hash) VALUES ($1, $2, $3)',
      values: [newUuid(), id, hash],
    });
  }

  async revoke(tx: Queryable, id: string): Promise<DeviceView> {
    await tx.query({ text: 'DELETE FROM device_secrets WHERE device_id = $1', values: [id] });
    return changeRow<DeviceView>(tx, {
      table: 'devices',
      columns: COLUMNS,
      id,
      changes: {},
      also: ['revoked_at = now()'],
    });
  }

  async remove(tx: Queryable, id: string): Promise<void> {
    await tx.query({ text: 'DELETE FROM devices WHERE id = $1', values: [id] });
  }

  /** @param minInterval seconds; nothing is written when it was last seen more recently. @param skew null: not known. */
  async markSeen(id: string, minInterval: number, skew: number | null): Promise<void> {
    await this.database.query({
      prepare: true,
      text: `UPDATE devices SET last_seen_at = now(), offline_at = now() + make_interval(mins => offline_after_minutes),
               clock_skew_seconds = coalesce($3, clock_skew_seconds)
             WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at <= now() - make_interval(secs => $2))`,
      values: [id, minInterval, skew],
    });
  }
}
