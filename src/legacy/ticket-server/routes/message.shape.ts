import { z } from 'zod';

/** What the ticket server answered where there was nothing to show. */
export const legacyMessage = z
  .object({ message: z.string().meta({ example: 'Ticket deleted successfully' }) })
  .meta({ id: 'TicketServerMessage' });

export const message = (text: string): z.infer<typeof legacyMessage> => ({ message: text });
