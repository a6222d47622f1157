import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../access/context.js';
import { asUser } from '../access/rights.js';
import { Writer } from '../access/writer.js';
import { changedFields, sourceOf, writeAudit } from '../access/audit/audit.js';
import { readTrail, type TrailEntry } from '../access/audit/audit.trail.js';
import { Database, type Queryable, type Tx } from '../platform/database/database.js';
import { invalid, notFound } from '../platform/errors/problem.js';
import { assertMatches } from '../platform/http/representation.js';
import type { Page } from '../platform/pagination/page.js';
import { EmployeeService } from '../employees/employee.service.js';
import { UserService } from '../users/user.service.js';
import type { Ticket } from './ticket.entity.js';
import { assertTransition, resolutionOf } from './ticket.policy.js';
import { TicketRepository } from './ticket.repository.js';
import type { NewTicket, TicketPatch, TicketQuery } from './ticket.schemas.js';
import { isFinal, workflow } from './ticket.workflow.js';

@Injectable()
export class TicketService {
  constructor(
    private readonly tickets: TicketRepository,
    private readonly users: UserService,
    private readonly employees: EmployeeService,
    private readonly writer: Writer,
    private readonly database: Database,
  ) {}

  list({ principal }: RequestContext, query: TicketQuery): Promise<Page<Ticket>> {
    const person = (value: TicketQuery['created_by']) => (value === 'me' ? asUser(principal).id : value);
    return this.tickets.page({
      ...query,
      created_by: person(query.created_by),
      assignee: person(query.assignee),
    });
  }

  async listOfEmployee(
    context: RequestContext,
    employeeId: number,
    query: TicketQuery,
  ): Promise<Page<Ticket>> {
    const employee = await this.employees.read(employeeId);
    return this.list(context, { ...query, employee_id: employee.id });
  }

  async read(id: number): Promise<Ticket> {
    const ticket = await this.tickets.find(id);
    if (ticket === undefined) throw notFound('ticket', id);
    return ticket;
  }

  async history(
    id: number,
    query: { limit: number; cursor?: string | undefined },
  ): Promise<Page<TrailEntry>> {
    const ticket = await this.read(id);
    return readTrail(this.database, 'ticket', ticket.id, query);
  }

  /** @param status for a ticket that is opened and moved on in one step; checked against the workflow. */
  create(context: RequestContext, input: NewTicket, status = workflow.initial): Promise<Ticket> {
    return this.writer.run(context, async (tx, now) => {
      assertTransition(workflow, workflow.initial, status);
      if (input.assignee_id !== null) await this.assertAssignable(tx, input.assignee_id);
      const ticket = await this.tickets.insert(
        tx,
        input,
        status,
        isFinal(workflow, status),
        asUser(now.principal).id,
      );
      writeAudit(tx, sourceOf(now), {
        action: 'ticket.create',
        subject_type: 'ticket',
        subject_id: ticket.id,
        after: { ...input, status },
      });
      return ticket;
    });
  }

  patch(context: RequestContext, id: number, patch: TicketPatch): Promise<Ticket> {
    return this.writer.run(context, async (tx, now) => {
      const ticket = await this.lockForChange(tx, now, id);
      const { before, after } = changedFields<Ticket>(ticket, patch);
      if (Object.keys(after).length === 0) return ticket;
      const status = after.status ?? ticket.status;
      assertTransition(workflow, ticket.status, status);
      if (after.assignee_id) await this.assertAssignable(tx, after.assignee_id);
      const changed = await this.tickets.update(tx, id, after, resolutionOf(workflow, ticket.status, status));
      writeAudit(tx, sourceOf(now), {
        action: 'ticket.update',
        subject_type: 'ticket',
        subject_id: id,
        before,
        after,
      });
      return changed;
    });
  }

  remove(context: RequestContext, id: number): Promise<void> {
    return this.writer.run(context, async (tx, now) => {
      const { version: _, ...before } = await this.lockForChange(tx, now, id);
      await this.tickets.remove(tx, id);
      writeAudit(tx, sourceOf(now), {
        action: 'ticket.delete',
        subject_type: 'ticket',
        subject_id: id,
        before,
      });
    });
  }

  private async lockForChange(tx: Tx, context: RequestContext, id: number): Promise<Ticket> {
    const ticket = await this.tickets.findForChange(tx, id);
    if (ticket === undefined) throw notFound('ticket', id);
    assertMatches(context.if_match, ticket.version);
    return ticket;
  }

  private async assertAssignable(tx: Queryable, userId: number): Promise<void> {
    const refusal = await this.users.whyNotActing(tx, userId, 'ticket:update');
    if (refusal !== undefined) throw invalid('assignee_id', refusal);
  }
}
