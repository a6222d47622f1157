import { z } from 'zod';
import { idInBody } from '../../platform/http/text.js';
import type { Employee } from '../../employees/employee.entity.js';
import { stampsOf } from './stamp.js';
import { type OlderTicket, olderTicket } from './ticket.shape.js';

/** An employee as the ticket server showed one; the order of the keys is its own. */
export const olderEmployee = z
  .object({
    first_name: z.string(),
    last_name: z.string(),
    nick_name: z.string().nullable(),
    phone: z.string(),
    email: z.string(),
    birthday: z.string().nullable(),
    country: z.string().nullable(),
    city: z.string().nullable(),
    address: z.string().nullable(),
    id: idInBody,
    created: z.string(),
    updated: z.string().nullable(),
    tickets: z.array(olderTicket),
  })
  .meta({ id: 'TicketServerEmployee' });

export type OlderEmployee = z.infer<typeof olderEmployee>;

export const olderEmployeeOf = (employee: Employee, tickets: OlderTicket[]): OlderEmployee => ({
  first_name: employee.first_name,
  last_name: employee.last_name,
  nick_name: employee.nick_name,
  phone: employee.phone ?? '',
  email: employee.email,
  birthday: employee.birthday,
  country: employee.country,
  city: employee.city,
  address: employee.address,
  id: employee.id,
  ...stampsOf(employee),
  tickets,
});
