import { z } from 'zod';
import { ruleOf, text } from '../../../platform/validation/text.js';
import { blankable } from './blank.js';
import { legacyText } from './parameters.js';
import { legacyRole } from './user.shape.js';

const username = text('username');
const role = z
  .array(z.string())
  .transform(legacyRole)
  .meta({ description: 'Names of roles.', example: ['support'] });

/** Whether it is strong enough is decided where it is set. */
const password = z.string().meta({
  get description() {
    return `The new password: ${ruleOf('password').message}.`;
  },
  format: 'password',
  get example() {
    return ruleOf('password').examples[0];
  },
});

const disabled = z.boolean().meta({ description: 'May sign in, and do nothing else.', example: false });
const login_denied = z.boolean().meta({ description: 'Gets no token.', example: false });

const example = () => ({
  username: ruleOf('username').examples[0],
  first_name: 'Dora',
  last_name: 'Marsh',
  phone: ruleOf('phone').examples[0],
  email: ruleOf('email').examples[0],
  role: ['support'],
});

const contacts = {
  first_name: text('name'),
  last_name: text('name'),
  phone: blankable('phone'),
  email: blankable('email'),
};

export const newLegacyUser = z
  .object({
    username,
    ...contacts,
    phone: contacts.phone.default(null),
    email: contacts.email.default(null),
    role,
    disabled: disabled.default(false),
    login_denied: login_denied.default(false),
    password,
  })
  .meta({
    id: 'TicketServerNewUser',
    get example() {
      return { ...example(), password: ruleOf('password').examples[0] };
    },
  });

export const wholeLegacyUser = z
  .object({
    username,
    ...contacts,
    role,
    disabled: disabled.optional(),
    login_denied: login_denied.optional(),
  })
  .meta({
    id: 'TicketServerWholeUser',
    get example() {
      return example();
    },
  });

export const legacyContacts = z.object(contacts).meta({
  id: 'TicketServerContacts',
  example: { first_name: 'Sam', last_name: 'Reed', phone: '', email: 'sam.reed@example.org' },
});
export const legacyPassword = z.object({ password }).meta({
  id: 'TicketServerPassword',
  get example() {
    return { password: ruleOf('password').examples[0] };
  },
});
export const legacyUsername = z
  .object({ username })
  .meta({ id: 'TicketServerUsername', example: { username: 'sam.reed' } });
export const legacyRoles = z
  .object({ role })
  .meta({ id: 'TicketServerRole', example: { role: ['support'] } });
export const legacyDisabled = z
  .object({ disabled })
  .meta({ id: 'TicketServerDisabled', example: { disabled: false } });
export const legacyLoginDenied = z
  .object({ login_denied })
  .meta({ id: 'TicketServerLoginDenied', example: { login_denied: false } });

export const pathUsername = legacyText.meta({
  description: 'The username, in any case.',
  example: 'support',
});
export const pathPhone = legacyText.meta({
  description: 'The phone number.',
  get example() {
    return ruleOf('phone').examples[0];
  },
});
export const pathEmail = legacyText.meta({
  description: 'The e-mail address, in any case.',
  get example() {
    return ruleOf('email').examples[0];
  },
});

export type NewLegacyUser = z.infer<typeof newLegacyUser>;
export type WholeLegacyUser = z.infer<typeof wholeLegacyUser>;
export type LegacyContacts = z.infer<typeof legacyContacts>;
