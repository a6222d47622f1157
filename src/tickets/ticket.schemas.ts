import { z } from 'zod';
import { fields } from '../../config/fields.js';
import { id, idInBody, moment, text } from '../platform/http/text.js';
import { listParameters, momentParameter, pageOf } from '../platform/pagination/page.js';
import { workflow } from './ticket.workflow.js';

const statusName = z
  .enum(Object.keys(workflow.statuses), { error: `must be one of ${Object.keys(workflow.statuses).join(', ')}` })
  .meta({ example: workflow.initial });
const priority = z
  .enum(workflow.priorities, { error: `must be one of ${workflow.priorities.join(', ')}` })
  .meta({ example: workflow.default_priority });

const title = text(fields.title);
const description = text(fields.description, 'many');

export const ticketSchema = z
  .object({
    id: idInBody,
    title: z.string().meta({ example: fields.title.examples[0] }),
    description: z.string().meta({ example: fields.description.examples[0] }),
    status: z.string().meta({ example: workflow.initial }),
    priority: z.string().meta({ example: workflow.default_priority }),
    employee_id: idInBody.meta({ description: 'The requester.' }),
    owner_id: idInBody.meta({ description: 'The user who opened it.' }),
    assignee_id: idInBody.nullable().meta({ description: 'The user who works on it.', example: null }),
    created_at: moment,
    updated_at: moment,
    resolved_at: moment.nullable().meta({ description: 'Since when its status is a final one.', example: null }),
  })
  .meta({ id: 'Ticket' });

export const ticketPage = pageOf(ticketSchema, 'TicketPage');

export const newTicketSchema = z
  .strictObject({
    title,
    description: description.default(''),
    priority: priority.default(workflow.default_priority),
    employee_id: idInBody,
    assignee_id: idInBody.nullable().default(null),
  })
  .meta({
    id: 'NewTicket',
    example: { title: fields.title.examples[0], description: fields.description.examples[0], employee_id: 1 },
  });

export const ticketPatchSchema = z
  .strictObject({ title, description, status: statusName, priority, employee_id: idInBody, assignee_id: idInBody.nullable() })
  .partial()
  .meta({ id: 'TicketPatch', example: { status: 'open', priority: 'high' } });

const person = z
  .union([z.enum(['me', 'none']), id], { error: 'must be an id, `me` or `none`' })
  .meta({ type: 'string', anyOf: undefined, description: 'An id, `me` or `none`.', example: 'me' });

export const ticketQuery = z
  .strictObject({
    ...listParameters(['id', 'created_at', 'updated_at']),
    status: statusName.optional(),
    priority: priority.optional(),
    employee_id: id.optional(),
    owner: person.optional(),
    assignee: person.optional(),
    created_from: momentParameter.optional().meta({ description: 'Opened at this time or later.' }),
    created_to: momentParameter.optional().meta({ description: 'Opened before this time.' }),
  })
  .meta({ id: 'TicketQuery' });

export const ticketsOfEmployeeQuery = ticketQuery.omit({ employee_id: true }).meta({ id: 'EmployeeTicketQuery' });

export const historyQuery = z
  .strictObject({ limit: listParameters(['id']).limit, cursor: listParameters(['id']).cursor })
  .meta({ id: 'TicketHistoryQuery' });

const changed = z.record(z.string(), z.unknown()).nullable();

export const historyEntry = z
  .object({
    id: idInBody,
    at: moment,
    action: z.string().meta({ example: 'ticket.update' }),
    actor_id: idInBody.nullable().meta({ description: 'null for an operator at the command line.' }),
    actor_username: z.string().nullable().meta({ example: 'support' }),
    before: changed.meta({ description: 'The changed fields as they were; null for the opening.', example: { status: 'new' } }),
    after: changed.meta({ description: 'The changed fields as they became.', example: { status: 'open' } }),
  })
  .meta({ id: 'TicketHistoryEntry' });

export const historyPage = pageOf(historyEntry, 'TicketHistoryPage');

export const ticketId = id;

export type NewTicket = z.infer<typeof newTicketSchema>;
export type TicketPatch = z.infer<typeof ticketPatchSchema>;
export type TicketQuery = z.infer<typeof ticketQuery>;
