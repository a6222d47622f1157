import { z } from 'zod';
import { task } from '../../platform/jobs/task.js';
import { uuid } from '../../platform/validation/text.js';

/**
 * Makes the ticket about a space what it should be: open for an alert of its being full, resolved when it is free.
 * `alert_id` is the alert that asks for a ticket; null when the space became free.
 */
export const spaceTicketTask = task(
  'spaces.ticket',
  z.object({ space_id: uuid, alert_id: z.int().nullable() }),
);
