import { Injectable } from '@nestjs/common';
import type { Queryable } from '../platform/database/database.js';
import type { NewUser } from './user.schemas.js';

/** A user as another installation knew them, with the hash of a password that keeps working. */
export interface FormerUser extends Omit<NewUser, 'password'> {
  id: number;
  password_hash: string;
  version: number;
  created_at: string;
  updated_at: string;
}

interface Keys {
  /** Username and e-mail as the database compares them. */
  username_key: string;
  email_key: string | null;
  username_taken: boolean;
  email_taken: boolean;
  phone_taken: boolean;
}

/** Users by the hundred. */
@Injectable()
export class UserBulkRepository {
  /** For each user, in their order, which of their names are another's already. */
  takenKeys(db: Queryable, users: Pick<NewUser, 'username' | 'email' | 'phone'>[]): Promise<Keys[]> {
    return db.query<Keys>({
      text: `SELECT lower(wanted.username) AS username_key, lower(wanted.email) AS email_key,
                    EXISTS (SELECT FROM users WHERE lower(username) = lower(wanted.username)) AS username_taken,
                    EXISTS (SELECT FROM users WHERE lower(email) = lower(wanted.email)) AS email_taken,
                    EXISTS (SELECT FROM users WHERE phone = wanted.phone) AS phone_taken
             FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS wanted(username, email, phone, position)
             ORDER BY position`,
      values: [
        users.map(({ username }) => username),
        users.map(({ email }) => email),
        users.map(({ phone }) => phone),
      ],
    });
  }

  async insertFormer(tx: Queryable, users: FormerUser[]): Promise<void> {
    await tx.query({
      text: `INSERT INTO users (id, username, first_name, last_name, phone, email, roles, disabled, login_denied, password_hash,
                                version, created_at, updated_at)
             SELECT id, username, first_name, last_name, phone, email, ARRAY(SELECT jsonb_array_elements_text(roles)), disabled,
                    login_denied, password_hash, version, created_at, updated_at
             FROM jsonb_to_recordset($1) AS former(id bigint, username text, first_name text, last_name text, phone text,
               email text, roles jsonb, disabled boolean, login_denied boolean, password_hash text, version integer,
               created_at timestamptz, updated_at timestamptz)`,
      values: [JSON.stringify(users)],
    });
  }

  /** Lets new users begin behind this id; needs the owner of the schema. */
  async continueBehind(tx: Queryable, highestId: number): Promise<void> {
    await tx.query({ text: `ALTER TABLE users ALTER COLUMN id RESTART WITH ${highestId + 1}` });
  }

  /** Ids by username; the keys are as they were asked for. */
  async idsByUsername(db: Queryable, usernames: string[]): Promise<Map<string, number>> {
    const rows = await db.query<{ username: string; id: number }>({
      text: `SELECT wanted.username, users.id FROM unnest($1::text[]) AS wanted(username)
             JOIN users ON lower(users.username) = lower(wanted.username)`,
      values: [usernames],
    });
    return new Map(rows.map(({ username, id }) => [username, id]));
  }

  async firstWithRole(db: Queryable, roles: string[]): Promise<number | undefined> {
    const [row] = await db.query<{ id: number }>({
      text: 'SELECT id FROM users WHERE roles && $1 AND NOT disabled AND NOT login_denied ORDER BY id LIMIT 1',
      values: [roles],
    });
    return row?.id;
  }

  /** Whether somebody other than these untouched, never used accounts exists, or one of them was used after all. */
  async someoneUsed(db: Queryable, firstUsers: string[]): Promise<boolean> {
    const [row] = await db.query<{ used: boolean }>({
      text: `SELECT EXISTS (SELECT FROM users WHERE version > 1 OR NOT (username = ANY($1)))
                 OR EXISTS (SELECT FROM sessions)
                 OR EXISTS (SELECT FROM audit WHERE principal_type = 'user') AS used`,
      values: [firstUsers],
    });
    return row?.used ?? true;
  }

  async removeAll(tx: Queryable): Promise<{ id: number; username: string; roles: string[] }[]> {
    return tx.query({ text: 'DELETE FROM users RETURNING id, username, roles' });
  }
}
