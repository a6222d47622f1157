import type { Employee } from '../../../employees/employee.entity.js';
import type { Visible } from '../../../access/visibility.js';
import { EMPLOYEE_FIELDS } from '../../../employees/employee.fields.js';
import type { Queryable } from '../../../platform/database/database.js';
import { readByCursor } from '../../../platform/database/row.cursor.js';
import { columnsOf } from '../../../platform/fields/description.js';
import type { User } from '../../../users/user.entity.js';
import { USER_FIELDS } from '../../../users/user.fields.js';
import { alsoOneOf } from '../../../platform/pagination/page.reading.js';
import type { LegacyPage } from './parameters.js';
import type { TicketRow } from './ticket.shape.js';

const TICKET = 'id, title, description, status, created_by, employee_id, version, created_at, updated_at';

/** The ticket server's lists: all that is visible in the order of ids, skipped and counted off. Nothing here writes. */
export function legacyUsers(db: Queryable, visible: Visible, { skip, limit }: LegacyPage) {
  const seen = alsoOneOf(visible, 3);
  return readByCursor<User>(db, {
    text: `SELECT ${columnsOf(USER_FIELDS)} FROM users WHERE true${seen.sql} ORDER BY id LIMIT $1 OFFSET $2`,
    values: [limit, skip, ...seen.values],
  });
}

export function legacyTickets(db: Queryable, visible: Visible, { skip, limit }: LegacyPage) {
  const seen = alsoOneOf(visible, 3);
  return readByCursor<TicketRow>(db, {
    text: `SELECT ${TICKET} FROM tickets WHERE true${seen.sql} ORDER BY id LIMIT $1 OFFSET $2`,
    values: [limit, skip, ...seen.values],
  });
}

/** Whoever opened a ticket sees it, whichever tickets they see beside. */
export const legacyTicketsCreatedBy = (db: Queryable, userId: number, { skip, limit }: LegacyPage) =>
  readByCursor<TicketRow>(db, {
    text: `SELECT ${TICKET} FROM tickets WHERE created_by = $3 ORDER BY id LIMIT $1 OFFSET $2`,
    values: [limit, skip, userId],
  });

export function legacyEmployees(
  db: Queryable,
  visible: Visible,
  { skip, limit }: LegacyPage,
): Promise<Employee[]> {
  const seen = alsoOneOf(visible, 3);
  return db.query({
    text: `SELECT ${columnsOf(EMPLOYEE_FIELDS)} FROM employees WHERE true${seen.sql} ORDER BY id LIMIT $1 OFFSET $2`,
    values: [limit, skip, ...seen.values],
  });
}

/** All tickets of these employees: in the order in which the employees are given, and of each in that of the ids. */
export function legacyTicketsOfEmployees(db: Queryable, visible: Visible, employeeIds: number[]) {
  const seen = alsoOneOf(visible, 2);
  return readByCursor<TicketRow>(db, {
    // OFFSET 0 keeps the planner from a join of another order, and from sorting what is too much to be sorted.
    text: `SELECT ticket.* FROM unnest($1::bigint[]) AS employee (id) CROSS JOIN LATERAL (
             SELECT ${TICKET} FROM tickets WHERE employee_id = employee.id${seen.sql} ORDER BY id OFFSET 0) AS ticket`,
    values: [employeeIds, ...seen.values],
  });
}
