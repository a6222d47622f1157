import { z } from 'zod';
import { task } from '../../platform/jobs/task.js';
import { uuid } from '../../platform/validation/text.js';

/**
 * Opens the ticket of a space for an alert of level `full`, and resolves it once the space is free.
 * `alert_id` is the alert that asks for a ticket; null when the space became free.
 */
export const spaceTicketTask = task(
  'spaces.ticket',
  z.object({ space_id: uuid, alert_id: z.int().nullable() }),
);
