import { Injectable } from '@nestjs/common';
import { PermissionTable } from '../access/permissions.js';
import type { Queryable } from '../platform/database/database.js';
import { UserBulkRepository } from './user.bulk.repository.js';

/** Finds many users at once, for whoever refers to them by the hundred. */
@Injectable()
export class UserDirectory {
  constructor(
    private readonly users: UserBulkRepository,
    private readonly table: PermissionTable,
  ) {}

  /** Ids by username, without regard to case; the keys are as they were asked for. */
  idsByUsername(db: Queryable, usernames: string[]): Promise<Map<string, number>> {
    return this.users.idsByUsername(db, usernames);
  }

  /** The admin with the lowest id who is neither disabled nor denied; undefined in an installation without users. */
  firstActingAdmin(db: Queryable): Promise<number | undefined> {
    return this.users.firstWithRole(db, this.table.rolesWith('user:update_roles'));
  }
}
