import { Check, Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** Somebody who is helped: the requester of tickets. */
@Entity('employees')
@Unique('employees_phone_key', ['phone'])
@Check('employees_version_check', '"version" > 0')
@Index('employees_created_at_idx', ['created_at', 'id'])
// With a collation that TypeORM has no words for; the migration has it.
@Index('employees_last_name_idx', { synchronize: false })
export class Employee {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'employees_pkey',
  })
  id!: number;

  @Column('text')
  first_name!: string;

  @Column('text')
  last_name!: string;

  @Column('text', { nullable: true })
  nick_name!: string | null;

  @Column('text', { nullable: true })
  phone!: string | null;

  @Column('text')
  email!: string;

  /** `YYYY-MM-DD`. */
  @Column('date', { nullable: true })
  birthday!: string | null;

  @Column('text', { nullable: true })
  country!: string | null;

  @Column('text', { nullable: true })
  city!: string | null;

  @Column('text', { nullable: true })
  address!: string | null;

  @Column('integer', { default: 1 })
  version!: number;

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: string;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: string;
}
