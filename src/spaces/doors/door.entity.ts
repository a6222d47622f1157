import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Space } from '../tree/space.entity.js';

/** Joins two spaces: whoever goes in leaves the one and enters the other. Where it leads never changes. */
@Entity('doors')
@Check('doors_name_check', `"name" <> ''`)
@Check('doors_ends_check', `"from_space_id" IS DISTINCT FROM "to_space_id"`)
@Check('doors_version_check', '"version" > 0')
@Index('doors_from_space_id_idx', ['from_space_id', 'id'])
@Index('doors_to_space_id_idx', ['to_space_id', 'id'])
@Index('doors_created_at_idx', ['created_at', 'id'])
// Of a collation that TypeORM has no words for; the migration has it.
@Index('doors_name_idx', { synchronize: false })
export class Door {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'doors_pkey' })
  id!: string;

  @Column('text')
  name!: string;

  /** The space that `in` leaves; null: outside. */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => Space, { name: 'doors_from_space_id_fkey' })
  from_space_id!: string | null;

  /** The space that `in` enters; null: outside. */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => Space, { name: 'doors_to_space_id_fkey' })
  to_space_id!: string | null;

  @Column('integer', { default: 1 })
  version!: number;

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: string;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: string;
}
