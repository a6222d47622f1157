import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { operatorContext } from '../access/context.js';
import { writeAuditBatch } from '../access/audit/audit.batch.js';
import { sourceOf } from '../access/audit/audit.js';
import { readRow } from '../platform/bulk/bulk.import.js';
import {
  type CheckedRows,
  formerMoment,
  type FormerRow,
  versionAndTimes,
} from '../platform/bulk/former.rows.js';
import type { Queryable, Tx } from '../platform/database/database.js';
import { idInBody } from '../platform/validation/text.js';
import { type BulkTicket, TicketBulkRepository } from './ticket.bulk.repository.js';
import { anyStatus } from './ticket.import.schema.js';
import { newTicketSchema } from './ticket.schemas.js';
import { isFinal, workflow } from './ticket.workflow.js';

type FormerTicket = BulkTicket & { id: number };

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
  constructor(private readonly tickets: TicketBulkRepository) {}

  isEmpty(db: Queryable): Promise<boolean> {
    return this.tickets.isEmpty(db);
  }

  check(rows: FormerRow[], known: Known): CheckedRows<FormerTicket> {
    const checked: CheckedRows<FormerTicket> = { good: [], bad: [] };
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
        const final = isFinal(workflow, ticket.status);
        const times = versionAndTimes({ created, updated });
        checked.good.push({
          ...ticket,
          created_by: owner_id,
          ...times,
          final,
          priority: workflow.default_priority,
          assignee_id: null,
          space_id: null,
        });
      }
    }
    return checked;
  }

  async add(tx: Tx, command: string, tickets: FormerTicket[]): Promise<void> {
    await this.tickets.insertFormer(tx, tickets);
    const entries = tickets.map(({ version: _, final: __, ...after }) => ({
      action: 'ticket.create',
      subject_type: 'ticket',
      subject_id: after.id,
      after,
    }));
    await writeAuditBatch(tx, sourceOf(operatorContext(command)), entries);
  }

  continueBehind(tx: Tx, highestId: number): Promise<void> {
    return this.tickets.continueBehind(tx, highestId);
  }
}
