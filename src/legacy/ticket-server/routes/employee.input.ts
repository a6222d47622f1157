import { z } from 'zod';
import { birthday } from '../../../employees/employee.birthday.js';
import { text } from '../../../platform/validation/text.js';
import { blankable } from './blank.js';

const whole = {
  first_name: text('name'),
  last_name: text('name'),
  nick_name: text('name').nullable(),
  phone: blankable('phone'),
  email: text('email'),
  birthday,
  country: text('place').nullable(),
  city: text('place').nullable(),
  address: text('address', 'many').nullable(),
};

export const newLegacyEmployee = z
  .object({
    ...whole,
    nick_name: whole.nick_name.default(null),
    phone: whole.phone.default(null),
    birthday: birthday.default(null),
    country: whole.country.default(null),
    city: whole.city.default(null),
    address: whole.address.default(null),
  })
  .meta({
    id: 'TicketServerNewEmployee',
    example: { first_name: 'Imogen', last_name: 'Hale', email: 'imogen.hale@example.org', city: 'Bristol' },
  });

export const wholeLegacyEmployee = z.object(whole).meta({
  id: 'TicketServerWholeEmployee',
  example: {
    first_name: 'Iris',
    last_name: 'Hale',
    nick_name: 'Iri',
    phone: '+442079460177',
    email: 'iris.hale@example.org',
    birthday: '1990-04-23',
    country: 'United Kingdom',
    city: 'Bristol',
    address: '12 Quay Street',
  },
});

export type NewLegacyEmployee = z.infer<typeof newLegacyEmployee>;
export type WholeLegacyEmployee = z.infer<typeof wholeLegacyEmployee>;
