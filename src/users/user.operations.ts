import { Injectable } from '@nestjs/common';
import { operatorContext } from '../access/context.js';
import { operator, type Principal } from '../access/principal.js';
import { Database } from '../platform/database/database.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { check } from '../platform/validation/validation.pipe.js';
import { Settings } from '../platform/settings/settings.js';
import { type NewUserInput, newUserSchema, type PublicUser, userSchema } from './user.schemas.js';
import { UserLookup } from './user.lookup.js';
import { UserService } from './user.service.js';

const PAGE = 200;

/** What an operator does to users at the command line, by the rules of the API. */
@Injectable()
export class UserOperations {
  constructor(
    private readonly users: UserService,
    private readonly lookup: UserLookup,
    private readonly settings: Settings,
    private readonly database: Database,
  ) {}

  /** @throws Problem for what the API would refuse as well. */
  async create(command: string, input: NewUserInput): Promise<PublicUser> {
    return userSchema.parse(await this.users.create(operatorContext(command), check(newUserSchema, input)));
  }

  /** Ends every session of the user. @throws StartupError when there is no such user. */
  async setPassword(command: string, username: string, password: string): Promise<void> {
    await this.users.setPassword(operatorContext(command), await this.idOf(username), password);
  }

  /** Lets a user sign in again after too many failures. @throws StartupError when there is no such user. */
  async unlock(command: string, username: string): Promise<void> {
    await this.users.unlock(operatorContext(command), await this.idOf(username));
  }

  /** A user as if they asked, for what shows no more than they see. @throws StartupError when there is no such user. */
  async principalOf(username: string): Promise<Principal> {
    const {
      id,
      username: name,
      roles,
      disabled,
      must_change_password,
    } = await this.users.read(operator, await this.idOf(username));
    return {
      type: 'user',
      ...{ id, name, roles, disabled, must_change_password },
      client_id: 'command-line',
      rank: this.settings.current.permissions.rankOf(roles),
      rights: { granted: this.settings.current.permissions.permissionsOf(roles), scope: undefined },
      session_id: '',
      token_expires_at: Number.POSITIVE_INFINITY,
    };
  }

  private async idOf(username: string): Promise<number> {
    const id = (await this.lookup.idsByUsername(this.database, [username])).get(username);
    if (id === undefined) throw new StartupError(`There is no user ${username}. Run: frontdesk user list`);
    return id;
  }

  /** All users in the order of their ids, page by page. */
  async *all(): AsyncGenerator<PublicUser> {
    let cursor: string | undefined;
    do {
      const page = await this.users.list(operator, { limit: PAGE, sort: 'id', count: false, cursor });
      for (const user of page.items) yield userSchema.parse(user);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }
}
