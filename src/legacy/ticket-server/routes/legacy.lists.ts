import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Employee } from '../../../employees/employee.entity.js';
import type { Principal, UserPrincipal } from '../../../access/principal.js';
import { visibleEmployees } from '../../../employees/employee.visibility.js';
import { visibleTickets } from '../../../tickets/ticket.visibility.js';
import { visibleUsers } from '../../../users/user.visibility.js';
import { Database, type Queryable } from '../../../platform/database/database.js';
import { LongAnswers, PIECE_PATIENCE_MS } from '../../../platform/http/long.answers.js';
import { legacyEmployeeOf } from './employee.shape.js';
import type { LegacyPage } from './parameters.js';
import {
  legacyEmployees,
  legacyTickets,
  legacyTicketsOfEmployees,
  legacyTicketsCreatedBy,
  legacyUsers,
} from './ticket-server.repository.js';
import { legacyTicketOf, type TicketRow } from './ticket.shape.js';
import { legacyUserOf } from './user.shape.js';

/** The items of a bare array, one by one. */
async function* arrayOf<Row>(
  batches: AsyncGenerator<Row[]>,
  show: (row: Row) => object,
): AsyncGenerator<string> {
  let before = '[';
  for await (const batch of batches)
    for (const row of batch) {
      yield `${before}${JSON.stringify(show(row))}`;
      before = ',';
    }
  yield before === '[' ? '[]' : ']';
}

/** An employee up to the list of the tickets, which comes last and stays open. */
const opening = (employee: Employee): string =>
  JSON.stringify(legacyEmployeeOf(employee, [])).slice(0, -']}'.length);

/**
 * Employees with their tickets, one after another.
 * @param batches tickets in the order of the employees.
 */
async function* withTickets(
  employees: readonly Employee[],
  batches: AsyncGenerator<TicketRow[]>,
): AsyncGenerator<string> {
  const [first, ...others] = employees;
  if (first === undefined) return;
  let shown = first;
  let before = '';
  yield opening(first);
  const next = function* (until?: number): Generator<string> {
    while (shown.id !== until) {
      const employee = others.shift();
      if (employee === undefined) return;
      [shown, before] = [employee, ''];
      yield `]},${opening(employee)}`;
    }
  };
  for await (const batch of batches)
    for (const ticket of batch) {
      yield* next(ticket.employee_id);
      yield `${before}${JSON.stringify(legacyTicketOf(ticket))}`;
      before = ',';
    }
  yield* next();
  yield ']}';
}

/** The ticket server's lists, none of which is ever cut, however long it is. */
@Injectable()
export class LegacyLists {
  constructor(
    private readonly database: Database,
    private readonly answers: LongAnswers,
  ) {}

  users(reply: FastifyReply, principal: Principal, page: LegacyPage): Promise<void> {
    return this.send(reply, (db) => arrayOf(legacyUsers(db, visibleUsers(principal), page), legacyUserOf));
  }

  tickets(reply: FastifyReply, principal: Principal, page: LegacyPage): Promise<void> {
    return this.send(reply, (db) =>
      arrayOf(legacyTickets(db, visibleTickets(principal), page), legacyTicketOf),
    );
  }

  ticketsCreatedBy(reply: FastifyReply, user: UserPrincipal, page: LegacyPage): Promise<void> {
    return this.send(reply, (db) => arrayOf(legacyTicketsCreatedBy(db, user.id, page), legacyTicketOf));
  }

  employees(reply: FastifyReply, principal: Principal, page: LegacyPage): Promise<void> {
    return this.send(reply, async function* (db) {
      yield '[';
      yield* employeesFor(db, principal, await legacyEmployees(db, visibleEmployees(principal), page));
      yield ']';
    });
  }

  employee(reply: FastifyReply, principal: Principal, employee: Employee): Promise<void> {
    return this.send(reply, (db) => employeesFor(db, principal, [employee]));
  }

  private send(reply: FastifyReply, texts: (db: Queryable) => AsyncGenerator<string>): Promise<void> {
    // PostgreSQL waits a little longer than we do, so that it is we who end it.
    return this.answers.send(reply, this.database.reading(PIECE_PATIENCE_MS * 2, texts));
  }
}

/** What this principal may see of employees. */
export function employeesFor(
  db: Queryable,
  principal: Principal,
  employees: Employee[],
): AsyncGenerator<string> {
  const ids = employees.map(({ id }) => id);
  return withTickets(employees, legacyTicketsOfEmployees(db, visibleTickets(principal), ids));
}
