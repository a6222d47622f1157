import { z } from 'zod';
import { id, idInBody, searchText } from '../platform/validation/text.js';
import { shapeOf } from '../platform/fields/description.js';
import { settings } from '../platform/settings/settings.js';
import { TICKET_FIELDS } from './ticket.fields.js';
import { isFinal, statusNamed } from './ticket.workflow.js';

const labels = (): string[] => Object.values(settings.current.workflow.statuses).map(({ label }) => label);

/** A status by its name or its label. */
export const anyStatus = z
  .string()
  .transform((name, context) => {
    const status = statusNamed(settings.current.workflow, name);
    if (status === undefined)
      context.addIssue({ code: 'custom', message: `must be one of ${labels().join(', ')}` });
    return status ?? name;
  })
  .default(() => settings.current.workflow.initial);

/** A line of an import: the fields of a ticket, people by their names, and what else an export tells. */
export const ticketRowSchema = z
  .strictObject({
    ...shapeOf(TICKET_FIELDS, 'imported'),
    status: anyStatus,
    employee: searchText(254, 'email').optional(),
    employee_id: z.union([id, idInBody], { error: 'must be a positive whole number' }).optional(),
    created_by_username: searchText(64, 'username').optional(),
    assignee: searchText(64, 'username').optional(),
  })
  .superRefine(({ employee, employee_id, status, created_at, updated_at, resolved_at }, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (employee === undefined && employee_id === undefined) refuse('employee', 'is missing');
    if (resolved_at !== undefined && !isFinal(settings.current.workflow, status))
      refuse('resolved_at', `is only for a final status, not for ${status}`);
    for (const [field, time] of Object.entries({ updated_at, resolved_at })) {
      if (time === undefined) continue;
      if (created_at === undefined) refuse(field, 'needs created_at beside it');
      else if (Date.parse(time) < Date.parse(created_at)) refuse(field, 'lies before created_at');
    }
  });

export type TicketRow = z.infer<typeof ticketRowSchema>;
