import { z } from 'zod';
import { fields } from '../../config/fields.js';
import { exampleOf, id, idInBody, moment, text, uuid } from '../platform/validation/text.js';
import { listParameters, momentParameter, pageOf } from '../platform/pagination/page.js';
import { workflow } from './ticket.workflow.js';

/** One of the names that the workflow has now, which a reload may change. */
function oneOf(names: () => string[], example: () => string) {
  const error = (): string => `must be one of ${names().join(', ')}`;
  return z
    .string({ error })
    .refine((name) => names().includes(name), { error })
    .meta({
      get enum() {
        return names();
      },
      get example() {
        return example();
      },
    });
}

const initial = () => workflow.initial;
const defaultPriority = () => workflow.default_priority;

const statusName = oneOf(() => Object.keys(workflow.statuses), initial);
const priority = oneOf(() => workflow.priorities, defaultPriority);

const title = text(fields.title);
const description = text(fields.description, 'many');

const requester = idInBody.meta({ description: 'The employee who needs help: the requester.' });
const assignee = idInBody.nullable().meta({ description: 'The user who works on it.', example: null });
const space = uuid.nullable().meta({ description: 'The space that it is about.', example: null });

export const ticketSchema = z
  .object({
    id: idInBody,
    title: z.string().meta(exampleOf(fields.title)),
    description: z.string().meta(exampleOf(fields.description)),
    status: z.string().meta({
      get example() {
        return initial();
      },
    }),
    priority: z.string().meta({
      get example() {
        return defaultPriority();
      },
    }),
    employee_id: requester,
    created_by: idInBody.meta({ description: 'The user who opened it.' }),
    assignee_id: assignee,
    space_id: space,
    created_at: moment,
    updated_at: moment,
    resolved_at: moment
      .nullable()
      .meta({ description: 'Since when its status is a final one.', example: null }),
  })
  .meta({ id: 'Ticket' });

export const ticketPage = pageOf(ticketSchema, 'TicketPage');

export const newTicketSchema = z
  .strictObject({
    title,
    description: description.default(''),
    priority: priority.default(defaultPriority),
    employee_id: requester,
    assignee_id: assignee.default(null),
    space_id: space.default(null),
  })
  .meta({
    id: 'NewTicket',
    get example() {
      return { title: fields.title.examples[0], description: fields.description.examples[0], employee_id: 1 };
    },
  });

export const ticketPatchSchema = z
  .strictObject({
    title,
    description,
    status: statusName,
    priority,
    employee_id: requester,
    assignee_id: assignee,
    space_id: space,
  })
  .partial()
  .meta({ id: 'TicketPatch', example: { status: 'open', priority: 'high' } });

const person = z
  .union([z.enum(['me', 'none']), id], { error: 'must be an id, `me` or `none`' })
  .meta({ type: 'string', anyOf: undefined, pattern: '^(me|none|[1-9][0-9]{0,14})$' });

export const ticketQuery = z.strictObject({
  ...listParameters(['id', 'created_at', 'updated_at']),
  status: statusName.optional().meta({ description: 'Only tickets in this status.' }),
  priority: priority.optional().meta({ description: 'Only tickets of this priority.' }),
  employee_id: id.optional().meta({ description: 'Only tickets of this requester.' }),
  created_by: person.optional().meta({ description: 'Who opened it: an id, `me` or `none`.' }),
  assignee: person.optional().meta({ description: 'Who works on it: an id, `me` or `none`.' }),
  space_id: uuid.optional().meta({ description: 'Only tickets about this space.' }),
  created_from: momentParameter
    .optional()
    .meta({ description: 'Opened at this time or later, such as `2026-11-22T09:30:00Z`.' }),
  created_to: momentParameter.optional().meta({ description: 'Opened before this time.' }),
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
    after: changed.meta({ description: 'The changed fields as they became.', example: { status: 'open' } }),
  })
  .meta({ id: 'TicketHistoryEntry' });

export const historyPage = pageOf(historyEntry, 'TicketHistoryPage');

export const ticketId = id.meta({ description: 'Id of the ticket.' });

export const ticketsOfEmployeeId = id.meta({ description: 'Id of the employee.' });

export type NewTicket = z.infer<typeof newTicketSchema>;
export type TicketPatch = z.infer<typeof ticketPatchSchema>;
export type TicketQuery = z.infer<typeof ticketQuery>;
