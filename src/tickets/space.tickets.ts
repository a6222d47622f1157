import { Injectable, type OnModuleInit } from '@nestjs/common';
import { fields } from '../../config/fields.js';
import { ownSource, writeAudit } from '../access/audit/audit.js';
import { Database, type Tx } from '../platform/database/database.js';
import { log } from '../platform/log/log.js';
import { JobHandlers } from '../platform/jobs/job.handlers.js';
import type { SpaceAlert, TicketedSpace } from '../spaces/alerts/space.alerts.js';
import { SpaceAlerts } from '../spaces/alerts/space.alerts.js';
import { spaceTicketTask } from '../spaces/alerts/space-ticket.task.js';
import type { Ticket } from './ticket.entity.js';
import { resolutionOf } from './ticket.policy.js';
import { TicketRepository } from './ticket.repository.js';
import { isFinal, wayToFinal, workflow } from './ticket.workflow.js';

/** Opens one ticket while a space is full that asks for it, and resolves it when the space is free again. */
@Injectable()
export class SpaceTickets implements OnModuleInit {
  constructor(
    private readonly alerts: SpaceAlerts,
    private readonly tickets: TicketRepository,
    private readonly database: Database,
    private readonly jobs: JobHandlers,
  ) {}

  onModuleInit(): void {
    this.jobs.register(spaceTicketTask, ({ space_id, alert_id }) => this.settle(space_id, alert_id));
  }

  /** Looks at what is true now, so it may run late, twice, or after the job that was enqueued behind it. */
  private settle(spaceId: string, alertId: number | null): Promise<void> {
    return this.database.transaction(async (tx) => {
      const held = await this.alerts.hold(tx, spaceId, alertId);
      if (held === undefined) return;
      const { space, alert, ticketId } = held;
      let ticket = ticketId === undefined ? undefined : await this.tickets.findForChange(tx, ticketId);
      if (ticket !== undefined && isFinal(workflow, ticket.status)) ticket = undefined;
      if (alert !== undefined && alert.ticket_id === null) {
        ticket ??= await this.open(tx, space, alert);
        if (ticket !== undefined) await this.alerts.linkTicket(tx, alert.id, ticket.id);
      }
      if (ticket !== undefined && space.level === 'free') await this.resolve(tx, ticket);
    });
  }

  private async open(tx: Tx, space: TicketedSpace, alert: SpaceAlert): Promise<Ticket | undefined> {
    const { ticket_for, ticket_created_by } = space;
    // It was switched off meanwhile.
    if (ticket_for === null || ticket_created_by === null) return undefined;
    const input = {
      ...textsOf(space, alert),
      priority: workflow.default_priority,
      employee_id: ticket_for,
      assignee_id: null,
      space_id: space.id,
    };
    const ticket = await this.tickets.insert(tx, input, workflow.initial, false, ticket_created_by);
    writeAudit(tx, ownSource, {
      action: 'ticket.create',
      subject_type: 'ticket',
      subject_id: ticket.id,
      after: { ...input, status: workflow.initial },
    });
    return ticket;
  }

  private async resolve(tx: Tx, ticket: Ticket): Promise<void> {
    const way = wayToFinal(workflow, ticket.status);
    if (way === undefined)
      log.warn(
        { ticket: ticket.id, status: ticket.status },
        'no status that is final can follow: it stays open',
      );
    let status = ticket.status;
    for (const next of way ?? []) {
      await this.tickets.update(tx, ticket.id, { status: next }, resolutionOf(workflow, status, next));
      writeAudit(tx, ownSource, {
        action: 'ticket.update',
        subject_type: 'ticket',
        subject_id: ticket.id,
        before: { status },
        after: { status: next },
      });
      status = next;
    }
  }
}

function textsOf(
  { id, name, time_zone }: TicketedSpace,
  { occupancy, capacity, raised_at }: SpaceAlert,
): Pick<Ticket, 'title' | 'description'> {
  const called = name ?? `Space ${id}`;
  const when = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: time_zone,
  }).format(new Date(raised_at));
  return {
    title: [...`${called} is full`].slice(0, fields.title.max).join(''),
    description: [
      `${called} had ${occupancy} people for a capacity of ${capacity} on ${when} (${time_zone}).`,
      `Frontdesk opened this ticket, and resolves it when the space is free again. Space ${id}.`,
    ].join('\n'),
  };
}
