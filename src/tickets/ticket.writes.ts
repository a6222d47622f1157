import { Injectable } from '@nestjs/common';
import { type BatchEntry, writeAudits } from '../access/audit/audit.batch.js';
import { changedFields, sourceOf } from '../access/audit/audit.js';
import type { RequestContext } from '../access/context.js';
import { type Principal, userIdOf } from '../access/principal.js';
import type { Queryable, Tx } from '../platform/database/database.js';
import { invalid, notFound } from '../platform/errors/problem.js';
import { assertMatches } from '../platform/http/representation.js';
import { Settings } from '../platform/settings/settings.js';
import { UserLookup } from '../users/user.lookup.js';
import type { Ticket } from './ticket.entity.js';
import { assertTransition, resolutionOf } from './ticket.policy.js';
import { type ChangedTicket, TicketRepository, type TicketRow } from './ticket.repository.js';
import type { NewTicket, TicketPatch } from './ticket.schemas.js';
import { isFinal, type Workflow } from './ticket.workflow.js';

/** When and by whom something was done that is only written down now. */
interface Earlier {
  at?: string | undefined;
  by?: { id: number; username: string } | undefined;
}

/** What a ticket brings along that was elsewhere before; such a one may begin in any status. */
export interface TicketPast {
  id?: number | undefined;
  version?: number | undefined;
  created_at?: string | undefined;
  updated_at?: string | undefined;
  resolved_at?: string | undefined;
}

export interface TicketCreation extends Earlier {
  kind: 'create';
  ticket: NewTicket;
  created_by: number;
  /** The first one of the workflow without it. */
  status?: string | undefined;
  past?: TicketPast | undefined;
}

export interface TicketUpdate extends Earlier {
  kind: 'update';
  id: number;
  patch: TicketPatch;
}

export interface TicketRemoval {
  kind: 'remove';
  id: number;
}

/** Changes of one kind, to one ticket or to a thousand. */
export type TicketChanges = readonly TicketCreation[] | readonly TicketUpdate[] | readonly TicketRemoval[];

/**
 * The one way in which tickets are written, whoever asks: the API, the legacy one, imports, data migrations, alerts and
 * seed data. It decides by the policy, and writes the rows together with the audit.
 */
@Injectable()
export class TicketWrites {
  constructor(
    private readonly tickets: TicketRepository,
    private readonly users: UserLookup,
    private readonly settings: Settings,
  ) {}

  /**
   * @param options seenBy: for what follows from another change, and so from nothing that its principal sees.
   * @returns the tickets as they became, in the order of the changes; as they were of those that are removed.
   * @throws Problem 404, 409, 412 or 422 for the first change that may not be; then nothing of any is to be kept.
   */
  async apply(
    tx: Tx,
    context: RequestContext,
    changes: TicketChanges,
    { seenBy = context.principal }: { seenBy?: Principal } = {},
  ): Promise<Ticket[]> {
    const [first] = changes;
    switch (first?.kind) {
      case undefined:
        return [];
      case 'create':
        return this.create(tx, context, changes as readonly TicketCreation[]);
      case 'update':
        return this.update(tx, context, changes as readonly TicketUpdate[], seenBy);
      case 'remove':
        return this.remove(tx, context, changes as readonly TicketRemoval[], seenBy);
    }
  }

  private async create(
    tx: Tx,
    context: RequestContext,
    creations: readonly TicketCreation[],
  ): Promise<Ticket[]> {
    const { workflow } = this.settings.current;
    const rows = creations.map((creation) => rowOf(workflow, creation));
    await this.assertAssignable(
      tx,
      // What is done was done by whoever did it; what is open needs somebody who can go on.
      rows.flatMap(({ assignee_id, final }, index) =>
        assignee_id === null || (final && creations[index]?.past) ? [] : [assignee_id],
      ),
    );
    const tickets = await this.tickets.insert(tx, rows);
    await writeAudits(
      tx,
      sourceOf(context),
      tickets.map((ticket, index): BatchEntry => {
        const { ticket: input, at, by, past } = creations[index] as TicketCreation;
        const { version: _, ...brought } = past ?? {};
        const { created_by } = ticket;
        const isOwn = created_by === (by?.id ?? userIdOf(context.principal));
        const after = {
          ...input,
          status: ticket.status,
          ...((past || !isOwn) && { created_by }),
          ...brought,
        };
        return { action: 'ticket.create', subject_type: 'ticket', subject_id: ticket.id, at, by, after };
      }),
    );
    return tickets;
  }

  private async update(
    tx: Tx,
    context: RequestContext,
    updates: readonly TicketUpdate[],
    seenBy: Principal,
  ): Promise<Ticket[]> {
    const { workflow } = this.settings.current;
    const locked = await this.lock(tx, context, updates, seenBy);
    const changed: ChangedTicket[] = [];
    const entries: BatchEntry[] = [];
    const assignees: number[] = [];
    for (const { id, patch, at, by } of updates) {
      const ticket = locked.get(id) as Ticket;
      const { before, after } = changedFields<Ticket>(ticket, patch);
      if (Object.keys(after).length === 0) continue;
      const status = after.status ?? ticket.status;
      assertTransition(workflow, ticket.status, status);
      if (after.assignee_id) assignees.push(after.assignee_id);
      changed.push({
        ticket: { ...ticket, ...after },
        at,
        resolution: resolutionOf(workflow, ticket.status, status),
      });
      entries.push({
        action: 'ticket.update',
        subject_type: 'ticket',
        subject_id: id,
        at,
        by,
        before,
        after,
      });
    }
    await this.assertAssignable(tx, assignees);
    if (changed.length > 0)
      for (const ticket of await this.tickets.update(tx, changed)) locked.set(ticket.id, ticket);
    await writeAudits(tx, sourceOf(context), entries);
    return updates.map(({ id }) => locked.get(id) as Ticket);
  }

  private async remove(
    tx: Tx,
    context: RequestContext,
    removals: readonly TicketRemoval[],
    seenBy: Principal,
  ): Promise<Ticket[]> {
    const locked = await this.lock(tx, context, removals, seenBy);
    const tickets = removals.map(({ id }) => locked.get(id) as Ticket);
    await this.tickets.remove(
      tx,
      tickets.map(({ id }) => id),
    );
    await writeAudits(
      tx,
      sourceOf(context),
      tickets.map(({ version: _, ...before }): BatchEntry => ({
        action: 'ticket.delete',
        subject_type: 'ticket',
        subject_id: before.id,
        before,
      })),
    );
    return tickets;
  }

  /** By id; all of them. @throws Problem 404 for the first that is not there or not seen, 412. */
  private async lock(
    tx: Tx,
    { if_match }: RequestContext,
    changes: readonly { id: number }[],
    seenBy: Principal,
  ): Promise<Map<number, Ticket>> {
    const ids = changes.map(({ id }) => id);
    const locked = new Map((await this.tickets.lock(tx, seenBy, ids)).map((ticket) => [ticket.id, ticket]));
    for (const id of ids) {
      const ticket = locked.get(id);
      if (ticket === undefined) throw notFound('ticket', id);
      assertMatches(if_match, ticket.version);
    }
    return locked;
  }

  private async assertAssignable(tx: Queryable, userIds: readonly number[]): Promise<void> {
    for (const id of new Set(userIds)) {
      const reason = await this.users.reasonNotToAct(tx, id, 'ticket:update');
      if (reason !== undefined) throw invalid('assignee_id', reason);
    }
  }
}

function rowOf(
  workflow: Workflow,
  { ticket, created_by, status = workflow.initial, past, at }: TicketCreation,
): TicketRow {
  if (past === undefined) assertTransition(workflow, workflow.initial, status);
  return {
    ...ticket,
    status,
    created_by,
    final: isFinal(workflow, status),
    version: 1,
    created_at: at,
    updated_at: at,
    ...past,
  };
}
