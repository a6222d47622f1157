import { Injectable } from '@nestjs/common';
import type { Permission } from '../access/permissions.js';
import type { Queryable } from '../platform/database/database.js';
import { Settings } from '../platform/settings/settings.js';
import type { User } from './user.entity.js';
import type { NewUser } from './user.schemas.js';

interface Keys {
  /** Username and e-mail as the database compares them. */
  username_key: string;
  email_key: string | null;
  username_taken: boolean;
  email_taken: boolean;
  phone_taken: boolean;
}

/** Answers questions about users for whoever refers to them, which show none of them. */
@Injectable()
export class UserLookup {
  constructor(private readonly settings: Settings) {}

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

  /** Ids by username, without regard to case; the keys are as they were asked for. */
  async idsByUsername(db: Queryable, usernames: string[]): Promise<Map<string, number>> {
    const rows = await db.query<{ username: string; id: number }>({
      text: `SELECT wanted.username, users.id FROM unnest($1::text[]) AS wanted(username)
             JOIN users ON lower(users.username) = lower(wanted.username)`,
      values: [usernames],
    });
    return new Map(rows.map(({ username, id }) => [username, id]));
  }

  /** The admin with the lowest id who is neither disabled nor denied; undefined in an installation without users. */
  async firstActingAdmin(db: Queryable): Promise<number | undefined> {
    const [row] = await db.query<{ id: number }>({
      text: 'SELECT id FROM users WHERE roles && $1 AND NOT disabled AND NOT login_denied ORDER BY id LIMIT 1',
      values: [this.settings.current.permissions.rolesWith('user:update_roles')],
    });
    return row?.id;
  }

  /** Why this user cannot be given work that needs the permission; undefined when they can. */
  async reasonNotToAct(db: Queryable, id: number, permission: Permission): Promise<string | undefined> {
    const [user] = await db.query<Pick<User, 'roles' | 'disabled' | 'login_denied'>>({
      prepare: true,
      text: 'SELECT roles, disabled, login_denied FROM users WHERE id = $1',
      values: [id],
    });
    if (user === undefined) return 'there is no such user';
    if (user.disabled || user.login_denied) return 'this user is disabled or may not sign in';
    if (!this.settings.current.permissions.permissionsOf(user.roles).has(permission))
      return `none of this user's roles has ${permission}`;
    return undefined;
  }
}
