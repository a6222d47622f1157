import { z } from 'zod';
import { fields } from '../../../config/fields.js';
import { birthday } from '../../employees/employee.birthday.js';
import { text } from '../../platform/http/text.js';
import { blankable } from './blank.js';

const whole = {
  first_name: text(fields.name),
  last_name: text(fields.name),
  nick_name: text(fields.name).nullable(),
  phone: blankable(fields.phone),
  email: text(fields.email),
  birthday,
  country: text(fields.place).nullable(),
  city: text(fields.place).nullable(),
  address: text(fields.address, 'many').nullable(),
};

export const newOlderEmployee = z
  .object({
    ...whole,
    nick_name: whole.nick_name.default(null),
    phone: whole.phone.default(null),
    birthday: birthday.default(null),
    country: whole.country.default(null),
    city: whole.city.default(null),
    address: whole.address.default(null),
  })
  .meta({ id: 'TicketServerNewEmployee' });

export const wholeOlderEmployee = z.object(whole).meta({ id: 'TicketServerWholeEmployee' });

export type NewOlderEmployee = z.infer<typeof newOlderEmployee>;
export type WholeOlderEmployee = z.infer<typeof wholeOlderEmployee>;
