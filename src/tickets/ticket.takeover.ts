import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { operatorContext } from '../access/context.js';
import { readRow } from '../platform/bulk/bulk.import.js';
import {
  type CheckedRows,
  formerMoment,
  type FormerRow,
  versionAndTimes,
} from '../platform/bulk/former.rows.js';
import type { Queryable, Tx } from '../platform/database/database.js';
import { idInBody } from '../platform/validation/text.js';
import { TicketRepository } from './ticket.repository.js';
import { anyStatus } from './ticket.import.schema.js';
import { newTicketSchema } from './ticket.schemas.js';
import { type TicketCreation, TicketWrites } from './ticket.writes.js';

const { title, description } = newTicketSchema.shape;

const formerSchema = z.strictObject({
  id: idInBody,
  title,
  description,
  status: anyStatus,
  employee_id: idInBody,
  owner_id: idInBody,
  created: formerMoment,
  updated: formerMoment.optional(),
});

/** Whom the tickets may refer to: those who were taken over themselves. */
interface Known {
  users: ReadonlySet<number>;
  employees: ReadonlySet<number>;
}

/** Tickets of an older installation, with their ids. */
@Injectable()
export class TicketDataMigration {
  constructor(
    private readonly tickets: TicketRepository,
    private readonly writes: TicketWrites,
  ) {}

  isEmpty(db: Queryable): Promise<boolean> {
    return this.tickets.isEmpty(db);
  }

  check(rows: FormerRow[], known: Known): CheckedRows<TicketCreation> {
    const checked: CheckedRows<TicketCreation> = { good: [], bad: [] };
    for (const { id, values } of rows) {
      const read = readRow(formerSchema, { line: id, values: { ...values, id } });
      if ('error' in read) {
        checked.bad.push({ line: id, error: read.error });
        continue;
      }
      const { created, updated, owner_id, ...ticket } = read.data;
      if (!known.employees.has(ticket.employee_id)) {
        checked.bad.push({
          line: id,
          error: `employee_id: employee ${ticket.employee_id} is not there or was left out`,
        });
      } else if (!known.users.has(owner_id)) {
        checked.bad.push({
          line: id,
          error: `owner_id: user ${owner_id} is not there or was left out`,
        });
      } else {
        const { id: formerId, status, title, description, employee_id } = ticket;
        const times = versionAndTimes({ created, updated });
        checked.good.push({
          kind: 'create',
          ticket: newTicketSchema.parse({ title, description, employee_id }),
          status,
          created_by: owner_id,
          past: { id: formerId, ...times },
        });
      }
    }
    return checked;
  }

  async add(tx: Tx, command: string, tickets: TicketCreation[]): Promise<void> {
    await this.writes.apply(tx, operatorContext(command), tickets);
  }

  continueBehind(tx: Tx, highestId: number): Promise<void> {
    return this.tickets.continueBehind(tx, highestId);
  }
}
