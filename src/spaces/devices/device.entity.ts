import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A door sensor: a credential that may post for its doors and do nothing else. */
@Entity('devices')
@Check('devices_name_check', `"name" <> ''`)
@Check('devices_offline_after_minutes_check', `"offline_after_minutes" BETWEEN 1 AND 10080`)
@Check('devices_version_check', '"version" > 0')
@Index('devices_offline_at_idx', ['offline_at', 'id'])
@Index('devices_created_at_idx', ['created_at', 'id'])
// Partial or of a collation that TypeORM has no words for; the migration has them.
@Index('devices_revoked_at_idx', { synchronize: false })
@Index('devices_name_idx', { synchronize: false })
export class Device {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'devices_pkey' })
  id!: string;

  @Column('text')
  name!: string;

  @Column('integer', { default: 15 })
  offline_after_minutes!: number;

  @Column('timestamptz', { nullable: true })
  last_seen_at!: string | null;

  /** When it counts as offline unless it is seen before. */
  @Column('timestamptz', { default: () => 'now()' })
  offline_at!: string;

  /** How far its clock is ahead of ours; negative: behind. */
  @Column('integer', { nullable: true })
  clock_skew_seconds!: number | null;

  @Column('timestamptz', { nullable: true })
  revoked_at!: string | null;

  @Column('integer', { default: 1 })
  version!: number;

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: string;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: string;
}
