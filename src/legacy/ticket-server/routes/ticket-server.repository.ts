import type { Employee } from '../../../employees/employee.entity.js';
import type { Queryable } from '../../../platform/database/database.js';
import { readByCursor } from '../../../platform/database/row.cursor.js';
import type { User } from '../../../users/user.entity.js';
import { alsoOneOf, type Condition } from '../../../platform/pagination/page.reading.js';
import type { OlderPage } from './parameters.js';
import type { TicketRow } from './ticket.shape.js';

const TICKET = 'id, title, description, status, created_by, employee_id, version, created_at, updated_at';

/** The ticket server's lists: all there is in the order of ids, skipped and counted off. Nothing here writes. */
export const olderUsers = (db: Queryable, { skip, limit }: OlderPage) =>
  readByCursor<Omit<User, 'password_hash'>>(db, {
    text: `SELECT id, username, first_name, last_name, phone, email, roles, disabled, login_denied, must_change_password,
             version, created_at, updated_at
           FROM users ORDER BY id LIMIT $1 OFFSET $2`,
    values: [limit, skip],
  });

/** @param visible alternatives of which one must hold for a ticket that is shown. */
export function olderTickets(db: Queryable, visible: readonly Condition[], { skip, limit }: OlderPage) {
  const seen = alsoOneOf(visible, 3);
  return readByCursor<TicketRow>(db, {
    text: `SELECT ${TICKET} FROM tickets WHERE true${seen.sql} ORDER BY id LIMIT $1 OFFSET $2`,
    values: [limit, skip, ...seen.values],
  });
}

/** Whoever opened a ticket sees it, whichever tickets they see beside. */
export const olderTicketsCreatedBy = (db: Queryable, userId: number, { skip, limit }: OlderPage) =>
  readByCursor<TicketRow>(db, {
    text: `SELECT ${TICKET} FROM tickets WHERE created_by = $3 ORDER BY id LIMIT $1 OFFSET $2`,
    values: [limit, skip, userId],
  });

export const olderEmployees = (db: Queryable, { skip, limit }: OlderPage): Promise<Employee[]> =>
  db.query({
    text: `SELECT id, first_name, last_name, nick_name, phone, email, birthday, country, city, address,
             version, created_at, updated_at
           FROM employees ORDER BY id LIMIT $1 OFFSET $2`,
    values: [limit, skip],
  });

/** All tickets of these employees: in the order in which the employees are given, and of each in that of the ids. */
export function olderTicketsOfEmployees(db: Queryable, visible: readonly Condition[], employeeIds: number[]) {
  const seen = alsoOneOf(visible, 2);
  return readByCursor<TicketRow>(db, {
    // OFFSET 0 keeps the planner from a join of another order, and from sorting what is too much to be sorted.
    text: `SELECT ticket.* FROM unnest($1::bigint[]) AS employee (id) CROSS JOIN LATERAL (
             SELECT ${TICKET} FROM tickets WHERE employee_id = employee.id${seen.sql} ORDER BY id OFFSET 0) AS ticket`,
    values: [employeeIds, ...seen.values],
  });
}
