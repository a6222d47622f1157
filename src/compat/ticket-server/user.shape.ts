import { z } from 'zod';
import { idInBody } from '../../platform/http/text.js';
import type { User } from '../../users/user.entity.js';
import { stampsOf } from './stamp.js';

/** A user as the ticket server showed one; the order of the keys is its own. */
export const olderUser = z
  .object({
    username: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    phone: z.string(),
    email: z.string(),
    role: z.array(z.string()),
    disabled: z.boolean(),
    login_denied: z.boolean(),
    id: idInBody,
    created: z.string(),
    updated: z.string().nullable(),
  })
  .meta({ id: 'TicketServerUser' });

type UserRow = Omit<User, 'password_hash'>;

export const olderRole = (roles: readonly string[]): string[] => [...new Set(roles)].sort();

export const olderUserOf = (user: UserRow): z.infer<typeof olderUser> => ({
  username: user.username,
  first_name: user.first_name,
  last_name: user.last_name,
  phone: user.phone ?? '',
  email: user.email ?? '',
  role: olderRole(user.roles),
  disabled: user.disabled,
  login_denied: user.login_denied,
  id: user.id,
  ...stampsOf(user),
});
