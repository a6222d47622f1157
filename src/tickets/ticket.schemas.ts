import { z } from 'zod';
import { filterShape, namesWith, shapeOf } from '../platform/fields/description.js';
import { listParameters, pageOf } from '../platform/pagination/page.js';
import { id, idInBody, moment, ruleOf } from '../platform/validation/text.js';
import { TICKET_FIELDS } from './ticket.fields.js';

export const ticketSchema = z.object(shapeOf(TICKET_FIELDS, 'shown')).meta({ id: 'Ticket' });

export const ticketPage = pageOf(ticketSchema, 'TicketPage');

export const newTicketSchema = z.strictObject(shapeOf(TICKET_FIELDS, 'created')).meta({
  id: 'NewTicket',
  get example() {
    return {
      title: ruleOf('title').examples[0],
      description: ruleOf('description').examples[0],
      employee_id: 1,
    };
  },
});

export const ticketPatchSchema = z
  .strictObject(shapeOf(TICKET_FIELDS, 'patched'))
  .partial()
  .meta({ id: 'TicketPatch', example: { status: 'open', priority: 'high' } });

export const ticketQuery = z.strictObject({
  ...listParameters(namesWith(TICKET_FIELDS, ({ sorts }) => sorts === true)),
  ...filterShape(TICKET_FIELDS),
});

export const ticketsOfEmployeeQuery = ticketQuery.omit({ employee_id: true });

export const historyQuery = z.strictObject({
  limit: listParameters(['id']).limit,
  cursor: listParameters(['id']).cursor,
});

const changed = z.record(z.string(), z.unknown()).nullable();

export const historyEntry = z
  .object({
    id: idInBody,
    at: moment,
    action: z.string().meta({ example: 'ticket.update' }),
    actor_id: idInBody.nullable().meta({
      description: 'null for an operator at the command line, and for what Frontdesk does by itself.',
      example: 3,
    }),
    actor_username: z.string().nullable().meta({ example: 'support' }),
    before: changed.meta({
      description: 'The changed fields as they were; null for the opening.',
      example: { status: 'new' },
    }),
    after: changed.meta({
      description: 'The changed fields as they became; of the opening without the description.',
      example: { status: 'open' },
    }),
  })
  .meta({ id: 'TicketHistoryEntry' });

export const historyPage = pageOf(historyEntry, 'TicketHistoryPage');

export const ticketId = id.meta({ description: 'Id of the ticket.' });

export const ticketsOfEmployeeId = id.meta({ description: 'Id of the employee.' });

export type NewTicket = z.infer<typeof newTicketSchema>;
export type TicketPatch = z.infer<typeof ticketPatchSchema>;
export type TicketQuery = z.infer<typeof ticketQuery>;
