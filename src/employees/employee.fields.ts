import { z } from 'zod';
import { setValuesApart } from '../access/audit/audit.values.js';
import { type Fields, namesWith } from '../platform/fields/description.js';
import { contactFilters } from '../platform/fields/filters.js';
import { idInBody, moment, text } from '../platform/validation/text.js';
import { birthday } from './employee.birthday.js';

const name = text('name');
const nickName = text('name').nullable();
const phone = text('phone').nullable();
const email = text('email');
const place = text('place').nullable();
const address = text('address', 'many').nullable();

/** A field that is new to employees is a migration, its line here, and its tests. */
export const EMPLOYEE_FIELDS = {
  id: { type: 'bigint', shown: idInBody, sorts: true },
  first_name: {
    type: 'text',
    shown: z.string().meta({ example: 'Amara' }),
    created: name,
    patched: name,
    apart: 'personal',
  },
  last_name: {
    type: 'text',
    shown: z.string().meta({ example: 'Okafor' }),
    created: name,
    patched: name,
    sorts: true,
    apart: 'personal',
  },
  nick_name: {
    type: 'text',
    nullable: true,
    shown: z.string().nullable().meta({ example: 'Ama' }),
    created: nickName.default(null),
    patched: nickName,
    apart: 'personal',
  },
  phone: {
    type: 'text',
    nullable: true,
    shown: z.string().nullable().meta({ example: '+442079460123' }),
    created: phone.default(null),
    patched: phone,
    filters: { phone: contactFilters.phone },
    apart: 'personal',
  },
  email: {
    type: 'text',
    shown: z.string().meta({ example: 'amara.okafor@example.org' }),
    created: email,
    patched: email,
    filters: { email: contactFilters.email },
    apart: 'personal',
  },
  birthday: {
    type: 'date',
    nullable: true,
    shown: z.iso.date().nullable().meta({ example: '1990-04-23' }),
    created: birthday.default(null),
    patched: birthday,
    apart: 'personal',
  },
  country: {
    type: 'text',
    nullable: true,
    shown: z.string().nullable().meta({ example: 'United Kingdom' }),
    created: place.default(null),
    patched: place,
    apart: 'personal',
  },
  city: {
    type: 'text',
    nullable: true,
    shown: z.string().nullable().meta({ example: 'Bristol' }),
    created: place.default(null),
    patched: place,
    apart: 'personal',
  },
  address: {
    type: 'text',
    nullable: true,
    shown: z.string().nullable().meta({ example: '12 Quay Street' }),
    created: address.default(null),
    patched: address,
    apart: 'personal',
  },
  version: { type: 'integer' },
  created_at: { type: 'timestamptz', shown: moment, sorts: true },
  updated_at: { type: 'timestamptz', shown: moment },
} as const satisfies Fields;

setValuesApart('employee', { personal: namesWith(EMPLOYEE_FIELDS, ({ apart }) => apart === 'personal') });
