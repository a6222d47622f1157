import { Check, Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** One of the staff: admin, manager, support, or whatever roles the permission table knows. */
@Entity('users')
@Unique('users_phone_key', ['phone'])
@Check('users_username_check', `"username" <> ''`)
@Check('users_version_check', '"version" > 0')
@Index('users_disabled_idx', ['disabled', 'id'])
@Index('users_created_at_idx', ['created_at', 'id'])
// Of a kind or a collation that TypeORM has no words for; the migration has them.
@Index('users_roles_idx', { synchronize: false })
@Index('users_username_idx', { synchronize: false })
@Index('users_last_name_idx', { synchronize: false })
export class User {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'users_pkey',
  })
  id!: number;

  @Column('text')
  username!: string;

  @Column('text')
  first_name!: string;

  @Column('text')
  last_name!: string;

  @Column('text', { nullable: true })
  phone!: string | null;

  @Column('text', { nullable: true })
  email!: string | null;

  @Column('text', { array: true })
  roles!: string[];

  /** May sign in, but only see and change their own sign-in. */
  @Column('boolean', { default: false })
  disabled!: boolean;

  /** Gets no token at all. */
  @Column('boolean', { default: false })
  login_denied!: boolean;

  @Column('boolean', { default: false })
  must_change_password!: boolean;

  @Column('text', { select: false })
  password_hash!: string;

  @Column('integer', { default: 1 })
  version!: number;

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: string;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: string;
}
