import { Injectable } from '@nestjs/common';
import { readTrail, type TrailEntry } from '../access/audit/audit.trail.js';
import type { RequestContext } from '../access/context.js';
import type { Principal } from '../access/principal.js';
import { asUser, may } from '../access/rights.js';
import { Writer } from '../access/writer.js';
import { EmployeeService } from '../employees/employee.service.js';
import { Database, type Tx } from '../platform/database/database.js';
import { notFound } from '../platform/errors/problem.js';
import type { Page } from '../platform/pagination/page.js';
import type { Ticket } from './ticket.entity.js';
import { TicketRepository } from './ticket.repository.js';
import type { NewTicket, TicketPatch, TicketQuery } from './ticket.schemas.js';
import { type TicketChanges, TicketWrites } from './ticket.writes.js';

@Injectable()
export class TicketService {
  constructor(
    private readonly tickets: TicketRepository,
    private readonly writes: TicketWrites,
    private readonly employees: EmployeeService,
    private readonly writer: Writer,
    private readonly database: Database,
  ) {}

  list(principal: Principal, query: TicketQuery): Promise<Page<Ticket>> {
    return this.tickets.page(principal, query);
  }

  async listOfEmployee(principal: Principal, employeeId: number, query: TicketQuery): Promise<Page<Ticket>> {
    // Who may not read employees is told nothing of whether there is one: the list is what the filter would give.
    if (may(principal, 'employee:read')) await this.employees.read(principal, employeeId);
    return this.list(principal, { ...query, employee_id: employeeId });
  }

  async read(principal: Principal, id: number): Promise<Ticket> {
    const ticket = await this.tickets.find(principal, id);
    if (ticket === undefined) throw notFound('ticket', id);
    return ticket;
  }

  async history(
    principal: Principal,
    id: number,
    query: { limit: number; cursor?: string | undefined },
  ): Promise<Page<TrailEntry>> {
    const ticket = await this.read(principal, id);
    return readTrail(this.database, 'ticket', ticket.id, query);
  }

  /** @param status for a ticket that is opened and moved on in one step; checked against the workflow. */
  create(context: RequestContext, ticket: NewTicket, status?: string): Promise<Ticket> {
    return this.writer.run(context, (tx, now) =>
      this.applyOne(tx, now, [{ kind: 'create', ticket, status, created_by: asUser(now.principal).id }]),
    );
  }

  patch(context: RequestContext, id: number, patch: TicketPatch): Promise<Ticket> {
    return this.writer.run(context, (tx, now) => this.applyOne(tx, now, [{ kind: 'update', id, patch }]));
  }

  async remove(context: RequestContext, id: number): Promise<void> {
    await this.writer.run(context, async (tx, now) => {
      await this.applyOne(tx, now, [{ kind: 'remove', id }]);
    });
  }

  private async applyOne(tx: Tx, context: RequestContext, changes: TicketChanges): Promise<Ticket> {
    const [ticket] = await this.writes.apply(tx, context, changes);
    if (ticket === undefined) throw new Error('a change of a ticket gave none');
    return ticket;
  }
}
