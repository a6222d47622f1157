import { Injectable } from '@nestjs/common';
import { operatorContext } from '../access/context.js';
import type { Tx } from '../platform/database/database.js';
import type { Ticket } from './ticket.entity.js';
import type { NewTicket } from './ticket.schemas.js';
import { type TicketUpdate, TicketWrites } from './ticket.writes.js';

/** Whoever did something, as the history names them. */
export interface Person {
  id: number;
  username: string;
}

type Change = Partial<Pick<Ticket, 'status' | 'priority' | 'assignee_id' | 'due_at'>>;

/** A ticket and what became of it, each step by somebody at some time, in order. */
export interface SeedTicket {
  opened: Pick<NewTicket, 'title' | 'description' | 'priority' | 'employee_id' | 'due_at'> & {
    at: string;
    by: Person;
  };
  steps: { at: string; by: Person; change: Change }[];
}

/** Tickets with a past, for an installation that is to look lived in. */
@Injectable()
export class TicketSeedData {
  constructor(private readonly writes: TicketWrites) {}

  /** Opens them all, then makes the first change of each, then the second: a statement for each round. */
  async add(tx: Tx, command: string, seeds: SeedTicket[]): Promise<void> {
    const context = operatorContext(command);
    const tickets = await this.writes.apply(
      tx,
      context,
      seeds.map(({ opened: { at, by, ...fields } }) => ({
        kind: 'create',
        ticket: { ...fields, assignee_id: null, space_id: null },
        created_by: by.id,
        at,
        by,
      })),
    );
    const longest = Math.max(0, ...seeds.map(({ steps }) => steps.length));
    for (let round = 0; round < longest; round += 1) {
      const updates = seeds.flatMap(({ steps }, index): TicketUpdate[] => {
        const [step, ticket] = [steps[round], tickets[index]];
        if (step === undefined || ticket === undefined) return [];
        return [{ kind: 'update', id: ticket.id, patch: step.change, at: step.at, by: step.by }];
      });
      await this.writes.apply(tx, context, updates);
    }
  }
}
