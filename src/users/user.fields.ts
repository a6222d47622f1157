import { z } from 'zod';
import { setValuesApart } from '../access/audit/audit.values.js';
import { type Fields, namesWith } from '../platform/fields/description.js';
import { contactFilters, equals, equalsInAnyCase } from '../platform/fields/filters.js';
import { flag } from '../platform/pagination/page.js';
import { where } from '../platform/pagination/page.reading.js';
import { exampleOf, idInBody, moment, searchText, text } from '../platform/validation/text.js';

const username = text('username');
const name = text('name');
const phone = text('phone').nullable();
const email = text('email').nullable();
const roles = z
  .array(z.string().max(32))
  .max(20)
  .refine((names) => new Set(names).size === names.length, 'must not name a role twice')
  .overwrite((names) => [...names].sort())
  .meta({ description: 'Names of roles in config/permissions.json.', example: ['support'] });

const disabled = z
  .boolean()
  .meta({ description: 'May sign in, but only use the authentication section.', example: false });
const loginDenied = z.boolean().meta({ description: 'Gets no token at all.', example: false });

/** A field that is new to users is a migration, its line here, and its tests. */
export const USER_FIELDS = {
  id: { type: 'bigint', shown: idInBody, sorts: true },
  username: {
    type: 'text',
    shown: z.string().meta(exampleOf('username')),
    created: username,
    patched: username,
    needs: 'user:update_username',
    sorts: true,
    filters: {
      username: equalsInAnyCase('username', searchText(64, 'username'), 'The whole username, in any case.'),
    },
  },
  first_name: {
    type: 'text',
    shown: z.string().meta({ example: 'Dora' }),
    created: name,
    patched: name,
    needs: 'user:update_contacts',
    apart: 'personal',
  },
  last_name: {
    type: 'text',
    shown: z.string().meta({ example: 'Marsh' }),
    created: name,
    patched: name,
    needs: 'user:update_contacts',
    sorts: true,
    apart: 'personal',
  },
  phone: {
    type: 'text',
    nullable: true,
    shown: z.string().nullable().meta(exampleOf('phone')),
    created: phone.default(null),
    patched: phone,
    needs: 'user:update_contacts',
    filters: { phone: contactFilters.phone },
    apart: 'personal',
  },
  email: {
    type: 'text',
    nullable: true,
    shown: z.string().nullable().meta(exampleOf('email')),
    created: email.default(null),
    patched: email,
    needs: 'user:update_contacts',
    filters: { email: contactFilters.email },
    apart: 'personal',
  },
  roles: {
    type: 'text[]',
    shown: z
      .array(z.string())
      .meta({ description: 'What they may do follows from these.', example: ['support'] }),
    created: roles,
    patched: roles,
    needs: 'user:update_roles',
    filters: {
      role: {
        schema: searchText(32),
        description: 'Only users who have this role.',
        where: (role: never) => where('roles @> ARRAY[?]', role),
      },
    },
  },
  disabled: {
    type: 'boolean',
    shown: disabled,
    created: disabled.default(false),
    patched: disabled,
    needs: 'user:update_disabled',
    filters: { disabled: equals('disabled', flag, 'Only users who are disabled, or who are not.') },
  },
  login_denied: {
    type: 'boolean',
    shown: loginDenied,
    created: loginDenied.default(false),
    patched: loginDenied,
    needs: 'user:update_login_denied',
  },
  must_change_password: { type: 'boolean' },
  version: { type: 'integer' },
  created_at: { type: 'timestamptz', shown: moment, sorts: true },
  updated_at: { type: 'timestamptz', shown: moment },
} as const satisfies Fields;

setValuesApart('user', { personal: namesWith(USER_FIELDS, ({ apart }) => apart === 'personal') });
