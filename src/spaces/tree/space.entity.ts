import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { EmployeeEntity } from '../../employees/employee.entity.js';
import { UserEntity } from '../../users/user.entity.js';

/** From the widest to the narrowest: what lies in a space is of a kind further down. */
export const SPACE_KINDS = ['site', 'building', 'floor', 'room', 'zone'] as const;
export type SpaceKind = (typeof SPACE_KINDS)[number];

/** The capacity that spaces_capacity_check allows at most. */
export const HIGHEST_CAPACITY = 100_000;

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Local times `HH:MM` from and to, by weekday; a day that is not named is closed. `24:00` is the end of the day. */
export type OpeningHours = Partial<Record<Weekday, [from: string, to: string][]>>;

/** A place in which people are counted. How many there are is in `space_counts`. */
@Entity('spaces')
@Check(
  'spaces_path_check',
  `"path"[cardinality("path")] = "id" AND ("parent_id" IS NULL) = (cardinality("path") = 1)`,
)
@Check('spaces_kind_check', `"kind" IN ('site', 'building', 'floor', 'room', 'zone')`)
@Check('spaces_name_check', `"name" <> ''`)
@Check('spaces_capacity_check', `"capacity" BETWEEN 1 AND 100000`)
@Check('spaces_over_capacity_check', `"over_capacity" IN ('allow', 'refuse')`)
@Check(
  'spaces_thresholds_check',
  `"amber_percent" BETWEEN 1 AND "full_percent" AND "full_percent" <= 1000 AND "hysteresis_percent" BETWEEN 0 AND 100`,
)
@Check('spaces_ticket_for_check', `("ticket_for" IS NULL) = ("ticket_created_by" IS NULL)`)
@Check(
  'spaces_late_check',
  `"keep_events_days" IS NULL OR ("accept_late_days" IS NOT NULL AND "accept_late_days" <= "keep_events_days")`,
)
@Check('spaces_reset_check', `("reset_at" IS NULL) = ("reset_since" IS NULL)`)
@Check('spaces_version_check', '"version" > 0')
@Index('spaces_parent_id_idx', ['parent_id', 'id'])
@Index('spaces_kind_idx', ['kind', 'id'])
@Index('spaces_created_at_idx', ['created_at', 'id'])
// Of a kind or a collation that TypeORM has no words for; the migration has them.
@Index('spaces_path_idx', { synchronize: false })
@Index('spaces_tags_idx', { synchronize: false })
@Index('spaces_name_idx', { synchronize: false })
@Index('spaces_search_idx', { synchronize: false })
@Index('spaces_ticket_for_idx', { synchronize: false })
@Index('spaces_ticket_created_by_idx', { synchronize: false })
@Index('spaces_reset_idx', { synchronize: false })
export class Space {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'spaces_pkey' })
  id!: string;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => Space, { name: 'spaces_parent_id_fkey' })
  parent_id!: string | null;

  /** The ids of all spaces that contain it, the root first, and its own last. */
  @Column('uuid', { array: true })
  path!: string[];

  @Column('text')
  kind!: SpaceKind;

  /** null only for one made by a client of the legacy occupancy service. */
  @Column('text', { nullable: true })
  name!: string | null;

  /** An IANA name; null: that of the parent, and UTC without one. */
  @Column('text', { nullable: true })
  time_zone!: string | null;

  /** null: no limit. */
  @Column('integer', { nullable: true })
  capacity!: number | null;

  /** Whether an admission that would pass the capacity is refused. */
  @Column('text', { default: 'allow' })
  over_capacity!: 'allow' | 'refuse';

  /** null: those of the parent, and always open without one. */
  @Column('jsonb', { nullable: true })
  opening_hours!: OpeningHours | null;

  @Column('text', { array: true, default: () => "'{}'" })
  tags!: string[];

  /** Shares of the capacity from which on the level is `amber` and `full`. */
  @Column('integer', { default: 80 })
  amber_percent!: number;

  @Column('integer', { default: 100 })
  full_percent!: number;

  /** How far below its threshold the share must fall before a level is left, in points of the capacity. */
  @Column('integer', { default: 5 })
  hysteresis_percent!: number;

  /** The employee for whom a ticket is opened while the space is full; null: none is. */
  @Column('bigint', { nullable: true })
  @ForeignKey(() => EmployeeEntity, { name: 'spaces_ticket_for_fkey' })
  ticket_for!: number | null;

  /** Who set `ticket_for`: the `created_by` of the tickets. */
  @Column('bigint', { nullable: true })
  @ForeignKey(() => UserEntity, { name: 'spaces_ticket_created_by_fkey' })
  ticket_created_by!: number | null;

  /** Events from before are refused; it was empty then. */
  @Column('timestamptz', { default: () => 'now()' })
  counting_since!: string;

  /** How late an event may come; null: any time. */
  @Column('integer', { nullable: true, default: 7 })
  accept_late_days!: number | null;

  /** How long single events are kept; null: for ever. */
  @Column('integer', { nullable: true, default: 90 })
  keep_events_days!: number | null;

  /** Local time `HH:MM` at which the count is set to 0 each day. */
  @Column('text', { nullable: true })
  reset_at!: string | null;

  /** From when on that schedule applies. */
  @Column('timestamptz', { nullable: true })
  reset_since!: string | null;

  /** Open without a token through the legacy occupancy routes while PUBLIC_SPACES is on. */
  @Column('boolean', { default: false })
  public!: boolean;

  @Column('integer', { default: 1 })
  version!: number;

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: string;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: string;
}
