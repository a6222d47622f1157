import { Injectable } from '@nestjs/common';
import { operatorContext } from '../access/context.js';
import { type BatchEntry, writeAuditBatch } from '../access/audit/audit.batch.js';
import { sourceOf } from '../access/audit/audit.js';
import type { Tx } from '../platform/database/database.js';
import { TicketBulkRepository } from './ticket.bulk.repository.js';
import type { Ticket } from './ticket.entity.js';
import { isFinal, workflow } from './ticket.workflow.js';

/** Whoever did something, as the history names them. */
export interface Person {
  id: number;
  username: string;
}

type Change = Partial<Pick<Ticket, 'status' | 'priority' | 'assignee_id'>>;

/** A ticket and what became of it, each step by somebody at some time, in order. */
export interface SeedTicket {
  opened: Pick<Ticket, 'title' | 'description' | 'priority' | 'employee_id'> & { at: string; by: Person };
  steps: { at: string; by: Person; change: Change }[];
}

type Told = { ticket: Omit<Ticket, 'id'> & { final: boolean }; entries: Omit<BatchEntry, 'subject_id'>[] };

const byWhom = (by: Person) => ({ by, subject_type: 'ticket' });

/** What the ticket is after its last step, and the entries of its history. */
function tell({ opened, steps }: SeedTicket): Told {
  const { at, by, ...fields } = opened;
  const ticket: Told['ticket'] = {
    ...fields,
    status: workflow.initial,
    created_by: by.id,
    assignee_id: null,
    space_id: null,
    due_at: null,
    version: 1,
    created_at: at,
    updated_at: at,
    resolved_at: null,
    final: false,
  };
  const after = { ...fields, status: workflow.initial, assignee_id: null };
  const entries: Told['entries'] = [{ ...byWhom(by), at, action: 'ticket.create', after }];
  for (const step of steps) {
    const before: Change = {};
    for (const key of Object.keys(step.change) as (keyof Change)[])
      Object.assign(before, { [key]: ticket[key] });
    Object.assign(ticket, step.change, { updated_at: step.at, version: ticket.version + 1 });
    const final = isFinal(workflow, ticket.status);
    if (final !== ticket.final) Object.assign(ticket, { final, resolved_at: final ? step.at : null });
    entries.push({ ...byWhom(step.by), at: step.at, action: 'ticket.update', before, after: step.change });
  }
  return { ticket, entries };
}

/** Tickets with a past, for an installation that is to look lived in. */
@Injectable()
export class TicketSeedData {
  constructor(private readonly tickets: TicketBulkRepository) {}

  async add(tx: Tx, command: string, stories: SeedTicket[]): Promise<void> {
    const told = stories.map(tell);
    const ids = await this.tickets.insert(
      tx,
      told.map(({ ticket }) => ({ ...ticket, resolved_at: ticket.resolved_at ?? undefined })),
    );
    const entries = told.flatMap(({ entries: own }, index) =>
      own.map((entry): BatchEntry => ({ ...entry, subject_id: ids[index] as number })),
    );
    await writeAuditBatch(tx, sourceOf(operatorContext(command)), entries);
  }
}
