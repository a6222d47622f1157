import { z } from 'zod';
import { filterShape, namesWith, shapeOf } from '../platform/fields/description.js';
import { listParameters, pageOf } from '../platform/pagination/page.js';
import { id, ruleOf, searchText, sentence } from '../platform/validation/text.js';
import { USER_FIELDS } from './user.fields.js';

/** Shape only: whether a password is strong enough depends on the profile (password.policy.ts). */
export const newPassword = z
  .string()
  .max(1_000, 'must be shorter')
  .meta({
    get description() {
      return sentence(ruleOf('password').message);
    },
    format: 'password',
    get minLength() {
      return ruleOf('password').min;
    },
    get maxLength() {
      return ruleOf('password').max;
    },
    get example() {
      return ruleOf('password').examples[0];
    },
  });

export const userSchema = z.object(shapeOf(USER_FIELDS, 'shown')).meta({ id: 'User' });

const legacy = {
  description: 'Only while COMPAT is on, for clients of the ticket server.',
  deprecated: true,
};

/** One's own account; whoever serves a legacy API adds its spellings. */
export const meSchema = userSchema
  .extend({
    role: z
      .array(z.string())
      .optional()
      .meta({ ...legacy, example: ['support'] }),
    created: z
      .string()
      .optional()
      .meta({ ...legacy, example: '2026-11-22 09:30:00' }),
    updated: z
      .string()
      .nullable()
      .optional()
      .meta({ ...legacy, example: null }),
  })
  .meta({ id: 'Me' });

export const userPage = pageOf(userSchema, 'UserPage');

export const newUserSchema = z
  .strictObject({ ...shapeOf(USER_FIELDS, 'created'), password: newPassword })
  .meta({
    id: 'NewUser',
    get example() {
      return {
        username: ruleOf('username').examples[0],
        password: ruleOf('password').examples[0],
        first_name: 'Dora',
        last_name: 'Marsh',
        email: ruleOf('email').examples[0],
        roles: ['support'],
      };
    },
  });

export const userPatchSchema = z
  .strictObject(shapeOf(USER_FIELDS, 'patched'))
  .partial()
  .meta({
    id: 'UserPatch',
    get example() {
      return { first_name: 'Sam', phone: ruleOf('phone').examples[0] };
    },
  });

export const mePatchSchema = userPatchSchema.pick({ first_name: true, last_name: true, phone: true }).meta({
  id: 'MePatch',
  get example() {
    return { phone: ruleOf('phone').examples[0] };
  },
});

export const passwordSchema = z.strictObject({ password: newPassword }).meta({
  id: 'NewPassword',
  get example() {
    return { password: ruleOf('password').examples[0] };
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
      return { old_password: ruleOf('password').examples[0], password: 'Battery-Staple-8' };
    },
  });

export const statusSchema = z
  .object({ status: z.enum(['ok', 'disabled']).meta({ example: 'ok' }) })
  .meta({ id: 'Status' });

export const userQuery = z.strictObject({
  ...listParameters(namesWith(USER_FIELDS, ({ sorts }) => sorts === true)),
  q: searchText(100).optional().meta({ description: 'Part of a username, name, e-mail or phone.' }),
  ...filterShape(USER_FIELDS),
});

/** The example is the `support` of the first start: one may try changes on it and stay an admin. */
export const userId = id.meta({ description: 'Id of the user.', example: 3 });

export type NewUser = z.infer<typeof newUserSchema>;
/** A new user as it is sent, before defaults and normalisation. */
export type NewUserInput = z.input<typeof newUserSchema>;
export type PublicUser = z.infer<typeof userSchema>;
export type UserPatch = z.infer<typeof userPatchSchema>;
export type UserQuery = z.infer<typeof userQuery>;
