import { z } from 'zod';
import { idInBody } from '../../../platform/validation/text.js';
import type { User } from '../../../users/user.entity.js';
import { stampsOf } from './stamp.js';

/** A user as the ticket server showed one; the order of the keys is its own. */
export const legacyUser = z
  .object({
    username: z.string().meta({ example: 'dora.marsh' }),
    first_name: z.string().meta({ example: 'Dora' }),
    last_name: z.string().meta({ example: 'Marsh' }),
    phone: z.string().meta({ example: '+442079460958' }),
    email: z.string().meta({ example: 'dora.marsh@example.org' }),
    role: z.array(z.string()).meta({ example: ['support'] }),
    disabled: z.boolean().meta({ example: false }),
    login_denied: z.boolean().meta({ example: false }),
    id: idInBody,
    created: z.string().meta({ example: '2026-11-22 09:30:00' }),
    updated: z.string().nullable().meta({ example: '2026-11-22 09:45:00' }),
  })
  .meta({ id: 'TicketServerUser' });

export const legacyRole = (roles: readonly string[]): string[] => [...new Set(roles)].sort();

export const legacyUserOf = (user: User): z.infer<typeof legacyUser> => ({
  username: user.username,
  first_name: user.first_name,
  last_name: user.last_name,
  phone: user.phone ?? '',
  email: user.email ?? '',
  role: legacyRole(user.roles),
  disabled: user.disabled,
  login_denied: user.login_denied,
  id: user.id,
  ...stampsOf(user),
});
