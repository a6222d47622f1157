import { Injectable, type OnModuleInit } from '@nestjs/common';
import { contextWithoutRequest } from '../access/context.js';
import { system } from '../access/principal.js';
import { Database, type Tx } from '../platform/database/database.js';
import { log } from '../platform/log/log.js';
import { JobHandlers } from '../platform/jobs/job.handlers.js';
import { Settings } from '../platform/settings/settings.js';
import type { SpaceAlert, TicketedSpace } from '../spaces/alerts/space.alerts.js';
import { SpaceAlerts } from '../spaces/alerts/space.alerts.js';
import { spaceTicketTask } from '../spaces/alerts/space-ticket.task.js';
import type { Ticket } from './ticket.entity.js';
import { TicketRepository } from './ticket.repository.js';
import { newTicketSchema } from './ticket.schemas.js';
import { TicketWrites } from './ticket.writes.js';
import { isFinal, wayToFinal } from './ticket.workflow.js';

const CONTEXT = contextWithoutRequest(system, 'space ticket');

/** Opens one ticket while a space is full that asks for it, and resolves it when the space is free again. */
@Injectable()
export class SpaceTickets implements OnModuleInit {
  constructor(
    private readonly alerts: SpaceAlerts,
    private readonly tickets: TicketRepository,
    private readonly writes: TicketWrites,
    private readonly database: Database,
    private readonly jobs: JobHandlers,
    private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.jobs.register(spaceTicketTask, ({ space_id, alert_id }) => this.settle(space_id, alert_id));
  }

  /** Looks at what is true now, so it may run late, twice, or after the job that was enqueued behind it. */
  private settle(spaceId: string, alertId: number | null): Promise<void> {
    return this.database.transaction(async (tx) => {
      const locked = await this.alerts.lock(tx, spaceId, alertId);
      if (locked === undefined) return;
      const { space, alert, ticketId } = locked;
      let [ticket] = ticketId === undefined ? [] : await this.tickets.lock(tx, system, [ticketId]);
      if (ticket !== undefined && isFinal(this.settings.current.workflow, ticket.status)) ticket = undefined;
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
    const input = newTicketSchema.parse({
      ...textsOf(space, alert, this.settings.current.fields.title.max),
      employee_id: ticket_for,
      space_id: space.id,
    });
    const [ticket] = await this.writes.apply(tx, CONTEXT, [
      { kind: 'create', ticket: input, created_by: ticket_created_by },
    ]);
    return ticket;
  }

  private async resolve(tx: Tx, { id, status }: Ticket): Promise<void> {
    const way = wayToFinal(this.settings.current.workflow, status);
    if (way === undefined)
      log.warn({ ticket: id, status }, 'no status that is final can follow: it stays open');
    for (const next of way ?? [])
      await this.writes.apply(tx, CONTEXT, [{ kind: 'update', id, patch: { status: next } }]);
  }
}

function textsOf(
  { id, name, time_zone }: TicketedSpace,
  { occupancy, capacity, raised_at }: SpaceAlert,
  longestTitle: number,
): Pick<Ticket, 'title' | 'description'> {
  const called = name ?? `Space ${id}`;
  const when = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: time_zone,
  }).format(new Date(raised_at));
  return {
    title: [...`${called} is full`].slice(0, longestTitle).join(''),
    description: [
      `${called} had ${occupancy} people for a capacity of ${capacity} on ${when} (${time_zone}).`,
      `Frontdesk opened this ticket, and resolves it when the space is free again. Space ${id}.`,
    ].join('\n'),
  };
}
