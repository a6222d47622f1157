import { Injectable } from '@nestjs/common';
import { type Principal, userIdOf } from '../access/principal.js';
import { changeRow } from '../platform/database/change.js';
import { Database, type Queryable } from '../platform/database/database.js';
import { taken } from '../platform/errors/postgres.js';
import { columnsOf, conditionsOf, namesWith, sortsOf } from '../platform/fields/description.js';
import { insertRows } from '../platform/fields/insert.js';
import { literalInLike, type Page, readPage } from '../platform/pagination/page.js';
import { alsoOneOf, type List, where } from '../platform/pagination/page.reading.js';
import type { User, UserCreation } from './user.entity.js';
import { USER_FIELDS } from './user.fields.js';
import type { UserQuery } from './user.schemas.js';
import { visibleUsers } from './user.visibility.js';

export type UserChanges = Partial<
  Omit<User, 'id' | 'version' | 'created_at' | 'updated_at'> & { password_hash: string }
>;

const COLUMNS = columnsOf(USER_FIELDS);

const INSERTED = [...namesWith(USER_FIELDS, ({ created }) => created !== undefined), 'must_change_password'];

const SEARCH = `lower(username || ' ' || first_name || ' ' || last_name || ' ' || coalesce(email, '') || ' ' || coalesce(phone, ''))`;

const LIST: List = { from: 'users', columns: COLUMNS, sorts: sortsOf(USER_FIELDS) };

/** Serialises the changes that could leave the desk without an admin. */
const ADMIN_LOCK = 20251001;

taken('users_username_key', 'username_taken', 'Another user has this username.');
taken('users_email_key', 'email_taken', 'Another user has this e-mail address.');
taken('users_phone_key', 'phone_taken', 'Another user has this phone number.');

@Injectable()
export class UserRepository {
  constructor(private readonly database: Database) {}

  async find(principal: Principal, id: number): Promise<User | undefined> {
    const visible = alsoOneOf(visibleUsers(principal), 2);
    const [row] = await this.database.query<User>({
      prepare: true,
      pipelined: true,
      text: `SELECT ${COLUMNS} FROM users WHERE id = $1${visible.sql}`,
      values: [id, ...visible.values],
    });
    return row;
  }

  /** Locks the row, so that the change which follows is made to what was read. */
  async lock(tx: Queryable, principal: Principal, id: number): Promise<User | undefined> {
    const visible = alsoOneOf(visibleUsers(principal), 2);
    const [row] = await tx.query<User>({
      text: `SELECT ${COLUMNS} FROM users WHERE id = $1${visible.sql} FOR UPDATE`,
      values: [id, ...visible.values],
    });
    return row;
  }

  page(principal: Principal, query: UserQuery): Promise<Page<User>> {
    const { q } = query;
    const conditions = [
      ...(q === undefined ? [] : [where(`${SEARCH} LIKE '%' || lower(?) || '%'`, literalInLike(q))]),
      ...conditionsOf(USER_FIELDS, query, userIdOf(principal)),
    ];
    return readPage<User>(this.database, LIST, conditions, query, visibleUsers(principal));
  }

  /** @returns the new users in the order of those given. */
  insert(tx: Queryable, users: readonly UserCreation[]): Promise<User[]> {
    const unread = { password_hash: { type: 'text' } } as const;
    return insertRows<User>(tx, { table: 'users', fields: USER_FIELDS, columns: INSERTED, unread }, users);
  }

  update(tx: Queryable, id: number, changes: UserChanges): Promise<User> {
    return changeRow<User>(tx, { table: 'users', columns: COLUMNS, id, changes });
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
