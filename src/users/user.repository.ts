import { Injectable } from '@nestjs/common';
import { changeRow } from '../platform/database/change.js';
import { Database, type Queryable } from '../platform/database/database.js';
import { literalInLike, type Page, readPage } from '../platform/pagination/page.js';
import { where } from '../platform/pagination/page.reading.js';
import { taken } from '../platform/errors/postgres.js';
import type { User } from './user.entity.js';
import type { UserQuery } from './user.schemas.js';

/** A user as everything but sign-in sees them. */
export type UserRow = Omit<User, 'password_hash'>;

export type UserChanges = Partial<Omit<User, 'id' | 'version' | 'created_at' | 'updated_at'>>;

const COLUMNS = `id, username, first_name, last_name, phone, email, roles, disabled, login_denied, must_change_password,
  version, created_at, updated_at`;

const SEARCH = `lower(username || ' ' || first_name || ' ' || last_name || ' ' || coalesce(email, '') || ' ' || coalesce(phone, ''))`;

const LIST = {
  from: 'users',
  columns: COLUMNS,
  sorts: {
    id: { column: 'id', type: 'bigint' },
    username: { column: 'username COLLATE "C"', type: 'text' },
    last_name: { column: 'last_name COLLATE "C"', type: 'text' },
    created_at: { column: 'created_at', type: 'timestamptz' },
  },
} as const;

/** Serialises the changes that could leave the desk without an admin. */
const ADMIN_LOCK = 20251001;

taken('users_username_key', 'username_taken', 'Another user has this username.');
taken('users_email_key', 'email_taken', 'Another user has this e-mail address.');
taken('users_phone_key', 'phone_taken', 'Another user has this phone number.');

@Injectable()
export class UserRepository {
  constructor(private readonly database: Database) {}

  async find(id: number, db: Queryable = this.database): Promise<UserRow | undefined> {
    const [row] = await db.query<UserRow>({
      prepare: true,
      pipelined: true,
      text: `SELECT ${COLUMNS} FROM users WHERE id = $1`,
      values: [id],
    });
    return row;
  }

  /** Locks the row, so that the change which follows is made to what was read. */
  async findForChange(tx: Queryable, id: number): Promise<UserRow | undefined> {
    const [row] = await tx.query<UserRow>({
      text: `SELECT ${COLUMNS} FROM users WHERE id = $1 FOR UPDATE`,
      values: [id],
    });
    return row;
  }

  page(query: UserQuery): Promise<Page<UserRow>> {
    const { q, username, email, phone, role, disabled } = query;
    return readPage<UserRow>(
      this.database,
      LIST,
      [
        ...(q === undefined ? [] : [where(`${SEARCH} LIKE '%' || lower(?) || '%'`, literalInLike(q))]),
        ...(username === undefined ? [] : [where('lower(username) = lower(?)', username)]),
        ...(email === undefined ? [] : [where('lower(email) = lower(?)', email)]),
        ...(phone === undefined ? [] : [where('phone = ?', phone)]),
        ...(role === undefined ? [] : [where('roles @> ARRAY[?]', role)]),
        ...(disabled === undefined ? [] : [where('disabled = ?', disabled)]),
      ],
      query,
    );
  }

  async insert(tx: Queryable, user: Required<UserChanges>): Promise<UserRow> {
    const [row] = await tx.query<UserRow>({
      text: `INSERT INTO users (username, first_name, last_name, phone, email, roles, disabled, login_denied, must_change_password, password_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${COLUMNS}`,
      values: [
        user.username,
        user.first_name,
        user.last_name,
        user.phone,
        user.email,
        user.roles,
        user.disabled,
        user.login_denied,
        user.must_change_password,
        user.password_hash,
      ],
    });
    return row as UserRow;
  }

  update(tx: Queryable, id: number, changes: UserChanges): Promise<UserRow> {
    return changeRow<UserRow>(tx, { table: 'users', columns: COLUMNS, id, changes });
  }

  async remove(tx: Queryable, id: number): Promise<void> {
    await tx.query({ text: 'DELETE FROM users WHERE id = $1', values: [id] });
  }

  /** Until the transaction ends nobody else changes who is an admin. */
  async lockAdmins(tx: Queryable): Promise<void> {
    await tx.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [ADMIN_LOCK] });
  }

  /** Whether somebody is left with one of the roles who is neither disabled nor denied. */
  async someoneCanAct(tx: Queryable, roles: string[]): Promise<boolean> {
    const [row] = await tx.query<{ found: boolean }>({
      text: `SELECT EXISTS (SELECT FROM users WHERE roles && $1 AND NOT disabled AND NOT login_denied) AS found`,
      values: [roles],
    });
    return row?.found ?? false;
  }
}
