import { Injectable } from '@nestjs/common';
import type { Employee } from '../../../employees/employee.entity.js';
import { Database } from '../../../platform/database/database.js';
import type { User } from '../../../users/user.entity.js';
import type { OlderPage } from './parameters.js';
import type { TicketRow } from './ticket.shape.js';

const TICKET = 'id, title, description, status, owner_id, employee_id, version, created_at, updated_at';

/** The ticket server's lists: all there is in the order of ids, skipped and counted off. Nothing here writes. */
@Injectable()
export class TicketServerRepository {
  constructor(private readonly database: Database) {}

  users({ skip, limit }: OlderPage): Promise<Omit<User, 'password_hash'>[]> {
    return this.database.query({
      prepare: true,
      text: `SELECT id, username, first_name, last_name, phone, email, roles, disabled, login_denied, must_change_password,
               version, created_at, updated_at
             FROM users ORDER BY id LIMIT $1 OFFSET $2`,
      values: [limit, skip],
    });
  }

  employees({ skip, limit }: OlderPage): Promise<Employee[]> {
    return this.database.query({
      prepare: true,
      text: `SELECT id, first_name, last_name, nick_name, phone, email, birthday, country, city, address,
               version, created_at, updated_at
             FROM employees ORDER BY id LIMIT $1 OFFSET $2`,
      values: [limit, skip],
    });
  }

  tickets({ skip, limit }: OlderPage): Promise<TicketRow[]> {
    return this.database.query({
      prepare: true,
      text: `SELECT ${TICKET} FROM tickets ORDER BY id LIMIT $1 OFFSET $2`,
      values: [limit, skip],
    });
  }

  ticketsOwnedBy(ownerId: number, { skip, limit }: OlderPage): Promise<TicketRow[]> {
    return this.database.query({
      prepare: true,
      text: `SELECT ${TICKET} FROM tickets WHERE owner_id = $3 ORDER BY id LIMIT $1 OFFSET $2`,
      values: [limit, skip, ownerId],
    });
  }

  ticketsOfEmployees(employeeIds: number[]): Promise<TicketRow[]> {
    return this.database.query({
      prepare: true,
      text: `SELECT ${TICKET} FROM tickets WHERE employee_id = ANY ($1) ORDER BY id`,
      values: [employeeIds],
    });
  }
}
