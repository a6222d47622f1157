import { Check, Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { addColumns } from '../platform/fields/columns.js';
import type { RowOf } from '../platform/fields/description.js';
import type { Past } from '../platform/fields/insert.js';
import { USER_FIELDS } from './user.fields.js';

/** One of the staff: admin, manager, support, or whatever roles the permission table knows. */
export type User = RowOf<typeof USER_FIELDS>;

/** A user to add, with what they bring along if they were elsewhere before. */
export type UserCreation = Omit<User, keyof Past> & { password_hash: string } & Partial<Past>;

/** Their table: the columns of the description, and the hash that only sign-in reads. */
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
export class UserEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'users_pkey',
  })
  id!: number;

  @Column('text', { select: false })
  password_hash!: string;
}

const off = { default: false };
const now = { default: () => 'now()' };

addColumns(UserEntity, USER_FIELDS, {
  id: null,
  disabled: off,
  login_denied: off,
  must_change_password: off,
  version: { default: 1 },
  created_at: now,
  updated_at: now,
});
