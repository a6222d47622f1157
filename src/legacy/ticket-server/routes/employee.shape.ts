import { z } from 'zod';
import { idInBody } from '../../../platform/validation/text.js';
import type { Employee } from '../../../employees/employee.entity.js';
import { stampsOf } from './stamp.js';
import { type LegacyTicket, legacyTicket } from './ticket.shape.js';

/** An employee as the ticket server showed one; the order of the keys is its own. */
export const legacyEmployee = z
  .object({
    first_name: z.string().meta({ example: 'Amara' }),
    last_name: z.string().meta({ example: 'Okafor' }),
    nick_name: z.string().nullable().meta({ example: 'Ama' }),
    phone: z.string().meta({ example: '+442079460123' }),
    email: z.string().meta({ example: 'amara.okafor@example.org' }),
    birthday: z.string().nullable().meta({ example: '1990-04-23' }),
    country: z.string().nullable().meta({ example: 'United Kingdom' }),
    city: z.string().nullable().meta({ example: 'Bristol' }),
    address: z.string().nullable().meta({ example: '12 Quay Street' }),
    id: idInBody,
    created: z.string().meta({ example: '2026-11-22 09:30:00' }),
    updated: z.string().nullable().meta({ example: '2026-11-22 09:45:00' }),
    tickets: z.array(legacyTicket).meta({ description: 'The tickets of this employee.' }),
  })
  .meta({ id: 'TicketServerEmployee' });

export type LegacyEmployee = z.infer<typeof legacyEmployee>;

export const legacyEmployeeOf = (employee: Employee, tickets: LegacyTicket[]): LegacyEmployee => ({
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
