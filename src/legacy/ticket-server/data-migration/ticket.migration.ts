import { z } from 'zod';
import { readRow } from '../../../platform/bulk/bulk.import.js';
import { shapeOf } from '../../../platform/fields/description.js';
import { idInBody } from '../../../platform/validation/text.js';
import { TICKET_FIELDS } from '../../../tickets/ticket.fields.js';
import { anyStatus } from '../../../tickets/ticket.import.schema.js';
import type { TicketCreation } from '../../../tickets/ticket.writes.js';
import { type CheckedRows, type MigratedRow, sourceTime, versionAndTimes } from './migrated.rows.js';

const newTicket = z.strictObject(shapeOf(TICKET_FIELDS, 'created'));

const rowSchema = z.strictObject({
  ...newTicket.pick({ title: true, description: true }).shape,
  id: idInBody,
  status: anyStatus,
  employee_id: idInBody,
  owner_id: idInBody,
  created: sourceTime,
  updated: sourceTime.optional(),
});

/** Whom the tickets may refer to: those who were migrated themselves. */
export interface Known {
  users: ReadonlySet<number>;
  employees: ReadonlySet<number>;
}

export function checkTickets(rows: MigratedRow[], known: Known): CheckedRows<TicketCreation> {
  const checked: CheckedRows<TicketCreation> = { good: [], bad: [] };
  for (const { id, values } of rows) {
    const read = readRow(rowSchema, { line: id, values: { ...values, id } });
    if ('error' in read) {
      checked.bad.push({ line: id, error: read.error });
      continue;
    }
    const { id: formerId, created, updated, owner_id, status, ...ticket } = read.data;
    if (!known.employees.has(ticket.employee_id)) {
      const error = `employee_id: employee ${ticket.employee_id} is not there or was left out`;
      checked.bad.push({ line: id, error });
    } else if (!known.users.has(owner_id)) {
      checked.bad.push({ line: id, error: `owner_id: user ${owner_id} is not there or was left out` });
    } else {
      checked.good.push({
        kind: 'create',
        ticket: newTicket.parse(ticket),
        status,
        created_by: owner_id,
        past: { id: formerId, ...versionAndTimes({ created, updated }) },
      });
    }
  }
  return checked;
}
