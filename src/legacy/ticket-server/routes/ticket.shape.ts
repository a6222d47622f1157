import { z } from 'zod';
import { idInBody } from '../../../platform/validation/text.js';
import type { Ticket } from '../../../tickets/ticket.entity.js';
import { settings } from '../../../platform/settings/settings.js';
import { stampsOf } from './stamp.js';

/** A ticket as the ticket server showed one; the order of the keys is its own. */
export const legacyTicket = z
  .object({
    title: z.string().meta({ example: 'Laptop does not start' }),
    description: z.string().meta({ example: 'The screen stays black after the login.' }),
    status: z.string().meta({ example: 'New' }),
    id: idInBody,
    created: z.string().meta({ example: '2026-11-22 09:30:00' }),
    updated: z.string().nullable().meta({ example: '2026-11-22 09:45:00' }),
    owner_id: idInBody,
    employee_id: idInBody,
  })
  .meta({ id: 'TicketServerTicket' });

export type LegacyTicket = z.infer<typeof legacyTicket>;

/** The columns that the ticket server shows, beside the version that tells whether there was a change. */
export type TicketRow = Pick<
  Ticket,
  | 'id'
  | 'title'
  | 'description'
  | 'status'
  | 'created_by'
  | 'employee_id'
  | 'version'
  | 'created_at'
  | 'updated_at'
>;

export const legacyTicketOf = (ticket: TicketRow): LegacyTicket => ({
  title: ticket.title,
  description: ticket.description,
  status: settings.current.workflow.statuses[ticket.status]?.label ?? ticket.status,
  id: ticket.id,
  ...stampsOf(ticket),
  owner_id: ticket.created_by,
  employee_id: ticket.employee_id,
});
