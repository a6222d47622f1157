import { z } from 'zod';
import { fields } from '../../config/fields.js';
import { contactSearch } from '../platform/validation/contact.search.js';
import { exampleOf, id, idInBody, moment, searchText, sentence, text } from '../platform/validation/text.js';
import { flag, listParameters, pageOf } from '../platform/pagination/page.js';

const username = text(fields.username);
const name = text(fields.name);
const phone = text(fields.phone).nullable();
const email = text(fields.email).nullable();
const roles = z
  .array(z.string().max(32))
  .max(20)
  .refine((names) => new Set(names).size === names.length, 'must not name a role twice')
  .overwrite((names) => [...names].sort())
  .meta({ description: 'Names of roles in config/permissions.json.', example: ['support'] });

const disabled = z
  .boolean()
  .meta({ description: 'May sign in, but only use the authentication section.', example: false });
const login_denied = z.boolean().meta({ description: 'Gets no token at all.', example: false });

/** Shape only: whether a password is strong enough depends on the profile (password.policy.ts). */
export const newPassword = z
  .string()
  .max(1_000, 'must be shorter')
  .meta({
    get description() {
      return sentence(fields.password.message);
    },
    format: 'password',
    get minLength() {
      return fields.password.min;
    },
    get maxLength() {
      return fields.password.max;
    },
    get example() {
      return fields.password.examples[0];
    },
  });

export const userSchema = z
  .object({
    id: idInBody,
    username: z.string().meta(exampleOf(fields.username)),
    first_name: z.string().meta({ example: 'Dora' }),
    last_name: z.string().meta({ example: 'Marsh' }),
    phone: z.string().nullable().meta(exampleOf(fields.phone)),
    email: z.string().nullable().meta(exampleOf(fields.email)),
    roles: z
      .array(z.string())
      .meta({ description: 'What they may do follows from these.', example: ['support'] }),
    disabled,
    login_denied,
    created_at: moment,
    updated_at: moment,
  })
  .meta({ id: 'User' });

const older = { description: 'Only while COMPAT is on, for clients of the ticket server.', deprecated: true };

/** One's own account; whoever serves an older API adds its spellings. */
export const meSchema = userSchema
  .extend({
    role: z
      .array(z.string())
      .optional()
      .meta({ ...older, example: ['support'] }),
    created: z
      .string()
      .optional()
      .meta({ ...older, example: '2026-11-22 09:30:00' }),
    updated: z
      .string()
      .nullable()
      .optional()
      .meta({ ...older, example: null }),
  })
  .meta({ id: 'Me' });

export const userPage = pageOf(userSchema, 'UserPage');

export const newUserSchema = z
  .strictObject({
    username,
    password: newPassword,
    first_name: name,
    last_name: name,
    phone: phone.default(null),
    email: email.default(null),
    roles,
    disabled: disabled.default(false),
    login_denied: login_denied.default(false),
  })
  .meta({
    id: 'NewUser',
    get example() {
      return {
        username: fields.username.examples[0],
        password: fields.password.examples[0],
        first_name: 'Dora',
        last_name: 'Marsh',
        email: fields.email.examples[0],
        roles: ['support'],
      };
    },
  });

export const userPatchSchema = z
  .strictObject({ username, first_name: name, last_name: name, phone, email, roles, disabled, login_denied })
  .partial()
  .meta({
    id: 'UserPatch',
    get example() {
      return { first_name: 'Sam', phone: fields.phone.examples[0] };
    },
  });

export const mePatchSchema = z
  .strictObject({ first_name: name, last_name: name, phone })
  .partial()
  .meta({
    id: 'MePatch',
    get example() {
      return { phone: fields.phone.examples[0] };
    },
  });

export const passwordSchema = z.strictObject({ password: newPassword }).meta({
  id: 'NewPassword',
  get example() {
    return { password: fields.password.examples[0] };
  },
});

export const passwordChangeSchema = z
  .strictObject({
    old_password: z.string().max(1_000).meta({ description: 'The present one.', format: 'password' }),
    password: newPassword,
  })
  .meta({
    id: 'PasswordChange',
    get example() {
      return { old_password: fields.password.examples[0], password: 'Battery-Staple-8' };
    },
  });

export const statusSchema = z
  .object({ status: z.enum(['ok', 'disabled']).meta({ example: 'ok' }) })
  .meta({ id: 'Status' });

export const userQuery = z.strictObject({
  ...listParameters(['id', 'username', 'last_name', 'created_at']),
  q: searchText(100).optional().meta({ description: 'Part of a username, name, e-mail or phone.' }),
  username: searchText(64, fields.username)
    .optional()
    .meta({ description: 'The whole username, in any case.' }),
  ...contactSearch,
  role: searchText(32).optional().meta({ description: 'Only users who have this role.' }),
  disabled: flag.optional().meta({ description: 'Only users who are disabled, or who are not.' }),
});

/** The example is the `support` of the first start: one may try changes on it and stay an admin. */
export const userId = id.meta({ description: 'Id of the user.', example: 3 });

export type NewUser = z.infer<typeof newUserSchema>;
/** A new user as it is sent, before defaults and normalisation. */
export type NewUserInput = z.input<typeof newUserSchema>;
export type PublicUser = z.infer<typeof userSchema>;
export type UserPatch = z.infer<typeof userPatchSchema>;
export type UserQuery = z.infer<typeof userQuery>;
