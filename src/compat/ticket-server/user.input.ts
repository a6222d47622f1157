import { z } from 'zod';
import { fields } from '../../../config/fields.js';
import { text } from '../../platform/http/text.js';
import { blankable } from './blank.js';
import { olderRole } from './user.shape.js';

const username = text(fields.username);
const role = z
  .array(z.string())
  .transform(olderRole)
  .meta({ example: ['support'] });

/** Whether it is strong enough is decided where it is set. */
const password = z.string().meta({ format: 'password', example: fields.password.examples[0] });

const contacts = {
  first_name: text(fields.name),
  last_name: text(fields.name),
  phone: blankable(fields.phone),
  email: blankable(fields.email),
};

export const newOlderUser = z
  .object({
    username,
    ...contacts,
    phone: contacts.phone.default(null),
    email: contacts.email.default(null),
    role,
    disabled: z.boolean().default(false),
    login_denied: z.boolean().default(false),
    password,
  })
  .meta({ id: 'TicketServerNewUser' });

export const wholeOlderUser = z
  .object({
    username,
    ...contacts,
    role,
    disabled: z.boolean().optional(),
    login_denied: z.boolean().optional(),
  })
  .meta({ id: 'TicketServerWholeUser' });

export const olderContacts = z.object(contacts).meta({ id: 'TicketServerContacts' });
export const olderPassword = z.object({ password }).meta({ id: 'TicketServerPassword' });
export const olderUsername = z.object({ username }).meta({ id: 'TicketServerUsername' });
export const olderRoles = z.object({ role }).meta({ id: 'TicketServerRole' });
export const olderDisabled = z.object({ disabled: z.boolean() }).meta({ id: 'TicketServerDisabled' });
export const olderLoginDenied = z
  .object({ login_denied: z.boolean() })
  .meta({ id: 'TicketServerLoginDenied' });

export type NewOlderUser = z.infer<typeof newOlderUser>;
export type WholeOlderUser = z.infer<typeof wholeOlderUser>;
export type OlderContacts = z.infer<typeof olderContacts>;
